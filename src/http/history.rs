//! `/api/facilities/{id}/history`: everything that happened, in order, as every node tells it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::{Change, Cursor};
use machine::{Actor, DeliveryState, DisputeState, Event, Interval, Logged, Past};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{self, Outcome, Page};
use super::extract::{Path, Viewed};
use super::imports::LineView;
use super::params::Params;
use super::problem::Problem;
use super::refusal;
use super::reservations::StatusWord;
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
    waitlist_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    block_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_id: Option<String>,
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
    status: Option<StatusWord>,
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
    /// The line of a log that was kept elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<LineView>,
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
        let Names { court, member, reservation: reservation_id, waitlist, block, delivery } = Names::of(&event);
        let (reservation, slot) = (event.reservation(), slot_of(&event));
        Self {
            index: cursor.index,
            cursor: cursor.to_string(),
            at: Utc(at),
            actor: ActorView::of(actor),
            event: event_word(&event),
            court_id: court,
            member_id: member,
            reservation_id,
            waitlist_id: waitlist,
            block_id: block,
            delivery_id: delivery,
            hold_id: reservation.and_then(|it| it.hold_id.as_ref()).map(ToString::to_string),
            start_time: slot.map(|slot| Utc(slot.start)),
            end_time: slot.map(|slot| Utc(slot.end)),
            status: reservation.map(|it| StatusWord::of(it.status)),
            hold_expiry: reservation.filter(|it| it.status.is_hold()).and_then(|it| it.hold_expiry).map(Utc),
            notes: reservation.and_then(|it| it.notes.clone()),
            cancellation_reason: reservation.and_then(|it| it.cancellation_reason.clone()),
            version: reservation.map(|it| it.version),
            line: match &event {
                Event::LineImported(imported) => Some(LineView::of(&imported.line)),
                _ => None,
            },
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
        Event::WaitlistJoined(_) => "waitlist_joined",
        Event::WaitlistLeft(_) => "waitlist_left",
        Event::WaitlistExpired(_) => "waitlist_expired",
        Event::WaitlistAutoBooked(_) => "waitlist_auto_booked",
        Event::OfferMade(_) => "offer_made",
        Event::OfferAccepted(_) => "offer_accepted",
        Event::OfferDeclined(_) => "offer_declined",
        Event::OfferExpired(_) => "offer_expired",
        Event::OfferWithdrawn(_) => "offer_withdrawn",
        Event::BlockPlaced(_) => "block_placed",
        Event::BlockRemoved(_) => "block_removed",
        Event::SlotBlocked(_) => "slot_blocked",
        Event::SlotUnblocked(_) => "slot_unblocked",
        Event::ReservationDisplaced(_) => "reservation_displaced",
        Event::FacilityUpdated => "facility_updated",
        Event::CourtUpdated(_) => "court_updated",
        Event::CourtRemoved(_) => "court_removed",
        Event::MemberUpdated(_) => "member_updated",
        Event::MemberSuspended { .. } => "member_suspended",
        Event::MemberReinstated(_) => "member_reinstated",
        Event::MemberErased(_) => "member_erased",
        Event::PaymentBegun(_) => "payment_begun",
        Event::PaymentRecorded(_) => "payment_recorded",
        Event::RefundDue { .. } => "refund_due",
        Event::SlotVacated(_) => "slot_vacated",
        Event::ReservationMoved(_) => "reservation_moved",
        Event::ReservationCheckedIn(_) => "reservation_checked_in",
        Event::ReservationMissed(_) => "reservation_missed",
        Event::NoShowReversed(_) => "no_show_reversed",
        Event::CreditsChanged(_) => "credits_changed",
        Event::WaitlistImported(_) => "waitlist_imported",
        Event::LineImported(imported) => match imported.line.what {
            Logged::Cancellation { .. } => "cancellation_imported",
            Logged::NoShow { .. } => "no_show_imported",
            Logged::Notification { .. } => "notification_imported",
        },
        Event::DeliveryEnded(delivery) => match delivery.state {
            DeliveryState::Sent => "delivery_sent",
            DeliveryState::Failed => "delivery_failed",
            DeliveryState::Unknown => "delivery_unknown",
            DeliveryState::Dropped | DeliveryState::Scheduled | DeliveryState::Claimed => "delivery_dropped",
        },
        Event::ReachChanged { .. } => "reach_changed",
        Event::CheckoutOpened { .. } => "checkout_opened",
        Event::PaymentFailed(_) => "payment_failed",
        Event::RefundRecorded { .. } => "refund_recorded",
        Event::DisputeRecorded { state: DisputeState::Opened, .. } => "dispute_opened",
        Event::DisputeRecorded { state: DisputeState::Won, .. } => "dispute_won",
        Event::DisputeRecorded { state: DisputeState::Lost, .. } => "dispute_lost",
    }
}

