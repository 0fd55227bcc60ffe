//! `/api/facilities/{id}/courts`: what can be booked.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{Accepted, Command, Court, CourtId, FacilityId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{self, Outcome, Page};
use super::check::{Check, Text};
use super::extract::{Asked, Path, Viewed};
use super::problem::Problem;
use crate::edge::Edge;
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
    let court = court(&asked)?;
    let facility = edge.find_by_id(&asked.caller, &id).await?;
    let named = asked.name(&format!("POST /api/facilities/{id}/courts"));
    let (index, accepted) = edge.propose(&facility, &asked.caller, named, Command::CreateCourt(court)).await?;
    let Accepted::CourtCreated(court) = accepted else { return Err(Problem::internal()) };
    Ok(answer::about(&edge, index, StatusCode::CREATED, &CourtView::of(&id, &court)))
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
    let missing = || Problem::not_found("court_not_found", "There is no such court.").at_index(index);
    Ok(answer::about(&edge, index, StatusCode::OK, &court.ok_or_else(missing)?))
}

fn court(asked: &Asked) -> Result<Court, Problem> {
    let body: CourtBody<'_> = asked.parse()?;
    let mut check = Check::default();
    let id = check.id("/id", body.id.as_ref());
    let name = check.required_text("/name", body.name.as_ref(), NAME_CHARS_MAX);
    if body.court_type.is_none() {
        check.missing("/courtType");
    }
    let surface_type = check.text("/surfaceType", body.surface_type.as_ref(), NAME_CHARS_MAX);
    let court = Court {
        id: id.unwrap_or_else(ids::court),
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

fn word(court_type: CourtType) -> &'static str {
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
