//! `POST /api/facilities/{id}/imports/reservations`: takes over what is already a fact elsewhere.
//!
//! Each reservation is a command of its own, so that one that is refused keeps no other out; many
//! are on their way at once, so that a season is in within seconds. What ended long ago is known to the
//! history alone, which no log entry can ask: so it is asked here, before anything is proposed.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::Facility;
use futures_util::{StreamExt, stream};
use machine::{Accepted, Command, FacilityId, ImportReservation, Reservation};
use serde::Deserialize;
use utoipa::ToSchema;

use super::ITEMS_MAX;
use super::outcome::{ImportOutcome, ImportResult, ImportsReply};
use super::reservation_body::ImportBody;
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::check::Check;
use crate::http::extract::{Asked, Path};
use crate::http::params::Freshness;
use crate::http::problem::Problem;
use crate::http::{idempotency, refusal};
use crate::openapi::Refusals;

/// Proposals on their way at once: several log entries' worth, and far from an overload.
const PROPOSALS_AT_ONCE: usize = 64;

/// Reservations to take over.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ImportsBody<'a> {
    /// At most 500.
    #[serde(borrow)]
    reservations: Vec<ImportBody<'a>>,
}

/// Take over reservations
///
/// For operators. Only what is in its way refuses what is to come, and nothing what has ended, which is
/// neither counted nor charged nor told again. What is here already, by its id, is left as it is.
#[utoipa::path(post, path = "/api/facilities/{id}/imports/reservations", operation_id = "importReservations", tag = "facilities",
    request_body = ImportsBody,
    params(("id" = String, Path, description = "The facility's id"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "What became of each", body = ImportsReply), Refusals))]
pub(crate) async fn reservations(State(edge): State<Arc<Edge>>, Path(id): Path<FacilityId>, asked: Asked) -> Outcome {
    let imports = imports(&asked)?;
    let facility = edge.find_by_id(&asked.caller, &id).await?;
    // Order: before the look at what is here, or what was imported a moment ago through another node is not seen.
    edge.freshen(&facility, Freshness { min_index: None, linearizable: true }).await?;
    let operation = format!("POST /api/facilities/{id}/imports/reservations");
    let each = imports.into_iter().map(|import| one(&edge, &facility, &asked, &operation, import));
    let results: Vec<_> = stream::iter(each).buffered(PROPOSALS_AT_ONCE).collect().await;
    let results = results.into_iter().collect::<Result<Vec<_>, _>>()?;
    let index = results.iter().map(|result| result.index).max().filter(|index| *index > 0);
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
    let id = import.reservation_id.clone();
    let named = idempotency::name(&asked.caller, asked.key.as_deref(), operation, id.as_str(), &asked.body);
    // A repeat hears what it heard before, also that it was new then.
    let is_repeat = facility.read(|state, _| state.has_answered(&named.request));
    if !is_repeat && let Some(there) = there(facility, &import).await? {
        let index = facility.read(|_, index| index);
        if is_the_same(&there, &import) {
            return Ok(ImportResult::here(&id, ImportOutcome::Exists, index));
        }
        return ImportResult::refused(&id, refusal::problem(machine::Rejection::ReservationExists, index));
    }
    match edge.propose(facility, &asked.caller, named, Command::ImportReservation(import)).await {
        Ok((index, Accepted::ReservationImported(_))) => Ok(ImportResult::here(&id, ImportOutcome::Imported, index)),
        Ok(_) => Err(Problem::internal()),
        Err(problem) => ImportResult::refused(&id, problem),
    }
}

/// The reservation of that id, in the state or in the history.
async fn there(facility: &Facility, import: &ImportReservation) -> Result<Option<Reservation>, Problem> {
    let id = &import.reservation_id;
    if let Some(there) = facility.read(|state, _| state.reservation(id).cloned()) {
        return Ok(Some(there));
    }
    facility.past_reservation(id).await.map_err(|error| refusal::unread(&error))
}

/// What has become of it here since is no part of the question.
fn is_the_same(there: &Reservation, import: &ImportReservation) -> bool {
    there.court_id == import.court_id && there.member_id == import.member_id && there.slot == import.slot
}

fn imports(asked: &Asked) -> Result<Vec<ImportReservation>, Problem> {
    let body: ImportsBody<'_> = asked.parse()?;
    if body.reservations.len() > ITEMS_MAX {
        return Err(Problem::malformed_at("/reservations", format!("must be at most {ITEMS_MAX}")));
    }
    let mut check = Check::default();
    let imports = body.reservations.iter().enumerate().filter_map(|(at, body)| body.command(&mut check, at)).collect();
    check.finish(Some(imports))
}
