//! `/api/reservations/{id}`: one reservation, found by its id alone.
//!
//! Ids are unique within their facility only; where two facilities share one, the client is asked
//! which it means.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::{Facility, Lookup};
use machine::{
    Accepted, CancelReservation, Command, ConfirmHold, FacilityId, HoldRef, Pay, Reservation, ReservationId,
};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::answer::{self, Outcome};
use super::cancel::{self, REASON_CHARS_MAX};
use super::check::{Check, Text};
use super::extract::{Asked, Freshness, Params, Path, Viewed};
use super::problem::Problem;
use super::refusal::status_word;
use crate::auth::Caller;
use crate::edge::Edge;
use crate::openapi::Refusals;
use crate::time::{MINUTE_MILLIS, Utc};

/// How long a reservation that the caller has seen elsewhere (`minIndex`) is looked for.
const LOOK_FOR: Duration = Duration::from_secs(2);
/// Between two looks.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(10);

/// Facilities looked at in one go.
const FACILITIES_A_LOOK: usize = 256;

/// A reservation as it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Reservation)]
pub(crate) struct ReservationView {
    id: String,
    facility_id: String,
    court_id: String,
    member_id: String,
    court_name: Option<String>,
    member_name: Option<String>,
    facility_name: String,
    timezone: String,
    #[schema(value_type = String, format = DateTime)]
    start_time: Utc,
    #[schema(value_type = String, format = DateTime)]
    end_time: Utc,
    duration_minutes: i64,
    /// `pending confirmed completed cancelled released expired`
    status: &'static str,
    booking_type: String,
    booking_source: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    hold_expiry: Option<Utc>,
    notes: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    confirmed_at: Option<Utc>,
    #[schema(value_type = Option<String>, format = DateTime)]
    completed_at: Option<Utc>,
    #[schema(value_type = Option<String>, format = DateTime)]
    cancelled_at: Option<Utc>,
    cancellation_reason: Option<String>,
    version: u64,
}

impl ReservationView {
    fn of(facility: &FacilityId, state: &machine::Facility, reservation: &Reservation) -> Self {
        use machine::Status::{Cancelled, Completed};
        let settings = state.settings();
        let ended = |status| reservation.ended_at.filter(|_| reservation.status == status).map(Utc);
        Self {
            id: reservation.id.to_string(),
            facility_id: facility.to_string(),
            court_id: reservation.court_id.to_string(),
            member_id: reservation.member_id.to_string(),
            court_name: state.court(&reservation.court_id).map(|court| court.name.clone()),
            member_name: state.member(&reservation.member_id).map(|member| member.name.clone()),
            facility_name: settings.map(|settings| settings.name.clone()).unwrap_or_default(),
            timezone: settings.map(|settings| settings.timezone.clone()).unwrap_or_default(),
            start_time: Utc(reservation.slot.start),
            end_time: Utc(reservation.slot.end),
            duration_minutes: reservation.slot.millis() / MINUTE_MILLIS,
            status: status_word(reservation.status),
            booking_type: reservation.booking_type.clone(),
            booking_source: reservation.source.clone(),
            hold_expiry: reservation.hold_expiry.map(Utc),
            notes: reservation.notes.clone(),
            confirmed_at: reservation.confirmed_at.map(Utc),
            completed_at: ended(Completed),
            cancelled_at: ended(Cancelled),
            cancellation_reason: reservation.cancellation_reason.clone(),
            version: reservation.version,
        }
    }
}

/// What to do with a reservation.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ActionBody {
    /// `confirm`: turns the hold into a booking.
    action: Action,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Action {
    Confirm,
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActionReply {
    success: bool,
    status: &'static str,
}

/// Why a reservation is called off.
#[derive(Default, Deserialize, ToSchema)]
pub(crate) struct ReasonBody<'a> {
    /// Why.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    reason: Option<Text<'a>>,
}

/// One reservation
///
/// With the names of its court, member and facility.
#[utoipa::path(get, path = "/api/reservations/{id}", operation_id = "readReservation", tag = "reservations",
    params(("id" = String, Path, description = "The reservation"),
           ("facilityId" = Option<String>, Query, description = "Its facility: saves the look-up")),
    responses((status = 200, description = "The reservation", body = ReservationView), Refusals))]
pub(crate) async fn get(State(edge): State<Arc<Edge>>, Path(id): Path<ReservationId>, viewed: Viewed) -> Outcome {
    let facility = find(&edge, &id, &viewed.caller, &viewed.params).await?;
    let (found, index) = facility.read(|state, index| {
        let view = |found: &Reservation| ReservationView::of(facility.id(), state, found);
        (state.reservation(&id).map(|found| (found.member_id.clone(), view(found))), index)
    });
    let (member, view) = found.ok_or_else(|| unknown().at_index(index))?;
    viewed.caller.must_act_for(facility.id(), &member)?;
    Ok(answer::about(&edge, index, StatusCode::OK, &view))
}

