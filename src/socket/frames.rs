//! Changes as bytes: each encoded once, shared by everybody who gets to see it.

use cluster::{Change, Cursor};
use machine::{BlockedSlot, Claim, CourtId, Event, Instant, Interval, Reservation, ReservationId};
use serde::Serialize;

use super::wire::TextFrame;
use crate::http::claim_words;
use crate::time::Utc;

/// One change of a slot, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// Its place in the stream.
    pub(super) cursor: Cursor,
    /// The name of its kind.
    pub(super) kind: &'static str,
    /// Which court.
    pub(super) court: CourtId,
    /// When.
    pub(super) slot: Interval,
    /// The bytes.
    pub(super) text: TextFrame,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangeBody<'a> {
    r#type: &'static str,
    index: u64,
    cursor: Place,
    court_id: &'a str,
    start_time: Utc,
    end_time: Utc,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reservation_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_expiry: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InitialBody {
    r#type: &'static str,
    index: u64,
    cursor: Place,
    server_time: Utc,
    #[serde(skip_serializing_if = "Option::is_none")]
    reset: Option<bool>,
    availability: Vec<ClaimBody>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClaimBody {
    court_id: String,
    start_time: Utc,
    end_time: Utc,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_expiry: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reservation_id: Option<String>,
}

/// A cursor as text.
struct Place(Cursor);

impl Serialize for Place {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Frame {
    /// The frame of a change; `None` where no slot changed.
    pub(super) fn of(change: &Change<Event>) -> Option<Self> {
        let SlotChange { kind, status, court_id, slot, reservation_id, hold_expiry } = SlotChange::of(&change.event)?;
        let body = ChangeBody {
            r#type: kind,
            index: change.cursor.index,
            cursor: Place(change.cursor),
            court_id: court_id.as_str(),
            start_time: Utc(slot.start),
            end_time: Utc(slot.end),
            status,
            reservation_id: reservation_id.map(ReservationId::as_str),
            hold_expiry,
        };
        Some(Self { cursor: change.cursor, kind, court: court_id.clone(), slot, text: TextFrame::json(&body) })
    }
}

/// The first frame of a viewer: all live claims it wants to see. `reset` tells a viewer that asked
/// to resume that what came in between is not known here any more.
pub(super) fn initial_state(claims: Vec<Claim>, index: u64, now: Instant, reset: bool) -> TextFrame {
    let claim = |claim: Claim| {
        let (status, hold_expiry) = claim_words(&claim.kind);
        ClaimBody {
            court_id: claim.court_id.into(),
            start_time: Utc(claim.slot.start),
            end_time: Utc(claim.slot.end),
            status,
            hold_expiry,
            reservation_id: claim.reservation_id.map(String::from),
        }
    };
    TextFrame::json(&InitialBody {
        r#type: "initial_state",
        index,
        cursor: Place(Cursor::after(index)),
        server_time: Utc(now),
        reset: reset.then_some(true),
        availability: claims.into_iter().map(claim).collect(),
    })
}

/// What a change does to a slot.
struct SlotChange<'a> {
    kind: &'static str,
    status: &'static str,
    court_id: &'a CourtId,
    slot: Interval,
    reservation_id: Option<&'a ReservationId>,
    hold_expiry: Option<i64>,
}

impl<'a> SlotChange<'a> {
    fn of(event: &'a Event) -> Option<Self> {
        match event {
            Event::HoldPlaced(it) | Event::PaymentBegun(it) => Some(Self::pending(it)),
            Event::ReservationConfirmed(it) | Event::ReservationMoved(it) => Some(Self::reserved(it)),
            // What ended elsewhere takes no slot here.
            Event::ReservationImported(it) => it.status.is_live().then(|| Self::reserved(it)),
            Event::HoldExpired(it)
            | Event::HoldReleased(it)
            | Event::ReservationCancelled(it)
            | Event::ReservationCompleted(it)
            | Event::ReservationMissed(it)
            | Event::SlotVacated(it)
            // What is in the way of it claims the slot in the same entry, and is told after it.
            | Event::ReservationDisplaced(it) => Some(Self::released(it)),
            Event::SlotBlocked(it) => Some(Self::block("slot_blocked", "maintenance", it)),
            Event::SlotUnblocked(it) => Some(Self::block("slot_released", "available", it)),
            Event::FacilityCreated
            | Event::CalendarExtended
            | Event::CourtCreated(_)
            | Event::MemberCreated(_)
            | Event::WaitlistJoined(_)
            | Event::WaitlistLeft(_)
            | Event::WaitlistExpired(_)
            | Event::WaitlistAutoBooked(_)
            | Event::OfferMade(_)
            | Event::OfferAccepted(_)
            | Event::OfferDeclined(_)
            | Event::OfferExpired(_)
            | Event::OfferWithdrawn(_)
            | Event::BlockPlaced(_)
            | Event::BlockRemoved(_)
            | Event::FacilityUpdated
            | Event::CourtUpdated(_)
            | Event::CourtRemoved(_)
            | Event::MemberUpdated(_)
            | Event::MemberSuspended { .. }
            | Event::MemberReinstated(_)
            | Event::MemberErased(_)
            | Event::PaymentRecorded(_)
            | Event::RefundDue { .. }
            | Event::ReservationCheckedIn(_)
            | Event::NoShowReversed(_)
            | Event::CreditsChanged(_)
            | Event::WaitlistImported(_)
            | Event::LineImported(_)
            | Event::DeliveryEnded(_)
            | Event::ReachChanged { .. }
            | Event::CheckoutOpened { .. }
            | Event::PaymentFailed(_)
            | Event::RefundRecorded { .. }
            | Event::DisputeRecorded { .. } => None,
        }
    }

    fn pending(it: &'a Reservation) -> Self {
        let hold_expiry = it.hold_expiry.map(|at| at.0);
        Self { hold_expiry, ..Self::reservation("slot_pending", "pending", it) }
    }

    fn reserved(it: &'a Reservation) -> Self {
        Self::reservation("slot_reserved", "reserved", it)
    }

    fn released(it: &'a Reservation) -> Self {
        Self::reservation("slot_released", "available", it)
    }

    fn reservation(kind: &'static str, status: &'static str, it: &'a Reservation) -> Self {
        Self { kind, status, court_id: &it.court_id, slot: it.slot, reservation_id: Some(&it.id), hold_expiry: None }
    }

    fn block(kind: &'static str, status: &'static str, it: &'a BlockedSlot) -> Self {
        Self { kind, status, court_id: &it.court_id, slot: it.slot, reservation_id: None, hold_expiry: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use machine::{BlockId, BlockKind, ClaimKind, HoldId, MemberId};
    use serde_json::{Value, json};

    fn held() -> Box<Reservation> {
        Box::new(Reservation {
            hold_id: Some(HoldId::parse("hld_1").unwrap()),
            hold_expiry: Some(Instant(15_000)),
            ..Reservation::new(
                ReservationId::parse("rsv_1").unwrap(),
                CourtId::parse("crt_1").unwrap(),
                MemberId::parse("mbr_1").unwrap(),
                Interval { start: Instant(0), end: Instant(3_600_000) },
                Instant(0),
            )
        })
    }

    fn frame(event: Event) -> Option<Value> {
        let change = Change { cursor: Cursor { index: 7, ordinal: 2 }, event };
        Frame::of(&change).map(|frame| serde_json::from_str(frame.text.text()).unwrap())
    }

    #[test]
    fn a_hold_is_told_with_its_place_and_its_end_and_nobodys_name() {
        let told = frame(Event::HoldPlaced(held())).unwrap();
        let expected = json!({"type": "slot_pending", "index": 7, "cursor": "7.2", "courtId": "crt_1",
            "startTime": "1970-01-01T00:00:00Z", "endTime": "1970-01-01T01:00:00Z", "status": "pending",
            "reservationId": "rsv_1", "holdExpiry": 15_000});
        assert_eq!(told, expected);
    }

    #[test]
    fn what_ends_is_available_and_what_is_no_slot_is_not_told() {
        for event in [Event::HoldExpired(held()), Event::HoldReleased(held()), Event::ReservationCancelled(held())] {
            let told = frame(event).unwrap();
            assert_eq!((&told["type"], &told["status"]), (&json!("slot_released"), &json!("available")));
            assert_eq!(told.get("holdExpiry"), None);
        }
        assert_eq!(frame(Event::ReservationImported(held())).unwrap()["type"], "slot_reserved");
        assert_eq!(frame(Event::FacilityCreated), None);
    }

    #[test]
    fn a_block_is_told_without_any_reservation() {
        let slot = Box::new(BlockedSlot {
            block_id: BlockId::parse("blk_1").unwrap(),
            kind: BlockKind::Maintenance,
            court_id: held().court_id,
            slot: held().slot,
        });
        let blocked = frame(Event::SlotBlocked(slot.clone())).unwrap();
        assert_eq!((&blocked["type"], &blocked["status"]), (&json!("slot_blocked"), &json!("maintenance")));
        assert_eq!(blocked.get("reservationId"), None);
        let free = frame(Event::SlotUnblocked(slot)).unwrap();
        assert_eq!((&free["type"], &free["status"]), (&json!("slot_released"), &json!("available")));
    }

    #[test]
    fn the_initial_state_says_whether_it_is_a_reset() {
        let claim = Claim {
            court_id: held().court_id,
            slot: held().slot,
            kind: ClaimKind::Hold { expiry: Instant(15_000) },
            reservation_id: Some(held().id),
        };
        let state = |reset| -> Value {
            serde_json::from_str(initial_state(vec![claim.clone()], 7, Instant(1000), reset).text()).unwrap()
        };
        assert_eq!(state(false).get("reset"), None);
        assert_eq!(state(true)["reset"], true);
        assert_eq!(state(false)["serverTime"], "1970-01-01T00:00:01Z");
        assert_eq!(state(false)["availability"][0]["status"], "pending");
        let cursor: Cursor = state(false)["cursor"].as_str().unwrap().parse().unwrap();
        assert!(cursor > Cursor { index: 7, ordinal: 100 } && cursor < Cursor { index: 8, ordinal: 0 });
    }
}
