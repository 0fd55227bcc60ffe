//! `POST /api/reservations`: books in one step.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{Accepted, BookReservation, Booked, Command, FacilityId, SlotRequest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{DetailWords, Details, PayWord, SourceWord, booking_body};
use super::one;
use super::view::ReservationView;
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::check::{Check, Text};
use crate::http::conflicts::warning_body;
use crate::http::extract::Asked;
use crate::http::problem::{ConflictBody, Problem};
use crate::http::slot_body::{SlotFor, slot_body};
use crate::ids;
use crate::openapi::Refusals;

booking_body! {
    /// A reservation to be made. The original's snake_case spellings are accepted too.
    #[derive(Deserialize, ToSchema)]
    #[serde(rename_all = "camelCase")]
    #[schema(as = NewReservation)]
    pub(crate) struct BookBody<'a> {
        /// An unused id of your own.
        #[serde(borrow)]
        #[schema(value_type = Option<String>)]
        id: Option<Text<'a>>,
    }
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
    /// Whether the client brings the id.
    is_brought: bool,
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
    let Wanted { facility_id, is_brought, command } = Wanted::of(&asked)?;
    let facility = edge.find_by_id(&asked.caller, &facility_id).await?;
    if is_brought {
        one::must_be_unused(&facility, &command.reservation_id).await?;
    }
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
        let slot_for = body.slot_for(asked, &mut check);
        let id = check.id("/id", body.id.as_ref());
        let details = body.details(&mut check);
        let is_brought = id.is_some();
        let whole = |slot_for: SlotFor| {
            let command = BookReservation {
                reservation_id: id.unwrap_or_else(ids::reservation),
                court_id: slot_for.court_id,
                member_id: slot_for.member_id,
                slot: slot_for.slot,
                source: details.source.as_str().to_owned(),
                booking_type: details.booking_type,
                participants: details.participants,
                notes: details.notes,
                series_id: None,
                pay: details.pay,
                overrides: details.overrides,
            };
            Self { facility_id: slot_for.facility_id, is_brought, command }
        };
        check.finish(slot_for.map(whole))
    }
}
