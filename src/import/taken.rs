//! What went in so far, per court: only to put a name to what a refused reservation overlaps, and
//! to foretell the answer in a dry run. The facility decides.

use std::collections::BTreeMap;

use crate::original::{Booking, Refusal, court_time};

/// What went in, per court.
#[derive(Debug, Default)]
pub(super) struct Courts(BTreeMap<String, Vec<(i64, i64, String)>>);

impl Courts {
    /// Remembers one that is in.
    pub(super) fn take(&mut self, booking: &Booking) {
        self.0.entry(booking.court.clone()).or_default().push((booking.start, booking.end, booking.id.clone()));
    }

    /// Those that share an instant with it.
    pub(super) fn overlapping(&self, booking: &Booking) -> Vec<String> {
        let taken = self.0.get(&booking.court).map_or(&[][..], Vec::as_slice);
        // Bookings come in order of start and those that are in are disjoint, so the later ones decide.
        let near = taken.iter().rev().take_while(|(_, end, _)| *end > booking.start);
        near.filter(|(start, _, _)| *start < booking.end).map(|(_, _, id)| id.clone()).collect()
    }

    /// The refusal of one that overlaps what is in.
    pub(super) fn refusal(booking: &Booking, overlaps: Vec<String>, told: &str) -> Refusal {
        let when =
            format!("{} {} to {}", booking.court, court_time::write(booking.start), court_time::write(booking.end));
        let by = if overlaps.is_empty() { told.to_owned() } else { overlaps.join(", ") };
        Refusal { overlaps, ..Refusal::new(&booking.id, "overlap", format!("{when} overlaps {by}")) }
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(courts.overlapping(&booking_at("inside", 19, 20)), ["first"]);
        assert!(courts.overlapping(&booking_at("next", 20, 21)).is_empty());
        courts.take(&booking_at("next", 20, 21));
        assert_eq!(courts.overlapping(&booking_at("long", 18, 22)), ["next", "first"]);
        let refusal = Courts::refusal(&booking_at("inside", 19, 20), vec!["first".into()], "");
        assert_eq!(refusal.detail, "c1 2026-12-01T19:00:00Z to 2026-12-01T20:00:00Z overlaps first");
    }
}