/// What an event is about, by its ids.
#[derive(Default)]
struct Names {
    court: Option<String>,
    member: Option<String>,
    reservation: Option<String>,
    waitlist: Option<String>,
    block: Option<String>,
    delivery: Option<String>,
}

impl Names {
    fn of(event: &Event) -> Self {
        let entry = event.waitlist_entry();
        let reservation = event.reservation();
        let mut names = Self {
            court: reservation.map(|it| it.court_id.to_string()),
            member: reservation.map(|it| &it.member_id).or(entry.map(|it| &it.member_id)).map(ToString::to_string),
            reservation: reservation.map(|it| it.id.to_string()),
            waitlist: entry.map(|it| it.id.to_string()),
            block: None,
            delivery: None,
        };
        match event {
            Event::CourtCreated(id) | Event::CourtUpdated(id) | Event::CourtRemoved(id) => {
                names.court = Some(id.to_string());
            }
            Event::MemberCreated(id)
            | Event::MemberUpdated(id)
            | Event::MemberReinstated(id)
            | Event::MemberErased(id)
            | Event::MemberSuspended { member_id: id, .. } => names.member = Some(id.to_string()),
            Event::CreditsChanged(entry) => {
                names.member = Some(entry.member_id.to_string());
                names.reservation = entry.reservation_id.as_ref().map(ToString::to_string);
            }
            Event::LineImported(imported) => {
                names.member = Some(imported.member_id.to_string());
                names.reservation = imported.reservation_id.as_ref().map(ToString::to_string);
                names.waitlist = imported.waitlist_id.as_ref().map(ToString::to_string);
            }
            Event::DeliveryEnded(delivery) => {
                names.member = delivery.member_id.as_ref().map(ToString::to_string);
                names.reservation = delivery.reservation_id.as_ref().map(ToString::to_string);
                names.waitlist = delivery.waitlist_id.as_ref().map(ToString::to_string);
                names.delivery = Some(delivery.id.to_string());
            }
            Event::ReachChanged { member_id, .. } => names.member = Some(member_id.to_string()),
            Event::RefundDue { reservation_id, .. } | Event::CheckoutOpened { reservation_id, .. } => {
                names.reservation = Some(reservation_id.to_string())
            }
            Event::BlockPlaced(block) | Event::BlockRemoved(block) => {
                names.court = block.court_id.as_ref().map(ToString::to_string);
                names.block = Some(block.id.to_string());
            }
            Event::SlotBlocked(slot) | Event::SlotUnblocked(slot) => {
                names.court = Some(slot.court_id.to_string());
                names.block = Some(slot.block_id.to_string());
            }
            _ => {}
        }
        names
    }
}

/// The slot that an event is about.
fn slot_of(event: &Event) -> Option<Interval> {
    match event {
        Event::SlotBlocked(blocked) | Event::SlotUnblocked(blocked) => Some(blocked.slot),
        other => other.reservation().map(|it| it.slot),
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
    let limit = viewed.params.limit()?;
    let since = place(&viewed.params, "since")?;
    let after = place(&viewed.params, "cursor")?.or(since).unwrap_or_default();
    let facility = edge.find_fresh(&viewed.caller, &id, &viewed.params).await?;
    let page = facility.history(after, limit).await.map_err(|error| refusal::unread(&error))?;
    let next_cursor = page.items.last().filter(|_| page.more).map(|last| last.cursor.to_string());
    let items = page.items.into_iter().map(HistoryView::of).collect();
    Ok(answer::about(&edge, page.index, StatusCode::OK, &Page { items, next_cursor }))
}

fn place(params: &Params, name: &str) -> Result<Option<Cursor>, Problem> {
    let place = params.get(name).map(str::parse).transpose();
    place.map_err(|error: cluster::CursorError| Problem::malformed_at(format!("?{name}"), error.to_string()))
}
