//! `POST /api/facilities/{id}/imports/reservations`: takes over what is already a fact elsewhere.
//!
//! Each reservation is a command of its own, so that one that is refused keeps no other out; many
//! are on their way at once, so that a season is in within seconds.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::Facility;
use futures_util::{StreamExt, stream};
use machine::{Accepted, Command, FacilityId, ImportReservation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::check::{Check, Text};
use crate::http::extract::{Asked, Path};
use crate::http::idempotency;
use crate::http::problem::{ConflictBody, Problem};
use crate::openapi::Refusals;

/// The largest body, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 8 << 20;
/// Reservations of one request: what is decided well within its ten seconds.
const RESERVATIONS_MAX: usize = 500;
/// Proposals on their way at once: several log entries' worth, and far from an overload.
const PROPOSALS_AT_ONCE: usize = 64;
/// The longest text, in characters.
const TEXT_CHARS_MAX: usize = 2000;

/// Reservations to take over.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ImportsBody<'a> {
    /// At most 500.
    #[serde(borrow)]
    reservations: Vec<ImportBody<'a>>,
}

/// A reservation to take over.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportBody<'a> {
    #[serde(borrow)]
    #[schema(value_type = String)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = String)]
    court_id: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = String)]
    member_id: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = String, format = DateTime)]
    start_time: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = String, format = DateTime)]
    end_time: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>, format = DateTime)]
    confirmed_at: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    booking_type: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    source: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    notes: Option<Text<'a>>,
}

/// What became of each, in their order.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportsReply {
    results: Vec<ImportResult>,
}

/// What became of one.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportResult {
    id: String,
    pub(crate) outcome: ImportOutcome,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'static str>,
    /// What is in its way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conflicts: Vec<ConflictBody>,
    #[serde(skip)]
    pub(crate) index: u64,
    /// Why it was refused, for people.
    #[serde(skip)]
    pub(crate) detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ImportOutcome {
    /// It is here now.
    Imported,
    /// The very same was here before.
    Exists,
    /// It is not here.
    Refused,
}

/// Take over reservations
///
/// For operators. Only an overlap refuses what is already a fact elsewhere.
#[utoipa::path(post, path = "/api/facilities/{id}/imports/reservations", operation_id = "importReservations", tag = "facilities",
    request_body = ImportsBody,
    params(("id" = String, Path, description = "The facility's id"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "What became of each", body = ImportsReply), Refusals))]
pub(crate) async fn reservations(State(edge): State<Arc<Edge>>, Path(id): Path<FacilityId>, asked: Asked) -> Outcome {
    let imports = imports(&asked)?;
    let facility = edge.find_by_id(&asked.caller, &id).await?;
    let operation = format!("POST /api/facilities/{id}/imports/reservations");
    let each = imports.into_iter().map(|import| one(&edge, &facility, &asked, &operation, import));
    let results: Vec<_> = stream::iter(each).buffered(PROPOSALS_AT_ONCE).collect().await;
    let results = results.into_iter().collect::<Result<Vec<_>, _>>()?;
    let index = results.iter().map(|result| result.index).max();
    let index = index.unwrap_or_else(|| facility.read(|_, index| index));
    Ok(answer::about(&edge, index, StatusCode::OK, &ImportsReply { results }))
}

/// Takes one over; a problem only where it was not decided at all.
pub(crate) async fn one(
    edge: &Edge,
    facility: &Facility,
    asked: &Asked,
    operation: &str,
    import: ImportReservation,
) -> Result<ImportResult, Problem> {
    let id = import.reservation_id.to_string();
    let named = idempotency::name(&asked.caller, asked.key.as_deref(), operation, &id, &asked.body);
    let proposed = edge.propose(facility, &asked.caller, named, Command::ImportReservation(import.clone())).await;
    let result =
        |outcome, index| ImportResult { id, outcome, code: None, conflicts: Vec::new(), index, detail: String::new() };
    match proposed {
        Ok((index, Accepted::ReservationImported(_))) => Ok(result(ImportOutcome::Imported, index)),
        Ok(_) => Err(Problem::internal()),
        Err(problem) if problem.facts().status.is_server_error() => Err(problem),
        Err(problem) => {
            let facts = problem.facts();
            let index = facts.index.unwrap_or(0);
            if facts.code == "reservation_exists" && is_here(facility, &import) {
                return Ok(result(ImportOutcome::Exists, index));
            }
            let refused = result(ImportOutcome::Refused, index);
            let detail = facts.detail.clone();
            Ok(ImportResult { code: Some(facts.code), conflicts: facts.conflicts.clone(), detail, ..refused })
        }
    }
}

fn is_here(facility: &Facility, import: &ImportReservation) -> bool {
    facility.read(|state, _| {
        state.reservation(&import.reservation_id).is_some_and(|found| {
            found.court_id == import.court_id && found.member_id == import.member_id && found.slot == import.slot
        })
    })
}

fn imports(asked: &Asked) -> Result<Vec<ImportReservation>, Problem> {
    let body: ImportsBody<'_> = asked.parse()?;
    if body.reservations.len() > RESERVATIONS_MAX {
        return Err(Problem::malformed_at("/reservations", format!("must be at most {RESERVATIONS_MAX}")));
    }
    let mut check = Check::default();
    let imports = body.reservations.iter().enumerate().filter_map(|(at, body)| import(&mut check, at, body)).collect();
    check.finish(Some(imports))
}

fn import(check: &mut Check, at: usize, body: &ImportBody<'_>) -> Option<ImportReservation> {
    let place = |field: &str| format!("/reservations/{at}/{field}");
    let reservation_id = check.required_id(&place("id"), body.id.as_ref());
    let court_id = check.required_id(&place("courtId"), body.court_id.as_ref());
    let member_id = check.required_id(&place("memberId"), body.member_id.as_ref());
    let start = check.required_time(&place("startTime"), body.start_time.as_ref());
    let end = check.required_time(&place("endTime"), body.end_time.as_ref());
    let confirmed_at = check.time(&place("confirmedAt"), body.confirmed_at.as_ref());
    let booking_type = check.text(&place("bookingType"), body.booking_type.as_ref(), TEXT_CHARS_MAX);
    let source = check.text(&place("source"), body.source.as_ref(), TEXT_CHARS_MAX);
    let notes = check.text(&place("notes"), body.notes.as_ref(), TEXT_CHARS_MAX);
    Some(ImportReservation {
        reservation_id: reservation_id?,
        court_id: court_id?,
        member_id: member_id?,
        slot: machine::Interval { start: start?, end: end? },
        confirmed_at,
        booking_type: booking_type.unwrap_or_else(|| "standard".to_owned()),
        source: source.unwrap_or_else(|| "import".to_owned()),
        notes,
    })
}
