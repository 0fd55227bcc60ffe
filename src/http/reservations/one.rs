//! `/api/reservations/{id}`: one reservation, found by its id alone.
//!
//! Ids are unique within their facility only; where two facilities share one, the client is asked
//! which it means.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::Facility;
use machine::{
    Accepted, CancelReservation, CheckIn, Command, Complete, ConfirmHold, HoldRef, MarkNoShow, Rejection, Reservation,
    ReservationId, ReverseNoShow, Status,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{PayWord, REASON_CHARS_MAX};
use super::view::{NamedReservation, StatusWord};
use crate::auth::Caller;
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::booking::cancel;
use crate::http::check::{Check, Text};
use crate::http::extract::{Asked, Path, Viewed};
use crate::http::find;
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::http::refusal;
use crate::openapi::Refusals;

/// The code of the problem that a reservation is which nobody knows.
const UNKNOWN: &str = "reservation_not_found";

/// What to do with a reservation.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ActionBody {
    action: Action,
    /// With `confirm`: how it is paid.
    pay: Option<PayWord>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Action {
    /// Turns the hold into a booking.
    Confirm,
    /// Somebody came.
    CheckIn,
    /// It has taken place.
    Complete,
    /// Nobody came.
    NoShow,
    /// Somebody had come after all: for staff, for 14 days.
    ReverseNoShow,
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActionReply {
    /// Always true.
    success: bool,
    /// Where it stands now.
    status: StatusWord,
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
    responses((status = 200, description = "The reservation", body = NamedReservation), Refusals))]
pub(crate) async fn get(State(edge): State<Arc<Edge>>, Path(id): Path<ReservationId>, viewed: Viewed) -> Outcome {
    let facility = find(&edge, &id, &viewed.caller, &viewed.params).await?;
    let look = |state: &machine::Facility, found: &Reservation| {
        (found.member_id.clone(), found.version, NamedReservation::of(facility.id(), state, found))
    };
    let (found, index) = facility.read(|state, index| (state.reservation(&id).map(|found| look(state, found)), index));
    let (member, version, view) = match found {
        Some(found) => found,
        None => {
            let past = past(&facility, &id).await?.ok_or_else(|| unknown().at_index(index))?;
            facility.read(|state, _| look(state, &past))
        }
    };
    viewed.caller.must_act_for(facility.id(), &member)?;
    Ok(answer::versioned(&edge, index, StatusCode::OK, version, &view))
}

/// Lead a reservation through its life
///
/// `confirm` what is held, `check_in` whoever came, `complete` what has taken place, say `no_show` where nobody
/// came, and `reverse_no_show` where somebody had.
#[utoipa::path(patch, path = "/api/reservations/{id}", operation_id = "changeReservation", tag = "reservations", request_body = ActionBody,
    params(("id" = String, Path, description = "The reservation"),
           ("facilityId" = Option<String>, Query, description = "Its facility: saves the look-up"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "Done", body = ActionReply), Refusals))]
pub(crate) async fn patch(State(edge): State<Arc<Edge>>, Path(id): Path<ReservationId>, asked: Asked) -> Outcome {
    let ActionBody { action, pay } = asked.parse()?;
    let facility = find(&edge, &id, &asked.caller, &asked.params).await?;
    let named = asked.name(&format!("PATCH /api/reservations/{id}"));
    let command = command(action, pay, id.clone(), &facility).await?;
    let decided = edge.propose(&facility, &asked.caller, named, command).await;
    let (index, accepted) = or_over(decided, &facility, &asked.caller, &id).await?;
    let (Accepted::HoldConfirmed(changed)
    | Accepted::CheckedIn(changed)
    | Accepted::Completed(changed)
    | Accepted::NoShowMarked(changed)
    | Accepted::NoShowReversed(changed)) = accepted
    else {
        return Err(Problem::internal());
    };
    let reply = ActionReply { success: true, status: StatusWord::of(changed.status) };
    Ok(answer::versioned(&edge, index, StatusCode::OK, changed.version, &reply))
}

