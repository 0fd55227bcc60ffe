//! `GET /websocket` and `GET /api/facilities/{id}/events`: watching a facility change.
//!
//! Everything that can be refused is refused before the upgrade; after it the hub takes over.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use cluster::{Cursor, Facility};
use machine::CourtId;

use crate::calendar;
use crate::edge::Edge;
use crate::http::answer::Outcome;
use crate::http::extract::{Path, Viewed};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::http::upgrade::Upgrade;
use crate::openapi::Refusals;
use crate::socket::{self, Filter, Wish};

/// Watch a facility over a WebSocket
///
/// First a frame `initial_state`, then one frame a change; `since` resumes on any node.
#[utoipa::path(get, path = "/websocket", operation_id = "watchSocket", tag = "booking",
    params(("facilityId" = String, Query, description = "The facility"),
           ("since" = Option<String>, Query, description = "The cursor or index of the last frame seen"),
           ("date" = Option<String>, Query, description = "Only this local day, YYYY-MM-DD"),
           ("courtId" = Option<String>, Query, description = "Only this court")),
    responses((status = 101, description = "Text frames follow"), Refusals))]
pub(crate) async fn websocket(
    State(edge): State<Arc<Edge>>,
    viewed: Viewed,
    upgrade: Result<Upgrade, Problem>,
) -> Outcome {
    let facility = edge.find(&viewed.caller, viewed.params.required("facilityId")?).await?;
    let wish = wish(&facility, &viewed.params, &HeaderMap::new())?;
    let (response, upgrade) = upgrade?.accept();
    edge.tasks.spawn(socket::serve(Arc::clone(&edge), facility, wish, upgrade));
    Ok(response)
}

/// Watch a facility as server-sent events
///
/// The same frames as the WebSocket's; `Last-Event-ID` resumes like `since`.
#[utoipa::path(get, path = "/api/facilities/{id}/events", operation_id = "watchEvents", tag = "booking",
    params(("id" = String, Path, description = "Id or slug of the facility"),
           ("since" = Option<String>, Query, description = "The cursor or index of the last event seen"),
           ("date" = Option<String>, Query, description = "Only this local day, YYYY-MM-DD"),
           ("courtId" = Option<String>, Query, description = "Only this court")),
    responses((status = 200, description = "Events", body = String, content_type = "text/event-stream"), Refusals))]
pub(crate) async fn events(
    State(edge): State<Arc<Edge>>,
    Path(id): Path<String>,
    viewed: Viewed,
    headers: HeaderMap,
) -> Outcome {
    let facility = edge.find(&viewed.caller, &id).await?;
    let wish = wish(&facility, &viewed.params, &headers)?;
    let admission = edge.hubs.join(&facility, wish).await;
    let admission = admission.ok_or_else(|| Problem::unavailable("stopping", "This node is stopping."))?;
    Ok(stream(socket::events(admission, edge.stop.clone())))
}

fn stream(events: impl IntoResponse) -> Response {
    events.into_response()
}

/// What a viewer wants to see, and from where on.
fn wish(facility: &Facility, params: &Params, headers: &HeaderMap) -> Result<Wish, Problem> {
    let last_event = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let since = params.get("since").or(last_event).filter(|text| !text.is_empty()).map(str::parse::<Cursor>);
    let since = since.transpose().map_err(|error| Problem::malformed_at("?since", error.to_string()))?;
    let (court, date) = (params.id::<CourtId>("courtId")?, params.date("date")?);
    let span = facility.read(|state, index| {
        if let Some(court) = &court
            && state.court(court).is_none()
        {
            return Err(Problem::not_found("court_not_found", "There is no such court.").at_index(index));
        }
        let Some(date) = date else { return Ok(None) };
        let zone = state.settings().and_then(|settings| calendar::zone(&settings.timezone));
        let span = zone.and_then(|zone| calendar::span_of(zone, date));
        span.map(Some).ok_or_else(|| Problem::malformed_at("?date", "is beyond the calendar"))
    })?;
    Ok(Wish { since, filter: Filter { court, span } })
}
