//! `/api/facilities/{id}/courts`: what can be booked.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{Accepted, Command, Court, CourtId, FacilityId, RemoveCourt, UpdateCourt};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::edge::Edge;
use crate::http::answer::{self, Outcome, Page};
use crate::http::check::{Check, Text};
use crate::http::edit::{edit, merge};
use crate::http::extract::{self, Asked, Path, Viewed};
use crate::http::problem::Problem;
use crate::ids;
use crate::openapi::Refusals;

/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 200;

/// The sports there are courts for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CourtType {
    Pickleball,
    Tennis,
    Padel,
    Squash,
    Badminton,
    Basketball,
    Racquetball,
}

/// A court to be made.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NewCourt)]
pub(crate) struct CourtBody<'a> {
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = String, example = "Court 1")]
    name: Option<Text<'a>>,
    court_type: Option<CourtType>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    surface_type: Option<Text<'a>>,
    active: Option<bool>,
    sort_order: Option<i32>,
    price_per_slot_cents: Option<u32>,
    peak_price_cents: Option<u32>,
}

/// A court as it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Court)]
pub(crate) struct CourtView {
    id: String,
    facility_id: String,
    name: String,
    court_type: String,
    surface_type: Option<String>,
    active: bool,
    sort_order: i32,
    price_per_slot_cents: Option<u32>,
    peak_price_cents: Option<u32>,
    version: u64,
}

impl CourtView {
    fn of(facility: &FacilityId, court: &Court) -> Self {
        Self {
            id: court.id.to_string(),
            facility_id: facility.to_string(),
            name: court.name.clone(),
            court_type: court.court_type.clone(),
            surface_type: court.surface_type.clone(),
            active: court.active,
            sort_order: court.sort_order,
            price_per_slot_cents: court.price_per_slot_cents,
            peak_price_cents: court.peak_price_cents,
            version: court.version,
        }
    }
}

/// Make a court
#[utoipa::path(post, path = "/api/facilities/{id}/courts", operation_id = "createCourt", tag = "facilities", request_body = CourtBody,
    params(("id" = String, Path, description = "The facility's id"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 201, description = "The court", body = CourtView), Refusals))]
pub(crate) async fn create(State(edge): State<Arc<Edge>>, Path(id): Path<FacilityId>, asked: Asked) -> Outcome {
    let court = court(&asked.parse()?, None)?;
    let facility = edge.find_by_id(&asked.caller, &id).await?;
    let named = asked.name(&format!("POST /api/facilities/{id}/courts"));
    let (index, accepted) = edge.propose(&facility, &asked.caller, named, Command::CreateCourt(court)).await?;
    let Accepted::CourtCreated(court) = accepted else { return Err(Problem::internal()) };
    Ok(answer::versioned(&edge, index, StatusCode::CREATED, court.version, &CourtView::of(&id, &court)))
}

/// The courts of a facility, in their order
#[utoipa::path(get, path = "/api/facilities/{id}/courts", operation_id = "listCourts", tag = "facilities",
    params(("id" = String, Path, description = "Id or slug of the facility"),
           ("limit" = Option<usize>, Query, description = "1 to 200; 50 if left out"),
           ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before")),
    responses((status = 200, description = "A page of courts", body = Page<CourtView>), Refusals))]
pub(crate) async fn list(State(edge): State<Arc<Edge>>, Path(id): Path<String>, viewed: Viewed) -> Outcome {
    let (limit, cursor) = (viewed.params.limit()?, viewed.params.id::<CourtId>("cursor")?);
    let facility = edge.find_fresh(&viewed.caller, &id, &viewed.params).await?;
    let (courts, index) = facility.read(|state, index| {
        let after = cursor.as_ref().and_then(|id| state.court(id)).map(|court| (court.sort_order, &court.id));
        let mut courts: Vec<&Court> = state.courts().collect();
        courts.sort_unstable_by_key(|court| (court.sort_order, &court.id));
        let rest = courts.into_iter().filter(|court| after.is_none_or(|after| (court.sort_order, &court.id) > after));
        (rest.take(limit + 1).map(|court| CourtView::of(facility.id(), court)).collect::<Vec<_>>(), index)
    });
    let page = answer::page(courts, limit, |court| court.id.clone());
    Ok(answer::about(&edge, index, StatusCode::OK, &page))
}

/// One court
#[utoipa::path(get, path = "/api/facilities/{id}/courts/{courtId}", operation_id = "readCourt", tag = "facilities",
    params(("id" = String, Path, description = "Id or slug of the facility"),
           ("courtId" = String, Path, description = "The court")),
    responses((status = 200, description = "The court", body = CourtView), Refusals))]
