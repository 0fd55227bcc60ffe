//! `POST /api/sendgrid/events`: what became of emails, many at once.
//!
//! An event that makes no sense, or is of nothing that is known here, is passed over; the others count all the
//! same. Where a facility cannot decide, the provider is asked to send all of them again: what is known of a
//! delivery never goes back, and what an event says of an address is kept under the event's own id.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::Facility;
use futures_util::{StreamExt, stream};
use machine::{Command, Consequence, DeliveryId, FacilityId, Medium, MemberId, NoteReach, RequestId, Unreachable};
use serde_json::Value;

use super::form::{forged, not_configured};
use super::receipt::{self, Noted};
use crate::auth::Caller;
use crate::callbacks::EmailEvent;
use crate::edge::Edge;
use crate::http::extract::Signed;
use crate::http::idempotency::Named;
use crate::http::problem::Problem;
use crate::openapi::Refusals;

/// Where the email provider puts its signature, and when it signed.
const SIGNATURE: &str = "x-twilio-email-event-webhook-signature";
const TIMESTAMP: &str = "x-twilio-email-event-webhook-timestamp";
/// Facilities that are told at a time.
const FACILITIES_AT_ONCE: usize = 8;
/// How long all of it may take: within the ten seconds of a request, with room to ask for them again.
const NOTE_TIMEOUT: Duration = Duration::from_secs(9);
/// Receipts of a facility that are noted at a time: they wait for a majority, not for each other.
const RECEIPTS_AT_ONCE: usize = 16;
/// How long what an event says of an address is remembered: the provider sends it again for a day. Longer than
/// that nothing of it comes back but by a mistake of somebody's.
const REMEMBER_MILLIS: i64 = 7 * 24 * 60 * 60 * 1000;
/// In whose name the requests are kept.
const PRINCIPAL: &str = "sendgrid";

/// An event with what it is about.
struct Told {
    event: EmailEvent,
    delivery_id: DeliveryId,
    member_id: MemberId,
}

/// What became of emails
///
/// For SendGrid: signed events, many at once. 503 asks for all of them again.
#[utoipa::path(post, path = "/api/sendgrid/events", operation_id = "noteEmailEvents", tag = "callbacks",
    request_body(content = Vec<Value>, description = "Events, as the provider documents them"),
    params(("X-Twilio-Email-Event-Webhook-Signature" = String, Header, description = "ECDSA over the time and the body"),
           ("X-Twilio-Email-Event-Webhook-Timestamp" = String, Header, description = "When it was signed")),
    responses((status = 204, description = "Noted"), Refusals))]
pub(crate) async fn note(State(edge): State<Arc<Edge>>, signed: Signed) -> Result<StatusCode, Problem> {
    must_be_sendgrids(&edge, &signed)?;
    let events: Vec<Value> =
        serde_json::from_slice(&signed.body).map_err(|_| Problem::malformed_at("", "must be a JSON array"))?;
    let facilities: Vec<_> = by_facility(events).into_iter().map(|(id, told)| note_at(&edge, id, told)).collect();
    // One facility that cannot decide keeps no other from it.
    let noting = stream::iter(facilities).buffer_unordered(FACILITIES_AT_ONCE).collect::<Vec<_>>();
    let again = |detail: String| Problem::unavailable("events_not_noted", detail);
    match tokio::time::timeout(NOTE_TIMEOUT, noting).await {
        Ok(noted) => match noted.into_iter().find_map(Result::err) {
            Some(problem) => Err(again(problem.facts().detail.clone())),
            None => Ok(StatusCode::NO_CONTENT),
        },
        Err(_) => Err(again("Not all of them were noted in time.".to_owned())),
    }
}

fn must_be_sendgrids(edge: &Edge, signed: &Signed) -> Result<(), Problem> {
    let key = edge.outside.callbacks.event_key.as_ref().ok_or_else(not_configured)?;
    let shown = |name| signed.headers.get(name).and_then(|value| value.to_str().ok());
    let (signature, timestamp) = shown(SIGNATURE).zip(shown(TIMESTAMP)).ok_or_else(forged)?;
    if key.has_signed(signature, timestamp, &signed.body, edge.node.now()) { Ok(()) } else { Err(forged()) }
}

