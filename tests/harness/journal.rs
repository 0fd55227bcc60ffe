//! What clients were told, and what follows from it without trusting anybody.

use std::collections::BTreeMap;

use super::{Answer, Request, Slot};

/// A slot that was somebody's for certain: from an answer that gave it to a request that gave it up.
#[derive(Clone, Debug)]
pub struct Occupied {
    pub reservation: String,
    pub slot: Slot,
    /// Wall clock in milliseconds, when the answer was there.
    pub from: i64,
    /// Wall clock in milliseconds: the hold's expiry, or when its end was asked for; `i64::MAX` while it stands.
    pub until: i64,
}

/// What one or many clients were told.
#[derive(Default)]
pub struct Journal {
    occupied: BTreeMap<String, Occupied>,
    bookings: BTreeMap<String, Slot>,
    /// Reservations whose confirm or cancellation was sent and not yet answered.
    doubts: BTreeMap<String, Slot>,
    kept: Vec<(Request, Answer)>,
}

impl Journal {
    /// A hold was answered.
    pub fn held(&mut self, reservation: &str, slot: &Slot, from: i64, until: i64) {
        // The same member asking again for what it holds is given the same hold.
        let occupied = Occupied { reservation: reservation.to_owned(), slot: slot.clone(), from, until };
        self.occupied.entry(reservation.to_owned()).or_insert(occupied);
    }

    /// A confirm or a cancellation is about to be sent: until it is answered anything may be true.
    pub fn asked(&mut self, reservation: &str) {
        let slot = self.occupied[reservation].slot.clone();
        self.doubts.insert(reservation.to_owned(), slot);
    }

    /// A confirm was answered: it is booked, or the hold had ended.
    pub fn confirmed(&mut self, reservation: &str, booked: bool) {
        self.doubts.remove(reservation);
        if booked {
            let occupied = self.occupied.get_mut(reservation).expect("it was held");
            occupied.until = i64::MAX;
            self.bookings.insert(reservation.to_owned(), occupied.slot.clone());
        }
    }

    /// A release or a cancellation is sent, at that time: from then on the slot may be another's.
    pub fn given_up(&mut self, reservation: &str, now: i64) {
        let occupied = self.occupied.get_mut(reservation).expect("it was held");
        occupied.until = occupied.until.min(now);
    }

    /// A cancellation was answered.
    pub fn cancelled(&mut self, reservation: &str) {
        self.doubts.remove(reservation);
        self.bookings.remove(reservation);
    }

    /// An answer to be asked for again.
    pub fn keep(&mut self, request: Request, answer: Answer) {
        self.kept.push((request, answer));
    }

    /// Takes in what another was told.
    pub fn add(&mut self, other: Self) {
        self.occupied.extend(other.occupied);
        self.bookings.extend(other.bookings);
        self.doubts.extend(other.doubts);
        self.kept.extend(other.kept);
    }

    /// What must be there now: every confirmed reservation that nobody cancelled.
    pub fn bookings(&self) -> &BTreeMap<String, Slot> {
        &self.bookings
    }

    /// What is wrong with these bookings, if they are all there are: answered ones that are gone, and
    /// ones that nobody asked for. What is in doubt may be there or not.
    pub fn judge(&self, found: &BTreeMap<String, Slot>) -> Result<(), String> {
        let certain = self.bookings.iter().filter(|(id, _)| !self.doubts.contains_key(*id));
        let lost: Vec<_> = certain.filter(|(id, slot)| found.get(*id) != Some(slot)).collect();
        let known = |id: &String| self.bookings.contains_key(id) || self.doubts.contains_key(id);
        let strange: Vec<_> = found.iter().filter(|(id, _)| !known(id)).collect();
        if lost.is_empty() && strange.is_empty() {
            return Ok(());
        }
        Err(format!("{} answered bookings lost: {lost:?}; {} never asked for: {strange:?}", lost.len(), strange.len()))
    }

    /// Takes what was found as the truth: nothing is in doubt any more.
    pub fn settle(&mut self, found: BTreeMap<String, Slot>) {
        self.doubts.clear();
        self.bookings = found;
    }

    /// Every request that changed something, with its answer.
    pub fn kept(&self) -> &[(Request, Answer)] {
        &self.kept
    }

    /// Pairs that had the same instant of the same court at the same time.
    pub fn double_bookings(&self) -> Vec<(Occupied, Occupied)> {
        let mut by_start: Vec<&Occupied> = self.occupied.values().filter(|one| one.from < one.until).collect();
        by_start.sort_by_key(|one| one.from);
        let mut found = Vec::new();
        let mut standing: Vec<&Occupied> = Vec::new();
        for one in by_start {
            standing.retain(|other| one.from < other.until);
            let doubles = standing.iter().filter(|other| other.slot.overlaps(&one.slot));
            found.extend(doubles.map(|other| ((*other).clone(), one.clone())));
            standing.push(one);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(court: &str, start: i64, end: i64) -> Slot {
        Slot { court: court.to_owned(), start, end }
    }

    #[test]
    fn an_overlap_by_one_millisecond_is_found_and_neighbours_are_not() {
        let mut journal = Journal::default();
        journal.held("a", &slot("x", 0, 100), 10, 50);
        journal.confirmed("a", true);
        journal.held("b", &slot("x", 100, 200), 20, 60);
        journal.held("c", &slot("y", 0, 100), 20, 60);
        assert!(journal.double_bookings().is_empty());
        journal.held("d", &slot("x", 99, 120), 59, 60);
        assert_eq!(journal.double_bookings().len(), 2);
    }

    #[test]
    fn a_lost_booking_is_found_and_one_in_doubt_may_be_there_or_not() {
        let mut journal = Journal::default();
        for id in ["sure", "cancelling", "confirming"] {
            journal.held(id, &slot(id, 0, 100), 10, 50);
            journal.asked(id);
        }
        journal.confirmed("sure", true);
        journal.confirmed("cancelling", true);
        journal.asked("cancelling");
        let found = |ids: &[&str]| ids.iter().map(|id| ((*id).to_owned(), slot(id, 0, 100))).collect();
        journal.judge(&found(&["sure"])).unwrap();
        journal.judge(&found(&["sure", "cancelling", "confirming"])).unwrap();
        journal.judge(&found(&["cancelling", "confirming"])).unwrap_err();
        journal.judge(&found(&["sure", "stranger"])).unwrap_err();
        journal.settle(found(&["sure"]));
        journal.judge(&found(&["sure", "cancelling"])).unwrap_err();
    }

    #[test]
    fn a_slot_may_be_taken_again_once_it_was_given_up() {
        let mut journal = Journal::default();
        journal.held("a", &slot("x", 0, 100), 10, 50);
        journal.confirmed("a", true);
        journal.given_up("a", 30);
        journal.cancelled("a");
        journal.held("b", &slot("x", 50, 150), 30, 60);
        assert!(journal.double_bookings().is_empty() && journal.bookings().is_empty());
        journal.held("c", &slot("x", 50, 150), 29, 60);
        assert_eq!(journal.double_bookings().len(), 2);
    }
}
