//! `GET /websocket` and `GET /api/facilities/{id}/events`: watching a facility change.
//!
//! Everything that can be refused is refused before the upgrade; after it the hub takes over.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use cluster::{Cursor, Facility};
use machine::CourtId;

use crate::calendar;
use crate::edge::Edge;
use crate::http::answer::Outcome;
use crate::http::extract::{Params, Path, Viewed};
use crate::http::problem::Problem;
use crate::openapi::Refusals;
use crate::socket::{self, Filter, SlotRequest};

/// What a viewer may send in one message: it has nothing to say.
const INCOMING_BYTES_MAX: usize = 4096;
/// Bytes of each buffer: the library's own of 128 KiB would be the memory of a socket.
const BUFFER_BYTES: usize = 4096;

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
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Outcome {
    let facility = edge.find(&viewed.caller, viewed.params.required("facilityId")?).await?;
    let wish = wish(&facility, &viewed.params, &HeaderMap::new())?;
    let upgrade = upgrade.map_err(|rejection| {
        let detail = format!("This address speaks WebSocket: {}", rejection.body_text());
        Problem::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", detail)
    })?;
    let upgrade = upgrade
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_message_size(INCOMING_BYTES_MAX)
        .max_frame_size(INCOMING_BYTES_MAX);
    let tasks = edge.tasks.clone();
    Ok(upgrade.on_upgrade(move |socket| tasks.track_future(socket::serve(edge, facility, wish, socket))))
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
fn wish(facility: &Facility, params: &Params, headers: &HeaderMap) -> Result<SlotRequest, Problem> {
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
    Ok(SlotRequest { since, filter: Filter { court, span } })
}