/// Notes what is told of one facility's deliveries.
async fn note_at(edge: &Edge, id: FacilityId, told: Vec<Told>) -> Result<(), Problem> {
    match edge.find_by_id(&Caller::system(), &id).await {
        Ok(facility) => note_all(edge, &facility, &told).await,
        Err(problem) => passed_over(problem),
    }
}

/// An error is worth another try: what is of nothing that is known here, or makes no sense, never becomes better.
fn passed_over(problem: Problem) -> Result<(), Problem> {
    if problem.facts().status.is_server_error() { Err(problem) } else { Ok(()) }
}

/// The events that make sense, by facility, each in the order in which they happened.
fn by_facility(events: Vec<Value>) -> BTreeMap<FacilityId, Vec<Told>> {
    let mut all: BTreeMap<FacilityId, Vec<Told>> = BTreeMap::new();
    for event in events {
        let Ok(event) = serde_json::from_value::<EmailEvent>(event) else { continue };
        if let Some((facility, delivery_id, member_id)) = event.about() {
            all.entry(facility).or_default().push(Told { event, delivery_id, member_id });
        }
    }
    all.values_mut().for_each(|told| told.sort_by_key(|told| told.event.timestamp));
    all
}

async fn note_all(edge: &Edge, facility: &Facility, all: &[Told]) -> Result<(), Problem> {
    // The order of receipts does not count; that of what is known of an address does.
    let receipts: Vec<_> = all.iter().map(|told| note_receipt(edge, facility, told)).collect();
    let noted: Vec<_> = stream::iter(receipts).buffer_unordered(RECEIPTS_AT_ONCE).collect().await;
    noted.into_iter().collect::<Result<(), _>>()?;
    for told in all {
        note_reach(edge, facility, told).await?;
    }
    Ok(())
}

async fn note_receipt(edge: &Edge, facility: &Facility, told: &Told) -> Result<(), Problem> {
    let Some(receipt) = told.event.meaning().receipt else { return Ok(()) };
    let known = facility.read(|state, _| state.delivery(&told.delivery_id)?.provider_id.clone());
    let noted = Noted {
        delivery_id: told.delivery_id.clone(),
        provider_id: told.event.message_id(known.as_deref()),
        receipt,
        consequence: Consequence::Nothing,
    };
    let key = format!("receipt:{}", told.event.sg_event_id);
    let request = RequestId { principal: PRINCIPAL.to_owned(), key };
    receipt::note(edge, facility, request, noted).await.or_else(passed_over)
}

/// Notes what is known of an address by now. A repeat is answered from the kept answer: an old complaint does
/// not undo what its member has chosen since.
async fn note_reach(edge: &Edge, facility: &Facility, told: &Told) -> Result<(), Problem> {
    let Some(unreachable) = told.event.meaning().reach else { return Ok(()) };
    let known = facility.read(|state, _| state.member(&told.member_id).map(|member| member.reach.email));
    let is_news = match (known, unreachable) {
        (None, _) => false,
        // Who subscribes again has no other server for it.
        (Some(known), None) => known == Some(Unreachable::OptedOut),
        (Some(known), wanted) => known != wanted,
    };
    if !is_news {
        return Ok(());
    }
    let command = Command::NoteReach(NoteReach {
        member_id: told.member_id.clone(),
        medium: Medium::Email,
        address: told.event.email.clone(),
        unreachable,
    });
    let request = RequestId { principal: PRINCIPAL.to_owned(), key: told.event.sg_event_id.clone() };
    let named = Named { request, fingerprint: 0, remember_millis: REMEMBER_MILLIS };
    edge.propose(facility, &Caller::system(), named, command).await.map(|_| ()).or_else(passed_over)
}
