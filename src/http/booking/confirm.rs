//! `POST /confirm`: turns a hold into a reservation, before it expires.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{Accepted, Command, ConfirmHold, FacilityId, HoldRef, Pay, ReservationId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::check::{Check, Text};
use crate::http::extract::Asked;
use crate::http::problem::Problem;
use crate::http::reservations::{PayWord, one};
use crate::openapi::Refusals;

/// A hold, by its id or by its slot.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HoldBody<'a> {
    /// The facility; `?facilityId=` does as well.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, example = "fac_test789")]
    facility_id: Option<Text<'a>>,
    /// The hold; or say `courtId` and `startTime`.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    hold_id: Option<Text<'a>>,
    /// The court of the held slot.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, example = "crt_test123")]
    court_id: Option<Text<'a>>,
    /// When the held slot begins, RFC 3339 with an offset.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, format = DateTime)]
    start_time: Option<Text<'a>>,
    /// On confirming: the id that the attempt answered with, or an unused one of your own.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    reservation_id: Option<Text<'a>>,
    /// On confirming: how it is paid.
    pay: Option<PayWord>,
}

/// The slot is booked.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfirmReply<'a> {
    /// Always true.
    success: bool,
    /// The reservation.
    reservation_id: &'a str,
}

/// What a request about a hold names.
pub(crate) struct Named {
    pub(crate) facility_id: FacilityId,
    pub(crate) hold: HoldRef,
    pub(crate) reservation_id: Option<ReservationId>,
    pub(crate) pay: Pay,
}

impl Named {
    pub(crate) fn of(asked: &Asked) -> Result<Self, Problem> {
        let body: HoldBody<'_> = asked.parse()?;
        let mut check = Check::default();
        let facility_id = asked.facility_id(&mut check, body.facility_id.as_ref());
        let reservation_id = check.id("/reservationId", body.reservation_id.as_ref());
        let hold = if body.hold_id.is_some() {
            check.id("/holdId", body.hold_id.as_ref()).map(HoldRef::Id)
        } else {
            let court_id = check.required_id("/courtId", body.court_id.as_ref());
            let start = check.required_time("/startTime", body.start_time.as_ref());
            court_id.zip(start).map(|(court_id, start)| HoldRef::Slot { court_id, start })
        };
        let whole = facility_id.zip(hold);
        let pay = PayWord::of(body.pay);
        check.finish(whole.map(|(facility_id, hold)| Self { facility_id, hold, reservation_id, pay }))
    }
}

/// Confirm a hold
///
/// By hold or by slot. The same confirmation again gives the same answer.
#[utoipa::path(post, path = "/confirm", operation_id = "confirmHold", tag = "booking", request_body = HoldBody,
    params(("facilityId" = Option<String>, Query, description = "The facility, where the body does not name it"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "The slot is booked", body = ConfirmReply), Refusals))]
pub(crate) async fn confirm(State(edge): State<Arc<Edge>>, asked: Asked) -> Outcome {
    let named = Named::of(&asked)?;
    let facility = edge.find_by_id(&asked.caller, &named.facility_id).await?;
    if let Some(id) = &named.reservation_id {
        one::must_be_unused(&facility, id).await?;
    }
    let command =
        Command::ConfirmHold(ConfirmHold { hold: named.hold, reservation_id: named.reservation_id, pay: named.pay });
    let (index, accepted) = edge.propose(&facility, &asked.caller, asked.name("POST /confirm"), command).await?;
    let Accepted::HoldConfirmed(booked) = accepted else { return Err(Problem::internal()) };
    let reply = ConfirmReply { success: true, reservation_id: booked.id.as_str() };
    Ok(answer::about(&edge, index, StatusCode::OK, &reply))
}
