//! `POST /attempt`: holds a slot for a member for a few seconds.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{Accepted, Command, PlaceHold, Reservation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::check::{Check, Text};
use crate::http::extract::Asked;
use crate::http::problem::Problem;
use crate::http::slot_body::{SlotFor, slot_body};
use crate::ids;
use crate::openapi::Refusals;
use crate::time::Utc;

slot_body! {
    /// A slot to hold.
    #[derive(Deserialize, ToSchema)]
    #[serde(rename_all = "camelCase")]
    pub(crate) struct AttemptBody<'a> {}
}

/// The slot is held.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttemptReply<'a> {
    /// Always true.
    success: bool,
    /// When the hold ends, in milliseconds since 1970.
    hold_expiry: i64,
    /// The hold.
    hold_id: &'a str,
    /// The reservation that it becomes when confirmed.
    reservation_id: &'a str,
    /// The court.
    court_id: &'a str,
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    start_time: Utc,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    end_time: Utc,
    /// For people.
    message: &'static str,
}

/// Hold a slot
///
/// The slot is held for the facility's `holdSeconds` (15 unless set). The same member attempting the
/// very same slot while still holding it gets the same hold again.
#[utoipa::path(post, path = "/attempt", operation_id = "placeHold", tag = "booking", request_body = AttemptBody,
    params(("facilityId" = Option<String>, Query, description = "The facility, where the body does not name it"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "The slot is held", body = AttemptReply), Refusals))]
pub(crate) async fn attempt(State(edge): State<Arc<Edge>>, asked: Asked) -> Outcome {
    let wanted = wanted(&asked)?;
    let facility = edge.find_by_id(&asked.caller, &wanted.facility_id).await?;
    let command = Command::PlaceHold(PlaceHold {
        hold_id: ids::hold(),
        reservation_id: ids::reservation(),
        court_id: wanted.court_id,
        member_id: wanted.member_id,
        slot: wanted.slot,
        source: "web".to_owned(),
        overrides: None,
    });
    let (index, accepted) = edge.propose(&facility, &asked.caller, asked.name("POST /attempt"), command).await?;
    let Accepted::HoldPlaced(held) = accepted else { return Err(Problem::internal()) };
    Ok(answer::about(&edge, index, StatusCode::OK, &reply(&held)?))
}

fn wanted(asked: &Asked) -> Result<SlotFor, Problem> {
    let body: AttemptBody<'_> = asked.parse()?;
    let mut check = Check::default();
    let wanted = body.slot_for(asked, &mut check);
    check.finish(wanted)
}

fn reply(held: &Reservation) -> Result<AttemptReply<'_>, Problem> {
    let (Some(hold_id), Some(expiry)) = (&held.hold_id, held.hold_expiry) else { return Err(Problem::internal()) };
    Ok(AttemptReply {
        success: true,
        hold_expiry: expiry.0,
        hold_id: hold_id.as_str(),
        reservation_id: held.id.as_str(),
        court_id: held.court_id.as_str(),
        start_time: Utc(held.slot.start),
        end_time: Utc(held.slot.end),
        message: "Slot held. Confirm before it expires.",
    })
}
