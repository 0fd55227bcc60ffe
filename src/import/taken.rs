//! What is in, per court: only to put a name to what a refused row overlaps, and to foretell the answer
//! in a dry run. The facility decides.

use std::collections::BTreeMap;

use machine::{CourtId, Interval};

use crate::original::{Booking, Refusal, court_time};

/// What is in, per court, with its id; what is on every court without one.
#[derive(Debug, Default)]
pub(super) struct Courts(BTreeMap<Option<CourtId>, Vec<(Interval, String)>>);

impl Courts {
    /// Remembers a reservation that is in; one that has ended is in nobody's way.
    pub(super) fn take(&mut self, booking: &Booking) {
        if booking.is_live() {
            self.put(Some(&booking.import.court_id), booking.import.slot, booking.id());
        }
    }

    /// Remembers anything that is on a court, or on all.
    pub(super) fn put(&mut self, court: Option<&CourtId>, slot: Interval, id: &str) {
        self.0.entry(court.cloned()).or_default().push((slot, id.to_owned()));
    }

    /// What shares an instant with a slot of a court, or of any, in order.
    pub(super) fn overlapping(&self, court: Option<&CourtId>, slot: Interval) -> Vec<String> {
        let on = self.0.iter().filter(|(on, _)| on.is_none() || court.is_none() || on.as_ref() == court);
        let met = on.flat_map(|(_, taken)| taken.iter().rev()).filter(|(taken, _)| taken.overlaps(&slot));
        met.map(|(_, id)| id.clone()).collect()
    }

    /// What a reservation overlaps.
    pub(super) fn in_the_way_of(&self, booking: &Booking) -> Vec<String> {
        if !booking.is_live() {
            return Vec::new();
        }
        self.overlapping(Some(&booking.import.court_id), booking.import.slot)
    }

    /// The refusal of one that overlaps what is in.
    pub(super) fn refusal(booking: &Booking, overlaps: Vec<String>, told: &str) -> Refusal {
        let (court, Interval { start, end }) = (&booking.import.court_id, booking.import.slot);
        let when = format!("{court} {} to {}", court_time::write(start.0), court_time::write(end.0));
        let by = if overlaps.is_empty() { told.to_owned() } else { overlaps.join(", ") };
        Refusal { overlaps, ..Refusal::new(booking.id(), "overlap", format!("{when} overlaps {by}")) }
    }
}

#[cfg(test)]
mod tests {
    use machine::Status;

    use super::*;

    /// 2026-12-01T00:00:00Z.
    const DAY: i64 = 1_796_083_200_000;

    fn booking_at(id: &str, start: i64, end: i64) -> Booking {
        Booking::for_test(id, "c1", DAY + start * 3_600_000, DAY + end * 3_600_000)
    }

    #[test]
    fn an_overlap_is_named_and_a_neighbour_is_none() {
        let mut courts = Courts::default();
        courts.take(&booking_at("first", 18, 20));
        assert_eq!(courts.in_the_way_of(&booking_at("inside", 19, 20)), ["first"]);
        assert!(courts.in_the_way_of(&booking_at("next", 20, 21)).is_empty());
        courts.take(&booking_at("next", 20, 21));
        assert_eq!(courts.in_the_way_of(&booking_at("long", 18, 22)), ["next", "first"]);
        let refusal = Courts::refusal(&booking_at("inside", 19, 20), vec!["first".into()], "");
        assert_eq!(refusal.detail, "c1 2026-12-01T19:00:00Z to 2026-12-01T20:00:00Z overlaps first");
    }

    #[test]
    fn what_has_ended_neither_takes_a_court_nor_wants_one() {
        let mut courts = Courts::default();
        courts.take(&booking_at("first", 18, 20));
        let mut called_off = booking_at("off", 18, 20);
        called_off.import.elsewhere.status = Status::Cancelled;
        assert!(courts.in_the_way_of(&called_off).is_empty());
        courts.take(&called_off);
        assert_eq!(courts.in_the_way_of(&booking_at("inside", 19, 20)), ["first"]);
    }

    #[test]
    fn what_is_on_every_court_is_in_everybodys_way() {
        let mut courts = Courts::default();
        courts.take(&booking_at("first", 18, 20));
        let other = CourtId::parse("c2").unwrap();
        assert!(courts.overlapping(Some(&other), booking_at("x", 18, 20).import.slot).is_empty());
        assert_eq!(courts.overlapping(None, booking_at("x", 18, 20).import.slot), ["first"]);
        courts.put(None, booking_at("x", 21, 22).import.slot, "closed");
        assert_eq!(courts.in_the_way_of(&booking_at("late", 21, 22)), ["closed"]);
    }
}