async fn command(
    action: Action,
    pay: Option<PayWord>,
    reservation_id: ReservationId,
    facility: &Facility,
) -> Result<Command, Problem> {
    Ok(match action {
        Action::Confirm => {
            let pay = PayWord::of(pay);
            let hold = hold_of(&reservation_id, facility).await?;
            Command::ConfirmHold(ConfirmHold { hold, reservation_id: Some(reservation_id), pay })
        }
        Action::CheckIn => Command::CheckIn(CheckIn { reservation_id }),
        Action::Complete => Command::Complete(Complete { reservation_id }),
        Action::NoShow => Command::MarkNoShow(MarkNoShow { reservation_id }),
        Action::ReverseNoShow => Command::ReverseNoShow(ReverseNoShow { reservation_id }),
    })
}

/// The hold that a reservation is, or was.
async fn hold_of(id: &ReservationId, facility: &Facility) -> Result<HoldRef, Problem> {
    let (here, index) = facility.read(|state, index| (state.reservation(id).map(|found| found.hold_id.clone()), index));
    let hold = match here {
        Some(hold) => hold,
        None => past(facility, id).await?.ok_or_else(|| unknown().at_index(index))?.hold_id,
    };
    let never = || Problem::conflict("invalid_transition", "The reservation was never held.").at_index(index);
    hold.map(HoldRef::Id).ok_or_else(never)
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
    let command = Command::CancelReservation(CancelReservation { reservation_id: id.clone(), slot: None, reason });
    let decided = edge.propose(&facility, &asked.caller, named, command).await;
    let (index, accepted) = or_over(decided, &facility, &asked.caller, &id).await?;
    let Accepted::ReservationCancelled(cancellation) = accepted else { return Err(Problem::internal()) };
    Ok(cancel::reply(&edge, index, &cancellation))
}

/// The facility that knows the reservation, or knew it before it was over so long ago that only the
/// history has it.
pub(super) async fn find(
    edge: &Edge,
    id: &ReservationId,
    caller: &Caller,
    params: &Params,
) -> Result<Facility, Problem> {
    let knows = |state: &machine::Facility| state.reservation(id).is_some();
    let problem = match find::find(edge, caller, params, knows, unknown).await {
        Err(problem) if problem.facts().code == UNKNOWN => problem,
        found => return found,
    };
    let found = edge.node.facilities_with_past(id).await.map_err(|error| refusal::unread(&error))?;
    let mut found = found.into_iter().filter(|facility| caller.must_reach(facility.id()).is_ok());
    match (found.next(), found.next()) {
        (Some(_), Some(_)) => Err(find::ambiguous()),
        (first, _) => first.ok_or(problem),
    }
}

/// What was decided; where the state knows nothing of what the history has, that it is over.
// Order: decided first. The same request may have been answered before the state forgot.
pub(super) async fn or_over<T>(
    decided: Result<T, Problem>,
    facility: &Facility,
    caller: &Caller,
    id: &ReservationId,
) -> Result<T, Problem> {
    let Err(problem) = decided else { return decided };
    if problem.facts().code != UNKNOWN {
        return Err(problem);
    }
    let Some(past) = past(facility, id).await? else { return Err(problem) };
    caller.must_act_for(facility.id(), &past.member_id)?;
    let index = facility.read(|_, index| index);
    Err(refusal::problem(Rejection::InvalidTransition { status: past.status }, index))
}

/// Whether an id that a client brings may be a new reservation's: none that ended long ago has it. About those
/// that it remembers the machine knows better, and about repeats.
pub(crate) async fn must_be_unused(facility: &Facility, id: &ReservationId) -> Result<(), Problem> {
    let is_remembered = |state: &machine::Facility| state.reservation(id).is_some();
    if facility.read(|state, _| is_remembered(state)) {
        return Ok(());
    }
    // A hold that ran out was no reservation: whoever comes too late to confirm it hears that.
    let was_booked = |past: &Reservation| !matches!(past.status, Status::Released | Status::Expired);
    if !past(facility, id).await?.as_ref().is_some_and(was_booked) {
        return Ok(());
    }
    // Order: looked at again. What ended meanwhile is in the history and remembered.
    let (is_remembered, index) = facility.read(|state, index| (is_remembered(state), index));
    if is_remembered { Ok(()) } else { Err(refusal::problem(Rejection::ReservationExists, index)) }
}

async fn past(facility: &Facility, id: &ReservationId) -> Result<Option<Reservation>, Problem> {
    facility.past_reservation(id).await.map_err(|error| refusal::unread(&error))
}

pub(super) fn unknown() -> Problem {
    Problem::not_found(UNKNOWN, "There is no such reservation.")
}
