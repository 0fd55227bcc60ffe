//! `POST /api/waitlist/accept` and `/decline`: the answer to an offer.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::Facility;
use machine::{AcceptOffer, Accepted, Command, DeclineOffer, MemberId, WaitlistId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::unknown;
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::check::{Check, Text};
use crate::http::extract::Asked;
use crate::http::find;
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::http::reservations::PayWord;
use crate::openapi::Refusals;

/// Whose offer.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfferBody<'a> {
    /// The entry that it was made to.
    #[serde(borrow, alias = "waitlist_id")]
    #[schema(value_type = String, example = "wl_1")]
    waitlist_id: Option<Text<'a>>,
    /// Whose entry it is.
    #[serde(borrow, alias = "member_id")]
    #[schema(value_type = String, example = "mbr_test456")]
    member_id: Option<Text<'a>>,
    /// Its facility: saves the look-up; `?facilityId=` does as well.
    #[serde(borrow, alias = "facility_id")]
    #[schema(value_type = Option<String>)]
    facility_id: Option<Text<'a>>,
    /// On accepting: how it is paid.
    pay: Option<PayWord>,
}

/// The offer is taken.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AcceptReply {
    /// Always true.
    success: bool,
    /// What it became.
    reservation_id: String,
}

/// The offer is declined.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeclineReply {
    /// Always true.
    success: bool,
}

/// Take what is offered
///
/// Taking it again is answered with the same reservation.
#[utoipa::path(post, path = "/api/waitlist/accept", operation_id = "acceptOffer", tag = "waitlist", request_body = OfferBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "It is booked", body = AcceptReply), Refusals))]
pub(crate) async fn accept(State(edge): State<Arc<Edge>>, asked: Asked) -> Outcome {
    let pay = PayWord::of(asked.parse::<OfferBody<'_>>()?.pay);
    let (facility, waitlist_id) = offer(&edge, &asked).await?;
    let command = Command::AcceptOffer(AcceptOffer { waitlist_id, pay });
    let named = asked.name("POST /api/waitlist/accept");
    let (index, accepted) = edge.propose(&facility, &asked.caller, named, command).await?;
    let Accepted::HoldConfirmed(booked) = accepted else { return Err(Problem::internal()) };
    let reply = AcceptReply { success: true, reservation_id: booked.id.to_string() };
    Ok(answer::about(&edge, index, StatusCode::OK, &reply))
}

/// Decline what is offered
///
/// It goes to the next in the same moment; the entry goes on waiting for something else.
#[utoipa::path(post, path = "/api/waitlist/decline", operation_id = "declineOffer", tag = "waitlist", request_body = OfferBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "It is declined", body = DeclineReply), Refusals))]
pub(crate) async fn decline(State(edge): State<Arc<Edge>>, asked: Asked) -> Outcome {
    let (facility, waitlist_id) = offer(&edge, &asked).await?;
    let command = Command::DeclineOffer(DeclineOffer { waitlist_id });
    let named = asked.name("POST /api/waitlist/decline");
    let (index, accepted) = edge.propose(&facility, &asked.caller, named, command).await?;
    let Accepted::OfferDeclined(_) = accepted else { return Err(Problem::internal()) };
    Ok(answer::about(&edge, index, StatusCode::OK, &DeclineReply { success: true }))
}

/// The facility and entry of an offer, if it is the named member's.
async fn offer(edge: &Edge, asked: &Asked) -> Result<(Facility, WaitlistId), Problem> {
    let body: OfferBody<'_> = asked.parse()?;
    let mut check = Check::default();
    let id = check.required_id::<WaitlistId>("/waitlistId", body.waitlist_id.as_ref());
    let member = check.required_id::<MemberId>("/memberId", body.member_id.as_ref());
    let named = check.id::<machine::FacilityId>("/facilityId", body.facility_id.as_ref());
    let (id, member) = check.finish(id.zip(member))?;
    let params: Params =
        named.map_or_else(|| asked.params.clone(), |facility| asked.params.with("facilityId", facility.as_str()));
    let knows = |state: &machine::Facility| state.waitlist_entry(&id).is_some();
    let facility = find::find(edge, &asked.caller, &params, knows, unknown).await?;
    let whose = facility.read(|state, _| state.waitlist_entry(&id).map(|entry| entry.member_id.clone()));
    if whose.is_some_and(|whose| whose != member) {
        return Err(Problem::new(StatusCode::FORBIDDEN, "not_yours", "The entry belongs to another member."));
    }
    Ok((facility, id))
}
