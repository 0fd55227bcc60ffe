//! `/api/facilities/{id}/history`: everything that happened, in order, as every node tells it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::{Change, Cursor};
use machine::{Actor, Event, Past};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{self, Outcome, Page};
use super::extract::{Params, Path, Viewed};
use super::problem::Problem;
use super::refusal::{self, status_word};
use crate::edge::Edge;
use crate::openapi::Refusals;
use crate::time::Utc;

/// Something that happened.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = History)]
pub(crate) struct HistoryView {
    /// The entry of the log; it may be the place of several events.
    index: u64,
    /// The place of this one: `since` with it goes on behind it.
    cursor: String,
    #[schema(value_type = String, format = DateTime)]
    at: Utc,
    actor: ActorView,
    /// What happened: `hold_placed`, `reservation_confirmed`, …
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    court_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reservation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    start_time: Option<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    end_time: Option<Utc>,
    /// What the reservation became.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    hold_expiry: Option<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancellation_reason: Option<String>,
    /// Of the reservation.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
}

/// Who did it.
#[derive(Serialize, ToSchema)]
#[schema(as = HistoryActor)]
struct ActorView {
    /// `member staff service operator system`
    kind: &'static str,
    /// Null for courtd itself.
    id: Option<String>,
}

impl HistoryView {
    fn of(change: Change<Past>) -> Self {
        let Change { cursor, event: Past { at, actor, event } } = change;
        let (court, member) = names(&event);
        let reservation = event.reservation();
        Self {
            index: cursor.index,
            cursor: cursor.to_string(),
            at: Utc(at),
            actor: ActorView::of(actor),
            event: event_word(&event),
            court_id: court,
            member_id: member,
            reservation_id: reservation.map(|it| it.id.to_string()),
            hold_id: reservation.and_then(|it| it.hold_id.as_ref()).map(ToString::to_string),
            start_time: reservation.map(|it| Utc(it.slot.start)),
            end_time: reservation.map(|it| Utc(it.slot.end)),
            status: reservation.map(|it| status_word(it.status)),
            hold_expiry: reservation.and_then(|it| it.hold_expiry).map(Utc),
            notes: reservation.and_then(|it| it.notes.clone()),
            cancellation_reason: reservation.and_then(|it| it.cancellation_reason.clone()),
            version: reservation.map(|it| it.version),
        }
    }
}

impl ActorView {
    fn of(actor: Actor) -> Self {
        let (kind, id) = match actor {
            Actor::Member(id) => ("member", Some(id.into())),
            Actor::Staff(name) => ("staff", Some(name)),
            Actor::Service(name) => ("service", Some(name)),
            Actor::Operator(name) => ("operator", Some(name)),
            Actor::System => ("system", None),
        };
        Self { kind, id }
    }
}

/// The API's word for an event.
fn event_word(event: &Event) -> &'static str {
    match event {
        Event::FacilityCreated => "facility_created",
        Event::CalendarExtended => "calendar_extended",
        Event::CourtCreated(_) => "court_created",
        Event::MemberCreated(_) => "member_created",
        Event::HoldPlaced(_) => "hold_placed",
        Event::HoldExpired(_) => "hold_expired",
        Event::HoldReleased(_) => "hold_released",
        Event::ReservationConfirmed(_) => "reservation_confirmed",
        Event::ReservationCancelled(_) => "reservation_cancelled",
        Event::ReservationCompleted(_) => "reservation_completed",
        Event::ReservationImported(_) => "reservation_imported",
    }
}

/// The court and the member that an event is about.
fn names(event: &Event) -> (Option<String>, Option<String>) {
    match event {
        Event::CourtCreated(id) => (Some(id.to_string()), None),
        Event::MemberCreated(id) => (None, Some(id.to_string())),
        other => other.reservation().map(|it| (it.court_id.to_string(), it.member_id.to_string())).unzip(),
    }
}

/// Everything that happened
///
/// In order, from the first event of the facility on, or from behind `since`. Every node tells the
/// same under the same cursors.
#[utoipa::path(get, path = "/api/facilities/{id}/history", operation_id = "readHistory", tag = "facilities",
    params(("id" = String, Path, description = "Id or slug of the facility"),
           ("since" = Option<String>, Query, description = "Only what came after this cursor or index"),
           ("limit" = Option<usize>, Query, description = "1 to 200; 50 if left out"),
           ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before"),
           ("minIndex" = Option<u64>, Query, description = "Waits until this node has applied that index"),
           ("consistency" = Option<String>, Query, description = "`linearizable` confirms with the leader first")),
    responses((status = 200, description = "A page of history", body = Page<HistoryView>), Refusals))]
pub(crate) async fn list(State(edge): State<Arc<Edge>>, Path(id): Path<String>, viewed: Viewed) -> Outcome {
    viewed.known()?;
    let limit = viewed.params.limit()?;
    let since = place(&viewed.params, "since")?;
    let after = place(&viewed.params, "cursor")?.or(since).unwrap_or_default();
    let facility = edge.find_fresh(&id, &viewed.params).await?;
    let page = facility.history(after, limit).await.map_err(|error| refusal::unread(&error))?;
    let next_cursor = page.items.last().filter(|_| page.more).map(|last| last.cursor.to_string());
    let items = page.items.into_iter().map(HistoryView::of).collect();
    Ok(answer::about(&edge, page.index, StatusCode::OK, &Page { items, next_cursor }))
}

fn place(params: &Params, name: &str) -> Result<Option<Cursor>, Problem> {
    let place = params.get(name).map(str::parse).transpose();
    place.map_err(|error: cluster::CursorError| Problem::malformed_at(format!("?{name}"), error.to_string()))
}