pub(crate) async fn get(
    State(edge): State<Arc<Edge>>,
    Path((id, court_id)): Path<(String, CourtId)>,
    viewed: Viewed,
) -> Outcome {
    let facility = edge.find_fresh(&viewed.caller, &id, &viewed.params).await?;
    let (court, index) =
        facility.read(|state, index| (state.court(&court_id).map(|court| CourtView::of(facility.id(), court)), index));
    let court = court.ok_or_else(|| unknown().at_index(index))?;
    Ok(answer::versioned(&edge, index, StatusCode::OK, court.version, &court))
}

/// Change a court
///
/// A JSON merge patch: what is left out stays, null clears. Reservations that stand on it stay.
#[utoipa::path(patch, path = "/api/facilities/{id}/courts/{courtId}", operation_id = "changeCourt", tag = "facilities", request_body = CourtBody,
    params(("id" = String, Path, description = "Id or slug of the facility"),
           ("courtId" = String, Path, description = "The court"),
           ("If-Match" = Option<String>, Header, description = "The version that is changed: its entity tag; whichever there is if left out"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "The court", body = CourtView), Refusals))]
pub(crate) async fn patch(
    State(edge): State<Arc<Edge>>,
    Path((id, court_id)): Path<(String, CourtId)>,
    asked: Asked,
) -> Outcome {
    let patch = asked.patch()?;
    let facility = edge.find(&asked.caller, &id).await?;
    let operation = format!("PATCH /api/facilities/{}/courts/{court_id}", facility.id());
    let change = |state: &machine::Facility| {
        let before = state.court(&court_id).ok_or_else(unknown)?;
        let there = serde_json::to_value(CourtView::of(facility.id(), before)).map_err(|_| Problem::internal())?;
        let merged = merge(there, &patch);
        let court = court(&extract::from_value(&merged)?, Some(&court_id))?;
        let expected = Some(asked.if_match.expected(before.version));
        Ok(Command::UpdateCourt(UpdateCourt { court, expected }))
    };
    let (index, accepted) = edit(&edge, &facility, &asked, &operation, change).await?;
    let Accepted::CourtUpdated(court) = accepted else { return Err(Problem::internal()) };
    Ok(answer::versioned(&edge, index, StatusCode::OK, court.version, &CourtView::of(facility.id(), &court)))
}

/// Take a court away
///
/// Refused while anything is held or booked on it.
#[utoipa::path(delete, path = "/api/facilities/{id}/courts/{courtId}", operation_id = "removeCourt", tag = "facilities",
    params(("id" = String, Path, description = "Id or slug of the facility"),
           ("courtId" = String, Path, description = "The court"),
           ("If-Match" = Option<String>, Header, description = "The version that is changed: its entity tag; whichever there is if left out"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 204, description = "It is gone"), Refusals))]
pub(crate) async fn delete(
    State(edge): State<Arc<Edge>>,
    Path((id, court_id)): Path<(String, CourtId)>,
    asked: Asked,
) -> Outcome {
    let facility = edge.find(&asked.caller, &id).await?;
    let operation = format!("DELETE /api/facilities/{}/courts/{court_id}", facility.id());
    let change = |state: &machine::Facility| {
        let seen = asked.if_match.is_given();
        let current = state.court(&court_id).map_or(0, |court| court.version);
        let expected = seen.then(|| asked.if_match.expected(current));
        Ok(Command::RemoveCourt(RemoveCourt { court_id: court_id.clone(), expected }))
    };
    let (index, accepted) = edit(&edge, &facility, &asked, &operation, change).await?;
    let Accepted::CourtRemoved = accepted else { return Err(Problem::internal()) };
    Ok(answer::done(&edge, index))
}

fn unknown() -> Problem {
    Problem::not_found("court_not_found", "There is no such court.")
}

/// The court that a body describes; `there` is the id of one that is there already.
fn court(body: &CourtBody<'_>, there: Option<&CourtId>) -> Result<Court, Problem> {
    let mut check = Check::default();
    let id = check.id("/id", body.id.as_ref());
    let name = check.required_text("/name", body.name.as_ref(), NAME_CHARS_MAX);
    if body.court_type.is_none() {
        check.missing("/courtType");
    }
    let surface_type = check.text("/surfaceType", body.surface_type.as_ref(), NAME_CHARS_MAX);
    let court = Court {
        id: there.cloned().or(id).unwrap_or_else(ids::court),
        name,
        court_type: body.court_type.map(word).unwrap_or_default().to_owned(),
        surface_type,
        active: body.active.unwrap_or(true),
        sort_order: body.sort_order.unwrap_or(0),
        price_per_slot_cents: body.price_per_slot_cents,
        peak_price_cents: body.peak_price_cents,
        version: 1,
    };
    check.finish(Some(court))
}

pub(crate) fn word(court_type: CourtType) -> &'static str {
    match court_type {
        CourtType::Pickleball => "pickleball",
        CourtType::Tennis => "tennis",
        CourtType::Padel => "padel",
        CourtType::Squash => "squash",
        CourtType::Badminton => "badminton",
        CourtType::Basketball => "basketball",
        CourtType::Racquetball => "racquetball",
    }
}
