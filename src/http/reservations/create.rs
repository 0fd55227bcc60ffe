//! `POST /api/reservations`: books in one step.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{
    Accepted, BOOKING_TYPE, BookReservation, Booked, Command, CourtId, FacilityId, Interval, MemberId, SlotRequest,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{self, NAME_CHARS_MAX, NOTES_CHARS_MAX, PayWord, SourceWord};
use super::view::ReservationView;
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::check::{Check, Text};
use crate::http::conflicts::warning_body;
use crate::http::extract::Asked;
use crate::http::problem::{ConflictBody, Problem};
use crate::ids;
use crate::openapi::Refusals;

/// A reservation to be made. The original's snake_case spellings are accepted too.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NewReservation)]
pub(crate) struct BookBody<'a> {
    /// An unused id of your own.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    id: Option<Text<'a>>,
    /// The facility; `?facilityId=` does as well.
    #[serde(borrow, alias = "facility_id")]
    #[schema(value_type = Option<String>, example = "fac_test789")]
    facility_id: Option<Text<'a>>,
    #[serde(borrow, alias = "court_id")]
    #[schema(value_type = String, example = "crt_test123")]
    court_id: Option<Text<'a>>,
    #[serde(borrow, alias = "member_id")]
    #[schema(value_type = String, example = "mbr_test456")]
    member_id: Option<Text<'a>>,
    /// RFC 3339 with an offset.
    #[serde(borrow, alias = "start_time")]
    #[schema(value_type = String, format = DateTime)]
    start_time: Option<Text<'a>>,
    /// Or say `durationMinutes`.
    #[serde(borrow, alias = "end_time")]
    #[schema(value_type = Option<String>, format = DateTime)]
    end_time: Option<Text<'a>>,
    #[serde(alias = "duration_minutes")]
    duration_minutes: Option<i64>,
    /// `standard` if left out.
    #[serde(borrow, alias = "booking_type")]
    #[schema(value_type = Option<String>, example = "standard")]
    booking_type: Option<Text<'a>>,
    /// `web` if left out.
    #[serde(alias = "booking_source")]
    booking_source: Option<SourceWord>,
    /// Who else plays.
    #[serde(borrow)]
    #[schema(value_type = Option<Vec<String>>)]
    participants: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    notes: Option<Text<'a>>,
    pay: Option<PayWord>,
    /// Staff: codes of rules to be set aside.
    #[serde(borrow)]
    #[schema(value_type = Option<Vec<String>>)]
    r#override: Option<Vec<Text<'a>>>,
    /// Why they are.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    reason: Option<Text<'a>>,
}

/// The slot is booked.
#[derive(Serialize, ToSchema)]
#[schema(as = ReservationMade)]
pub(crate) struct BookedReply {
    /// Always true.
    success: bool,
    reservation: ReservationView,
    /// What the booker should know.
    warnings: Vec<ConflictBody>,
}

/// What a body asks for.
struct Wanted {
    facility_id: FacilityId,
    command: BookReservation,
}

/// Book a slot in one step
///
/// All rules are asked, and all that are broken are told. Staff may set some aside, with a reason.
#[utoipa::path(post, path = "/api/reservations", operation_id = "createReservation", tag = "reservations", request_body = BookBody,
    params(("facilityId" = Option<String>, Query, description = "The facility, where the body does not name it"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 201, description = "The slot is booked", body = BookedReply), Refusals))]
pub(crate) async fn create(State(edge): State<Arc<Edge>>, asked: Asked) -> Outcome {
    let Wanted { facility_id, command } = Wanted::of(&asked)?;
    let facility = edge.find_by_id(&asked.caller, &facility_id).await?;
    let (court, member, slot) = (command.court_id.clone(), command.member_id.clone(), command.slot);
    let request = SlotRequest { court: &court, member: &member, slot, instead_of: None, with_credits: false };
    let named = asked.name("POST /api/reservations");
    let decided = edge.propose(&facility, &asked.caller, named, Command::BookReservation(Box::new(command))).await;
    let (index, accepted) = decided.map_err(|problem| with_warnings(problem, &facility, request))?;
    let Accepted::ReservationBooked(booked) = accepted else { return Err(Problem::internal()) };
    Ok(answer::about(&edge, index, StatusCode::CREATED, &BookedReply::of(&facility_id, &booked)))
}

impl BookedReply {
    pub(super) fn of(facility: &FacilityId, booked: &Booked) -> Self {
        let Booked { reservation, warnings } = booked;
        let warnings = warnings.iter().map(warning_body).collect();
        Self { success: true, reservation: ReservationView::of(facility, reservation), warnings }
    }
}

/// A refusal by rules says as well what the booker should have known.
pub(super) fn with_warnings(problem: Problem, facility: &cluster::Facility, request: SlotRequest<'_>) -> Problem {
    if problem.facts().conflicts.is_empty() {
        return problem;
    }
    let told = facility.read(|state, _| machine::explain(state, state.now(), request));
    let warnings = told.map_or_else(|_| Vec::new(), |(_, warnings)| warnings);
    problem.with_warnings(warnings.iter().map(warning_body).collect())
}

impl Wanted {
    fn of(asked: &Asked) -> Result<Self, Problem> {
        let body: BookBody<'_> = asked.parse()?;
        let mut check = Check::default();
        let facility_id = asked.facility_id(&mut check, body.facility_id.as_ref());
        let id = check.id("/id", body.id.as_ref());
        let court_id: Option<CourtId> = check.required_id("/courtId", body.court_id.as_ref());
        let slot: Option<Interval> =
            check.slot(body.start_time.as_ref(), body.end_time.as_ref(), body.duration_minutes);
        let member_id: Option<MemberId> = check.required_id("/memberId", body.member_id.as_ref());
        let booking_type = check.text("/bookingType", body.booking_type.as_ref(), NAME_CHARS_MAX);
        let notes = body.notes.as_ref().filter(|notes| !notes.as_str().is_empty());
        let notes = check.text("/notes", notes, NOTES_CHARS_MAX);
        let participants = body::participants(&mut check, body.participants.as_deref());
        let overrides = body::overrides(&mut check, body.r#override.as_deref(), body.reason.as_ref());
        let whole = || {
            let command = BookReservation {
                reservation_id: id.unwrap_or_else(ids::reservation),
                court_id: court_id?,
                member_id: member_id?,
                slot: slot?,
                source: body.booking_source.unwrap_or(SourceWord::Web).as_str().to_owned(),
                booking_type: booking_type.unwrap_or_else(|| BOOKING_TYPE.to_owned()),
                participants,
                notes,
                series_id: None,
                pay: PayWord::of(body.pay),
                overrides,
            };
            Some(Self { facility_id: facility_id?, command })
        };
        check.finish(whole())
    }
}
