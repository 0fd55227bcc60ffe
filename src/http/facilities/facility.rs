//! `/api/facilities`: entering a club into the cluster, and reading what there is.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::{CreateError, Facility, Lookup};
use machine::{
    Accepted, Command, CreateFacility, Digest, FacilityId, Instant as Moment, Rejection, Reservation, Settings,
    UpdateFacility,
};
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::body::FacilityBody;
use super::view::FacilityView;
use crate::calendar;
use crate::edge::{Edge, PROPOSE_TIMEOUT};
use crate::http::answer::{self, Outcome, Page};
use crate::http::check::Check;
use crate::http::edit::{edit, merge};
use crate::http::extract::{self, Asked, Freshness, Path, Viewed};
use crate::http::problem::Problem;
use crate::http::refusal;
use crate::http::reservations::ReservationView;
use crate::ids;
use crate::openapi::Refusals;

/// The name of this request for fingerprints.
const OPERATION: &str = "POST /api/facilities";
/// Reservations outside the hours that a change tells.
const OUTSIDE_HOURS_TOLD_MAX: usize = 200;
/// The longest slug that is made from a name.
const SLUG_CHARS_MAX: usize = 60;

/// Make a facility
///
/// Only `name` and `timezone` are required. Its group is started on its nodes before this answers.
#[utoipa::path(post, path = "/api/facilities", operation_id = "createFacility", tag = "facilities", request_body = FacilityBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 201, description = "The facility", body = FacilityView), Refusals))]
pub(crate) async fn create(State(edge): State<Arc<Edge>>, asked: Asked) -> Outcome {
    let body: FacilityBody<'_> = asked.parse()?;
    let mut check = Check::default();
    let id: Option<FacilityId> = check.id("/id", body.id.as_ref());
    let id = id.unwrap_or_else(|| id_for(&asked));
    let given: Option<FacilityId> = check.id("/slug", body.slug.as_ref());
    let slug = given.as_ref().map_or_else(
        || slug_of(body.name.as_ref().map_or("", |name| name.as_str()), &id),
        |slug| slug.as_str().to_owned(),
    );
    let settings = body.settings(&mut check, &slug);
    let settings = check.finish(Some(settings))?;
    let (facility, settings) = enter(&edge, &asked, id, settings, given.is_some()).await?;
    let index = give_settings(&edge, &asked, &facility, settings).await?;
    edge.freshen(&facility, Freshness { min_index: Some(index), linearizable: false }).await?;
    view(&edge, &facility, StatusCode::CREATED)
}

/// Facilities, by id
#[utoipa::path(get, path = "/api/facilities", operation_id = "listFacilities", tag = "facilities",
    params(("limit" = Option<usize>, Query, description = "1 to 200; 50 if left out"),
           ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before")),
    responses((status = 200, description = "A page of facilities", body = Page<FacilityView>), Refusals))]
pub(crate) async fn list(State(edge): State<Arc<Edge>>, viewed: Viewed) -> Outcome {
    let (limit, cursor) = (viewed.params.limit()?, viewed.params.id::<FacilityId>("cursor")?);
    let records = edge.node.facilities(cursor.as_ref(), limit + 1);
    let page = answer::page(records, limit, |record| record.id.to_string());
    let shown = |record: &cluster::FacilityRecord| match edge.node.facility(record.id.as_str()) {
        Lookup::Here(facility) => facility.read(|state, _| Some(FacilityView::of(&record.id, state.settings()?))),
        Lookup::NotServing(_) | Lookup::Unknown => None,
    };
    let items = page.items.iter().filter_map(shown).collect();
    Ok(answer::json(StatusCode::OK, &Page { items, next_cursor: page.next_cursor }))
}

/// One facility
#[utoipa::path(get, path = "/api/facilities/{id}", operation_id = "readFacility", tag = "facilities",
    params(("id" = String, Path, description = "Id or slug")),
    responses((status = 200, description = "The facility", body = FacilityView), Refusals))]
pub(crate) async fn get(State(edge): State<Arc<Edge>>, Path(id): Path<String>, viewed: Viewed) -> Outcome {
    let facility = edge.find_fresh(&viewed.caller, &id, &viewed.params).await?;
    view(&edge, &facility, StatusCode::OK)
}

fn view(edge: &Edge, facility: &Facility, status: StatusCode) -> Outcome {
    let (view, index) = facility
        .read(|state, index| (state.settings().map(|settings| FacilityView::of(facility.id(), settings)), index));
    let view = view.ok_or_else(unknown)?;
    Ok(answer::versioned(edge, index, status, view.version(), &view))
}

/// Change a facility
///
/// A JSON merge patch: what is left out stays, null goes back to the default. New hours hold for the calendar
/// at once; reservations keep their instants, and those that are now outside the hours are listed.
#[utoipa::path(patch, path = "/api/facilities/{id}", operation_id = "changeFacility", tag = "facilities", request_body = FacilityBody,
    params(("id" = String, Path, description = "Id or slug"),
           ("If-Match" = Option<String>, Header, description = "The version that is changed: its entity tag; whichever there is if left out"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "The facility", body = FacilityChanged), Refusals))]
pub(crate) async fn patch(State(edge): State<Arc<Edge>>, Path(id): Path<String>, asked: Asked) -> Outcome {
    let patch = asked.patch()?;
    let facility = edge.find(&asked.caller, &id).await?;
    let operation = format!("PATCH /api/facilities/{}", facility.id());
    let now = edge.node.now();
    let change = |state: &machine::Facility| update(state, facility.id(), &patch, &asked, now);
    let (index, accepted) = edit(&edge, &facility, &asked, &operation, change).await?;
    let Accepted::FacilityUpdated { .. } = accepted else { return Err(Problem::internal()) };
    edge.freshen(&facility, Freshness { min_index: Some(index), linearizable: false }).await?;
    let (changed, index) = facility.read(|state, index| (FacilityChanged::of(facility.id(), state), index));
    let changed = changed.ok_or_else(unknown)?;
    Ok(answer::versioned(&edge, index, StatusCode::OK, changed.facility.version(), &changed))
}

