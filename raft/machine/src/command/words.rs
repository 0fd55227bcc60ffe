//! More words for tables of cases: bookings in one step, prices, other settings, blocks, series.
//!
//! Words that change the club go through its commands like everything else.

use super::cases::{court, rsv, settings};
use super::{
    BookReservation, BookSeries, CheckoutEnd, Command, EndCheckout, ExtendBlock, NoteCheckout, Occurrence, OnConflict,
    PlaceBlock, RecordDispute, RecordRefund, RemoveBlock, UpdateCourt, UpdateFacility, WhichTimes,
};
use crate::{
    Actor, BlockId, BlockKind, BlockMode, Court, CourtId, DisputeState, Instant, Interval, MemberId, Override, Pay,
    Rule, SeriesId, Settings,
};

/// Reservation `id` in one step, on the web, to be paid later.
pub(crate) fn booking(id: &str, court: &str, member: &str, slot: Interval) -> BookReservation {
    BookReservation {
        reservation_id: rsv(id),
        court_id: CourtId::parse(court).unwrap(),
        member_id: MemberId::parse(member).unwrap(),
        slot,
        source: "web".to_owned(),
        booking_type: crate::BOOKING_TYPE.to_owned(),
        participants: vec!["Dan".to_owned()],
        notes: Some("birthday".to_owned()),
        series_id: None,
        pay: Pay::Later,
        overrides: None,
    }
}

pub(crate) fn book(id: &str, court: &str, member: &str, slot: Interval) -> Command {
    Command::BookReservation(Box::new(booking(id, court, member, slot)))
}

pub(crate) fn book_paying(pay: Pay, id: &str, court: &str, member: &str, slot: Interval) -> Command {
    Command::BookReservation(Box::new(BookReservation { pay, ..booking(id, court, member, slot) }))
}

pub(crate) fn book_aside(rules: &[Rule], reason: &str, id: &str, court: &str, slot: Interval) -> Command {
    let overrides = Some(Override { rules: rules.to_vec(), reason: reason.to_owned() });
    Command::BookReservation(Box::new(BookReservation { overrides, ..booking(id, court, "ana", slot) }))
}

/// A price a slot for a court, and one for prime hours.
pub(crate) fn priced(id: &str, cents: u32, peak: Option<u32>) -> Command {
    let court = Court { price_per_slot_cents: Some(cents), peak_price_cents: peak, ..court(id) };
    Command::UpdateCourt(UpdateCourt { court, expected: None })
}

/// The club's settings with a change.
pub(crate) fn setting(change: impl FnOnce(&mut Settings)) -> Command {
    let mut settings = settings();
    change(&mut settings);
    Command::UpdateFacility(Box::new(UpdateFacility { settings, expected: None, days: Vec::new() }))
}

/// Steps of staff, all at `now`.
pub(crate) fn at_desk(now: Instant, commands: Vec<Command>) -> Vec<(Instant, Actor, Command)> {
    commands.into_iter().map(|command| (now, super::cases::staff(), command)).collect()
}

/// Block `b1` of one court, or all, for repairs; it recurs.
pub(crate) fn shut(court: Option<&str>, mode: BlockMode, times: &[Interval]) -> PlaceBlock {
    PlaceBlock {
        block_id: b1(),
        court_id: court.map(|court| CourtId::parse(court).unwrap()),
        kind: BlockKind::Maintenance,
        title: None,
        recurrence: Some("FREQ=DAILY".to_owned()),
        times: times.to_vec(),
        mode,
    }
}

pub(crate) fn block(court: Option<&str>, mode: BlockMode, times: &[Interval]) -> Command {
    Command::PlaceBlock(shut(court, mode, times))
}

/// Longer hours under the name of `b1`.
pub(crate) fn longer(court: Option<&str>, times: &[Interval]) -> Command {
    Command::PlaceBlock(PlaceBlock { kind: BlockKind::Extended, ..shut(court, BlockMode::Reject, times) })
}

pub(crate) fn extend(times: &[Interval]) -> Command {
    Command::ExtendBlock(ExtendBlock { block_id: b1(), times: times.to_vec() })
}

pub(crate) fn unblock(times: WhichTimes) -> Command {
    Command::RemoveBlock(RemoveBlock { block_id: b1(), times })
}

pub(crate) fn b1() -> BlockId {
    BlockId::parse("b1").unwrap()
}

/// Series `s1` of Ana's on `c1`, of `s1-0`, `s1-1` and so on.
pub(crate) fn weekly(on_conflict: OnConflict, slots: &[Interval]) -> BookSeries {
    let name = |place: usize| rsv(&format!("s1-{place}"));
    let occurrence =
        |(place, slot): (usize, &Interval)| Occurrence { reservation_id: name(place), slot: *slot, or_wait: None };
    BookSeries {
        series_id: SeriesId::parse("s1").unwrap(),
        member_id: MemberId::parse("ana").unwrap(),
        court_id: CourtId::parse("c1").unwrap(),
        occurrences: slots.iter().enumerate().map(occurrence).collect(),
        on_conflict,
        source: "web".to_owned(),
        booking_type: crate::BOOKING_TYPE.to_owned(),
        participants: vec!["Dan".to_owned()],
        notes: Some("birthday".to_owned()),
        pay: Pay::Later,
        overrides: None,
    }
}

pub(crate) fn series(on_conflict: OnConflict, slots: &[Interval]) -> Command {
    Command::BookSeries(weekly(on_conflict, slots))
}

pub(crate) fn note_checkout(id: &str, session: &str) -> Command {
    Command::NoteCheckout(NoteCheckout { reservation_id: rsv(id), session_id: session.to_owned() })
}

pub(crate) fn checkout_ends(id: &str, session: &str, why: CheckoutEnd) -> Command {
    Command::EndCheckout(EndCheckout { reservation_id: rsv(id), session_id: session.to_owned(), why })
}

pub(crate) fn refunded(id: &str, payment: &str, refunded_cents: u64) -> Command {
    Command::RecordRefund(RecordRefund { reservation_id: rsv(id), payment_id: payment.to_owned(), refunded_cents })
}

pub(crate) fn disputed(id: &str, payment: &str, state: DisputeState) -> Command {
    Command::RecordDispute(RecordDispute { reservation_id: rsv(id), payment_id: payment.to_owned(), state })
}
