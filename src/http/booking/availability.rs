//! `GET /availability`: the live claims of a facility, from the replica of the node asked.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{Claim, ClaimKind, CourtId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::calendar;
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::extract::Viewed;
use crate::http::problem::Problem;
use crate::openapi::Refusals;
use crate::time::Utc;

/// What is taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct AvailabilityReply {
    /// Live claims by court and start; what is not here is free.
    slots: Vec<SlotBody>,
    /// The log index they are of.
    index: u64,
}

/// A taken slot.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SlotBody {
    /// The court.
    #[schema(value_type = String)]
    court_id: String,
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    start_time: Utc,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    end_time: Utc,
    /// By what it is taken.
    state: StateBody,
}

/// By what a slot is taken.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StateBody {
    /// `pending`, `reserved` or `maintenance`.
    status: &'static str,
    /// When the hold ends, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_expiry: Option<i64>,
    /// The reservation; left out where it is a block.
    #[serde(skip_serializing_if = "Option::is_none")]
    reservation_id: Option<String>,
}

impl From<Claim> for SlotBody {
    fn from(claim: Claim) -> Self {
        let (status, hold_expiry) = claim_words(&claim.kind);
        Self {
            court_id: claim.court_id.into(),
            start_time: Utc(claim.slot.start),
            end_time: Utc(claim.slot.end),
            state: StateBody { status, hold_expiry, reservation_id: claim.reservation_id.map(String::from) },
        }
    }
}

/// The API's word for a claim, and when it ends by itself.
pub(crate) fn claim_words(kind: &ClaimKind) -> (&'static str, Option<i64>) {
    match kind {
        ClaimKind::Hold { expiry } => ("pending", Some(expiry.0)),
        ClaimKind::Reservation => ("reserved", None),
        ClaimKind::Block { .. } => ("maintenance", None),
    }
}

/// What is taken
///
/// The live claims of a local day, or without `date` all that are not over yet.
#[utoipa::path(get, path = "/availability", operation_id = "readAvailability", tag = "booking",
    params(("facilityId" = String, Query, description = "The facility"),
           ("courtId" = Option<String>, Query, description = "Only this court"),
           ("date" = Option<String>, Query, description = "A local day, YYYY-MM-DD"),
           ("minIndex" = Option<u64>, Query, description = "Wait until the replica has applied this much"),
           ("consistency" = Option<String>, Query, description = "`linearizable` confirms with the leader first")),
    responses((status = 200, description = "What is taken", body = AvailabilityReply), Refusals))]
pub(crate) async fn availability(State(edge): State<Arc<Edge>>, viewed: Viewed) -> Outcome {
    let (court, date) = (viewed.params.id::<CourtId>("courtId")?, viewed.params.date("date")?);
    let facility = edge.find_fresh(&viewed.caller, viewed.params.required("facilityId")?, &viewed.params).await?;
    let read = facility.read(|state, index| {
        if let Some(court) = &court
            && state.court(court).is_none()
        {
            return Err(Problem::not_found("court_not_found", "There is no such court.").at_index(index));
        }
        let zone = || state.settings().and_then(|settings| calendar::zone(&settings.timezone));
        let span = match date {
            None => None,
            Some(date) => {
                let span = zone().and_then(|zone| calendar::span_of(zone, date));
                Some(span.ok_or_else(|| Problem::malformed_at("?date", "is beyond the calendar").at_index(index))?)
            }
        };
        Ok((state.claims(court.as_ref(), span), index))
    });
    let (claims, index) = read?;
    let reply = AvailabilityReply { slots: claims.into_iter().map(SlotBody::from).collect(), index };
    Ok(answer::about(&edge, index, StatusCode::OK, &reply))
}
