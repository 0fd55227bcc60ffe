//! `POST /cancel`: calls a reservation off, named by its id *and* its slot.
//!
//! `DELETE /api/reservations/{id}` ends in the same command and the same answer.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use machine::{
    Accepted, CancelReservation, Cancellation, Command, CourtId, FacilityId, Instant, Promotion, PromotionAction,
    ReservationId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::check::{Check, Text};
use crate::http::extract::Asked;
use crate::http::problem::Problem;
use crate::http::reservations::REASON_CHARS_MAX;
use crate::openapi::Refusals;

/// Milliseconds of an hour.
const HOUR_MILLIS: f64 = 3_600_000.0;

/// A reservation and its slot.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CancelBody<'a> {
    /// The facility; `?facilityId=` does as well.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, example = "fac_test789")]
    facility_id: Option<Text<'a>>,
    /// The court.
    #[serde(borrow)]
    #[schema(value_type = String, example = "crt_test123")]
    court_id: Option<Text<'a>>,
    /// When it begins, RFC 3339 with an offset.
    #[serde(borrow)]
    #[schema(value_type = String, format = DateTime)]
    start_time: Option<Text<'a>>,
    /// The reservation.
    #[serde(borrow)]
    #[schema(value_type = String)]
    reservation_id: Option<Text<'a>>,
    /// Why.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    reason: Option<Text<'a>>,
}

/// The reservation is called off.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CancelReply {
    /// Always true.
    success: bool,
    /// Always `cancelled`.
    status: &'static str,
    /// How the cancellation stands to the facility's policy.
    policy_check: PolicyCheck,
    /// Who got the slot from the waitlist; null where nobody did.
    waitlist_promotion: Option<PromotionBody>,
}

/// Who got a slot from the waitlist.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Promotion)]
pub(crate) struct PromotionBody {
    /// `auto_booked` or `offer_sent`.
    action: &'static str,
    /// Who.
    member_id: String,
    /// The reservation, or the one that the offer becomes.
    reservation_id: String,
}

impl From<&Promotion> for PromotionBody {
    fn from(promotion: &Promotion) -> Self {
        let action = match promotion.action {
            PromotionAction::AutoBooked => "auto_booked",
            PromotionAction::OfferSent => "offer_sent",
        };
        let (member_id, reservation_id) = (promotion.member_id.to_string(), promotion.reservation_id.to_string());
        Self { action, member_id, reservation_id }
    }
}

/// How a cancellation stands to the facility's policy.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyCheck {
    /// Whether it was possible.
    allowed: bool,
    /// What was wrong with it, where it costs something.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// Notice given, in hours.
    hours_before_start: f64,
    /// Whether the notice was long enough.
    within_policy: bool,
    /// Credits that it costs.
    penalty_credits: u32,
    /// Fee that it costs, in minor units.
    fee_cents: u32,
}

/// Call a reservation off
///
/// By id and slot, under the facility's policy; 404 where the two do not belong together.
#[utoipa::path(post, path = "/cancel", operation_id = "cancelSlot", tag = "booking", request_body = CancelBody,
    params(("facilityId" = Option<String>, Query, description = "The facility, where the body does not name it"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "The reservation is called off", body = CancelReply), Refusals))]
pub(crate) async fn cancel(State(edge): State<Arc<Edge>>, asked: Asked) -> Outcome {
    let named = Named::of(&asked)?;
    let facility = edge.find_by_id(&asked.caller, &named.facility_id).await?;
    let command = Command::CancelReservation(CancelReservation {
        reservation_id: named.reservation_id,
        slot: Some((named.court_id, named.start)),
        reason: named.reason,
    });
    let (index, accepted) = edge.propose(&facility, &asked.caller, asked.name("POST /cancel"), command).await?;
    let Accepted::ReservationCancelled(cancellation) = accepted else { return Err(Problem::internal()) };
    Ok(reply(&edge, index, &cancellation))
}

/// The answer to a cancellation, however it was asked for.
pub(crate) fn reply(edge: &Edge, index: u64, cancellation: &Cancellation) -> Response {
    let version = cancellation.reservation.version;
    answer::versioned(edge, index, StatusCode::OK, version, &CancelReply::of(cancellation))
}

impl CancelReply {
    pub(crate) fn of(cancellation: &Cancellation) -> Self {
        let late = !cancellation.within_policy;
        #[expect(clippy::cast_precision_loss, reason = "for people: hours of notice, exact far beyond any booking")]
        let hours = cancellation.notice_millis as f64 / HOUR_MILLIS;
        Self {
            success: true,
            status: "cancelled",
            policy_check: PolicyCheck {
                allowed: true,
                reason: late.then_some("The notice was shorter than the facility's policy asks for."),
                hours_before_start: (hours * 100.0).round() / 100.0,
                within_policy: cancellation.within_policy,
                penalty_credits: cancellation.penalty_credits,
                fee_cents: cancellation.fee_cents,
            },
            waitlist_promotion: cancellation.promotion.as_ref().map(PromotionBody::from),
        }
    }
}

struct Named {
    facility_id: FacilityId,
    reservation_id: ReservationId,
    court_id: CourtId,
    start: Instant,
    reason: Option<String>,
}

impl Named {
    fn of(asked: &Asked) -> Result<Self, Problem> {
        let body: CancelBody<'_> = asked.parse()?;
        let mut check = Check::default();
        let facility_id = asked.facility_id(&mut check, body.facility_id.as_ref());
        let reservation_id = check.required_id("/reservationId", body.reservation_id.as_ref());
        let court_id = check.required_id("/courtId", body.court_id.as_ref());
        let start = check.required_time("/startTime", body.start_time.as_ref());
        let reason = check.text("/reason", body.reason.as_ref(), REASON_CHARS_MAX);
        let whole = || {
            Some(Self {
                facility_id: facility_id?,
                reservation_id: reservation_id?,
                court_id: court_id?,
                start: start?,
                reason,
            })
        };
        check.finish(whole())
    }
}