/// Confirm a reservation that is held
#[utoipa::path(patch, path = "/api/reservations/{id}", operation_id = "changeReservation", tag = "reservations", request_body = ActionBody,
    params(("id" = String, Path, description = "The reservation"),
           ("facilityId" = Option<String>, Query, description = "Its facility: saves the look-up"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "Done", body = ActionReply), Refusals))]
pub(crate) async fn patch(State(edge): State<Arc<Edge>>, Path(id): Path<ReservationId>, asked: Asked) -> Outcome {
    let ActionBody { action: Action::Confirm } = asked.parse()?;
    let facility = find(&edge, &id, &asked.caller, &asked.params).await?;
    let (hold, index) =
        facility.read(|state, index| (state.reservation(&id).map(|found| found.hold_id.clone()), index));
    let hold = hold
        .ok_or_else(|| unknown().at_index(index))?
        .ok_or_else(|| Problem::conflict("invalid_transition", "The reservation was never held.").at_index(index))?;
    let command = Command::ConfirmHold(ConfirmHold {
        hold: HoldRef::Id(hold),
        reservation_id: Some(id.clone()),
        pay: Pay::Later,
    });
    let named = asked.name(&format!("PATCH /api/reservations/{id}"));
    let (index, accepted) = edge.propose(&facility, &asked.caller, named, command).await?;
    let Accepted::HoldConfirmed(booked) = accepted else { return Err(Problem::internal()) };
    let reply = ActionReply { success: true, status: status_word(booked.status) };
    Ok(answer::about(&edge, index, StatusCode::OK, &reply))
}

/// Call a reservation off
///
/// Under the facility's policy; the body and the reason in it may be left out.
#[utoipa::path(delete, path = "/api/reservations/{id}", operation_id = "cancelReservation", tag = "reservations", request_body = Option<ReasonBody>,
    params(("id" = String, Path, description = "The reservation"),
           ("facilityId" = Option<String>, Query, description = "Its facility: saves the look-up"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "Called off", body = cancel::CancelReply), Refusals))]
pub(crate) async fn delete(State(edge): State<Arc<Edge>>, Path(id): Path<ReservationId>, asked: Asked) -> Outcome {
    let body: ReasonBody<'_> = asked.parse_or_default()?;
    let mut check = Check::default();
    let reason = check.text("/reason", body.reason.as_ref(), REASON_CHARS_MAX);
    let reason = check.finish(Some(reason))?;
    let facility = find(&edge, &id, &asked.caller, &asked.params).await?;
    let named = asked.name(&format!("DELETE /api/reservations/{id}"));
    let command = Command::CancelReservation(CancelReservation { reservation_id: id, slot: None, reason });
    let (index, accepted) = edge.propose(&facility, &asked.caller, named, command).await?;
    let Accepted::ReservationCancelled(cancellation) = accepted else { return Err(Problem::internal()) };
    Ok(cancel::reply(&edge, index, &cancellation))
}

/// The facility that knows the reservation: the one named in the query, or the only one that does.
/// Facilities where the caller may not act are not looked at.
async fn find(edge: &Edge, id: &ReservationId, caller: &Caller, params: &Params) -> Result<Facility, Problem> {
    if let Some(facility) = params.get("facilityId") {
        return edge.find_fresh(caller, facility, params).await;
    }
    let freshness = Freshness::of(params)?;
    let deadline = Instant::now() + LOOK_FOR;
    loop {
        if let Some(found) = everywhere(edge, id, caller)? {
            edge.freshen(&found, freshness).await?;
            return Ok(found);
        }
        // Which facility has to reach the index is not known before the reservation is seen.
        if freshness.min_index.is_none() || Instant::now() >= deadline {
            return Err(unknown());
        }
        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
    }
}

fn everywhere(edge: &Edge, id: &ReservationId, caller: &Caller) -> Result<Option<Facility>, Problem> {
    let (mut found, mut after): (Option<Facility>, Option<FacilityId>) = (None, None);
    loop {
        let records = edge.node.facilities(after.as_ref(), FACILITIES_A_LOOK);
        for record in records.iter().filter(|record| caller.must_reach(&record.id).is_ok()) {
            let Lookup::Here(facility) = edge.node.facility(record.id.as_str()) else { continue };
            if !facility.read(|state, _| state.reservation(id).is_some()) {
                continue;
            }
            if found.replace(facility).is_some() {
                let detail = "Several facilities have a reservation of that id: add ?facilityId=.";
                return Err(Problem::conflict("ambiguous_id", detail));
            }
        }
        match records.last() {
            Some(last) if records.len() == FACILITIES_A_LOOK => after = Some(last.id.clone()),
            _ => return Ok(found),
        }
    }
}

fn unknown() -> Problem {
    Problem::not_found("reservation_not_found", "There is no such reservation.")
}
