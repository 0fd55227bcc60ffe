//! `/api/facilities`: entering a club into the cluster, and reading what there is.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::{CreateError, Facility, Lookup};
use machine::{Accepted, Command, CreateFacility, Digest, FacilityId, Rejection, Settings};
use tokio::time::Instant;

use super::body::FacilityBody;
use super::slug;
use super::view::FacilityView;
use crate::calendar;
use crate::edge::{Edge, PROPOSE_TIMEOUT};
use crate::http::answer::{self, Outcome, Page};
use crate::http::check::Check;
use crate::http::extract::{Asked, Path, Viewed};
use crate::http::params::Freshness;
use crate::http::problem::Problem;
use crate::http::refusal;
use crate::ids;
use crate::openapi::Refusals;

/// The name of this request for fingerprints.
const OPERATION: &str = "POST /api/facilities";

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
        || slug::of_name(body.name.as_ref().map_or("", |name| name.as_str()), &id),
        |slug| slug.as_str().to_owned(),
    );
    let settings = body.settings(&mut check, &slug);
    let settings = check.finish(Some(settings))?;
    let (facility, settings) = enter(&edge, &asked, id, settings, given.is_some()).await?;
    let (index, settings) = give_settings(&edge, &asked, &facility, settings).await?;
    // Whoever made it here finds it here.
    edge.freshen(&facility, Freshness { min_index: Some(index), linearizable: false }).await?;
    let view = FacilityView::of(facility.id(), &settings);
    Ok(answer::versioned(&edge, index, StatusCode::CREATED, settings.version, &view))
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

pub(super) fn unknown() -> Problem {
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
            settings.slug = format!("{}-{}", settings.slug, slug::short(&id));
            create(&settings.slug).await
        }
        entered => entered,
    };
    let facility = facility.map_err(|error| refusal::not_created(&error))?;
    // The same request may have entered it before, when other slugs were free.
    settings.slug = edge.node.slug_of(facility.id()).unwrap_or(settings.slug);
    Ok((facility, settings))
}

/// Gives the facility its settings and the calendar of its whole horizon; the log index of it, and what it has.
async fn give_settings(
    edge: &Edge,
    asked: &Asked,
    facility: &Facility,
    settings: Settings,
) -> Result<(u64, Box<Settings>), Problem> {
    let zone = calendar::zone(&settings.timezone).ok_or_else(Problem::internal)?;
    let days = calendar::coming_days(&settings, zone, edge.node.now());
    let command = Command::CreateFacility(Box::new(CreateFacility { settings, days }));
    let (index, accepted) =
        edge.propose(facility, &asked.caller, asked.name(OPERATION), command).await.map_err(|problem| {
            let exists = refusal::problem(Rejection::FacilityExists, 0);
            if problem.facts().code == exists.facts().code {
                Problem::conflict("facility_exists", "Another facility has that id.")
            } else {
                problem
            }
        })?;
    let Accepted::FacilityCreated(settings) = accepted else { return Err(Problem::internal()) };
    Ok((index, settings))
}

/// A request with a key names its facility by the key, so that the same request finds it again.
fn id_for(asked: &Asked) -> FacilityId {
    let Some(key) = &asked.key else { return ids::facility() };
    let of = |salt: &str| Digest::of(format!("{salt}\n{}\n{key}", asked.caller.principal()).as_bytes());
    FacilityId::parse(&format!("fac_{}{}", of("facility"), of("again"))).expect("hex digits are allowed in an id")
}