/// A facility, and what its new hours leave outside.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FacilityChanged {
    #[serde(flatten)]
    facility: FacilityView,
    /// Reservations to come that are not within the opening hours any more, 200 at most; they stand.
    outside_hours: Vec<ReservationView>,
}

impl FacilityChanged {
    fn of(id: &FacilityId, state: &machine::Facility) -> Option<Self> {
        let settings = state.settings()?;
        let outside = |one: &&Reservation| {
            one.status.is_live() && one.slot.end > state.now() && !state.is_open(&one.court_id, &one.slot)
        };
        let all = state.reservations(None).filter(outside).take(OUTSIDE_HOURS_TOLD_MAX);
        let outside_hours = all.map(|one| ReservationView::of(id, one)).collect();
        Some(Self { facility: FacilityView::of(id, settings), outside_hours })
    }
}

/// The settings with what the patch changes, and the calendar that follows.
fn update(
    state: &machine::Facility,
    id: &FacilityId,
    patch: &Value,
    asked: &Asked,
    now: Moment,
) -> Result<Command, Problem> {
    let before = state.settings().ok_or_else(unknown)?;
    let there = serde_json::to_value(FacilityView::of(id, before)).map_err(|_| Problem::internal())?;
    let merged = merge(there, patch);
    let body: FacilityBody<'_> = extract::from_value(&merged)?;
    let mut check = Check::default();
    if body.slug.as_ref().is_none_or(|slug| slug.as_str() != before.slug) {
        check.wrong("/slug", "cannot be changed");
    }
    let settings = body.settings(&mut check, &before.slug);
    let settings = check.finish(Some(settings))?;
    let zone = calendar::zone(&settings.timezone).ok_or_else(Problem::internal)?;
    let today = calendar::date_at(zone, now);
    // Order: days beyond the new horizon that are there already must follow the new hours too.
    let last = calendar::horizon(&settings, today).max(state.calendar_end().unwrap_or(today));
    let days = calendar::days(&settings, zone, today, calendar::days_between(today, last) + 1);
    let expected = Some(asked.if_match.expected(before.version));
    Ok(Command::UpdateFacility(Box::new(UpdateFacility { settings, expected, days })))
}

fn unknown() -> Problem {
    Problem::not_found("facility_not_found", "There is no such facility.")
}

/// Enters the facility into the directory. A slug that was made from the name gives way to one that is there.
async fn enter(
    edge: &Edge,
    asked: &Asked,
    id: FacilityId,
    mut settings: Settings,
    slug_given: bool,
) -> Result<(Facility, Settings), Problem> {
    let named = asked.name(OPERATION);
    let deadline = Instant::now() + PROPOSE_TIMEOUT;
    let create = |slug: &str| edge.node.create_facility(id.clone(), slug.to_owned(), named.request.clone(), deadline);
    let facility = match create(&settings.slug).await {
        Err(CreateError::SlugTaken { .. }) if !slug_given => {
            settings.slug = format!("{}-{}", settings.slug, short(&id));
            create(&settings.slug).await
        }
        entered => entered,
    };
    Ok((facility.map_err(|error| refusal::not_created(&error))?, settings))
}

/// Gives the facility its settings and the calendar of its whole horizon; the log index of it.
async fn give_settings(edge: &Edge, asked: &Asked, facility: &Facility, settings: Settings) -> Result<u64, Problem> {
    let zone = calendar::zone(&settings.timezone).ok_or_else(Problem::internal)?;
    let days = calendar::coming_days(&settings, zone, edge.node.now());
    let command = Command::CreateFacility(Box::new(CreateFacility { settings, days }));
    let (index, _) =
        edge.propose(facility, &asked.caller, asked.name(OPERATION), command).await.map_err(|problem| {
            let exists = refusal::problem(Rejection::FacilityExists, 0);
            if problem.facts().code == exists.facts().code {
                Problem::conflict("facility_exists", "Another facility has that id.")
            } else {
                problem
            }
        })?;
    Ok(index)
}

/// A request with a key names its facility by the key, so that the same request finds it again.
fn id_for(asked: &Asked) -> FacilityId {
    let Some(key) = &asked.key else { return ids::facility() };
    let of = |salt: &str| Digest::of(format!("{salt}\n{}\n{key}", asked.caller.principal()).as_bytes());
    FacilityId::parse(&format!("fac_{}{}", of("facility"), of("again"))).expect("hex digits are allowed in an id")
}

fn slug_of(name: &str, id: &FacilityId) -> String {
    let mut slug = String::new();
    for letter in name.chars().take(SLUG_CHARS_MAX) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { format!("facility-{}", short(id)) } else { slug.to_owned() }
}

/// The last letters of an id: the random ones of a minted one.
fn short(id: &FacilityId) -> &str {
    let text = id.as_str();
    &text[text.len().saturating_sub(6)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_from_the_name() {
        let id = FacilityId::parse("fac_0123456789ab").unwrap();
        assert_eq!(slug_of("The Stack!", &id), "the-stack");
        assert_eq!(slug_of("  Café -- Court 9 ", &id), "caf-court-9");
        assert_eq!(slug_of("球場", &id), "facility-6789ab");
    }
}
