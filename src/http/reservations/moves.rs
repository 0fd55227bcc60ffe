//! `POST /api/reservations/{id}/move`: the old slot is freed and the new one taken in one step, or neither.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{Accepted, Command, CourtId, Instant, Interval, MoveReservation, Override, ReservationId, SlotRequest};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body;
use super::create::{BookedReply, with_warnings};
use super::one;
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::check::{Check, Text};
use crate::http::edit::edit;
use crate::http::extract::{Asked, Path};
use crate::http::problem::Problem;
use crate::openapi::Refusals;
use crate::time::MINUTE_MILLIS;

/// Where to; what is left out stays. A new start alone keeps the length.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NewSlot)]
pub(crate) struct MoveBody<'a> {
    #[serde(borrow, alias = "court_id")]
    #[schema(value_type = Option<String>, example = "crt_test124")]
    court_id: Option<Text<'a>>,
    /// RFC 3339 with an offset.
    #[serde(borrow, alias = "start_time")]
    #[schema(value_type = Option<String>, format = DateTime)]
    start_time: Option<Text<'a>>,
    #[serde(borrow, alias = "end_time")]
    #[schema(value_type = Option<String>, format = DateTime)]
    end_time: Option<Text<'a>>,
    #[serde(alias = "duration_minutes")]
    duration_minutes: Option<i64>,
    /// Staff: codes of rules to be set aside.
    #[serde(borrow)]
    #[schema(value_type = Option<Vec<String>>)]
    r#override: Option<Vec<Text<'a>>>,
    /// Why they are.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    reason: Option<Text<'a>>,
}

/// Where to.
struct Target {
    court_id: Option<CourtId>,
    start: Option<Instant>,
    end: Option<Instant>,
    minutes: Option<i64>,
    overrides: Option<Override>,
}

/// Move a reservation
///
/// To another court, another time, or both, under the rules as if it had none yet.
#[utoipa::path(post, path = "/api/reservations/{id}/move", operation_id = "moveReservation", tag = "reservations", request_body = MoveBody,
    params(("id" = String, Path, description = "The reservation"),
           ("facilityId" = Option<String>, Query, description = "Its facility: saves the look-up"),
           ("If-Match" = Option<String>, Header, description = "The version that is moved: its entity tag"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "It is on its new slot", body = BookedReply), Refusals))]
pub(crate) async fn relocate(State(edge): State<Arc<Edge>>, Path(id): Path<ReservationId>, asked: Asked) -> Outcome {
    let target = Target::of(&asked)?;
    let facility = one::find(&edge, &id, &asked.caller, &asked.params).await?;
    let operation = format!("POST /api/reservations/{id}/move");
    let change = |state: &machine::Facility| {
        let there = state.reservation(&id).ok_or_else(one::unknown)?;
        let slot = target.slot(there.slot)?;
        Ok(Command::MoveReservation(MoveReservation {
            reservation_id: id.clone(),
            court_id: target.court_id.clone(),
            slot: Some(slot),
            expected: Some(asked.if_match.expected(there.version)),
            overrides: target.overrides.clone(),
        }))
    };
    let decided = edit(&edge, &facility, &asked, &operation, change).await;
    let decided = decided.map_err(|problem| target.warn(problem, &facility, &id));
    let (index, accepted) = one::or_over(decided, &facility, &asked.caller, &id).await?;
    let Accepted::ReservationMoved(booked) = accepted else { return Err(Problem::internal()) };
    let reply = BookedReply::of(facility.id(), &booked);
    Ok(answer::versioned(&edge, index, StatusCode::OK, booked.reservation.version, &reply))
}

impl Target {
    fn of(asked: &Asked) -> Result<Self, Problem> {
        let body: MoveBody<'_> = asked.parse()?;
        let mut check = Check::default();
        let court_id = check.id("/courtId", body.court_id.as_ref());
        let start = check.time("/startTime", body.start_time.as_ref());
        let end = check.time("/endTime", body.end_time.as_ref());
        if body.duration_minutes.is_some_and(|minutes| minutes <= 0) {
            check.wrong("/durationMinutes", "must be more than 0");
        }
        let overrides = body::overrides(&mut check, body.r#override.as_deref(), body.reason.as_ref());
        let minutes = body.duration_minutes;
        check.finish(Some(Self { court_id, start, end, minutes, overrides }))
    }

    /// The new slot, `old` being the one it leaves.
    fn slot(&self, old: Interval) -> Result<Interval, Problem> {
        let start = self.start.unwrap_or(old.start);
        let by_length = self.minutes.map(|minutes| start.plus(minutes.saturating_mul(MINUTE_MILLIS)));
        let end = match (self.end, by_length) {
            (Some(end), Some(by_length)) if end != by_length => {
                return Err(Problem::malformed_at("/durationMinutes", "does not agree with startTime and endTime"));
            }
            (Some(end), _) | (None, Some(end)) => end,
            (None, None) => start.plus(old.millis()),
        };
        if end <= start {
            return Err(Problem::malformed_at("/endTime", "must be after startTime"));
        }
        Ok(Interval { start, end })
    }

    /// A refusal by rules says as well what the booker should have known.
    fn warn(&self, problem: Problem, facility: &cluster::Facility, id: &ReservationId) -> Problem {
        let there = facility.read(|state, _| state.reservation(id).cloned());
        let Some((there, slot)) = there.and_then(|there| self.slot(there.slot).ok().map(|slot| (there, slot))) else {
            return problem;
        };
        let court = self.court_id.as_ref().unwrap_or(&there.court_id);
        let request = SlotRequest { court, member: &there.member_id, slot, instead_of: Some(id), with_credits: false };
        with_warnings(problem, facility, request)
    }
}
