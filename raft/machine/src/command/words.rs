//! More words for tables of cases: bookings in one step, prices, other settings.
//!
//! Words that change the club go through its commands like everything else.

use super::cases::{court, rsv, settings};
use super::{BookReservation, Command, UpdateCourt, UpdateFacility};
use crate::{Actor, Court, CourtId, Instant, Interval, MemberId, Override, Pay, Rule, Settings};

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
