//! What clients were told, and what follows from it without trusting anybody.

use std::collections::BTreeMap;

use fastrand::Rng;

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
    kept: Vec<(Request, Answer)>,
}

impl Journal {
    /// A hold was answered.
    pub fn held(&mut self, reservation: &str, slot: &Slot, from: i64, until: i64) {
        // The same member asking again for what it holds is given the same hold.
        let occupied = Occupied { reservation: reservation.to_owned(), slot: slot.clone(), from, until };
        self.occupied.entry(reservation.to_owned()).or_insert(occupied);
    }

    /// A confirm was answered.
    pub fn confirmed(&mut self, reservation: &str) {
        let occupied = self.occupied.get_mut(reservation).expect("it was held");
        occupied.until = i64::MAX;
        self.bookings.insert(reservation.to_owned(), occupied.slot.clone());
    }

    /// A release was sent, at that time, and answered.
    pub fn given_up(&mut self, reservation: &str, sent: i64) {
        let occupied = self.occupied.get_mut(reservation).expect("it was held");
        occupied.until = occupied.until.min(sent);
    }

    /// A cancellation was sent, at that time, and answered.
    pub fn cancelled(&mut self, reservation: &str, sent: i64) {
        self.given_up(reservation, sent);
        self.bookings.remove(reservation);
    }

    /// An answer that changed something, to be asked for again.
    pub fn keep(&mut self, request: Request, answer: Answer) {
        self.kept.push((request, answer));
    }

    /// One of the bookings that stand.
    pub fn any_booking(&self, dice: &mut Rng) -> Option<(String, Slot)> {
        let at = (!self.bookings.is_empty()).then(|| dice.usize(0..self.bookings.len()))?;
        self.bookings.iter().nth(at).map(|(id, slot)| (id.clone(), slot.clone()))
    }

    /// Takes in what another was told.
    pub fn add(&mut self, other: Self) {
        self.occupied.extend(other.occupied);
        self.bookings.extend(other.bookings);
        self.kept.extend(other.kept);
    }

    /// What must be there now: every confirmed reservation that nobody cancelled.
    pub fn bookings(&self) -> &BTreeMap<String, Slot> {
        &self.bookings
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
        journal.confirmed("a");
        journal.held("b", &slot("x", 100, 200), 20, 60);
        journal.held("c", &slot("y", 0, 100), 20, 60);
        assert!(journal.double_bookings().is_empty());
        journal.held("d", &slot("x", 99, 120), 59, 60);
        assert_eq!(journal.double_bookings().len(), 2);
    }

    #[test]
    fn a_slot_may_be_taken_again_once_it_was_given_up() {
        let mut journal = Journal::default();
        journal.held("a", &slot("x", 0, 100), 10, 50);
        journal.confirmed("a");
        journal.cancelled("a", 30);
        journal.held("b", &slot("x", 50, 150), 30, 60);
        assert!(journal.double_bookings().is_empty() && journal.bookings().is_empty());
        journal.held("c", &slot("x", 50, 150), 29, 60);
        assert_eq!(journal.double_bookings().len(), 2);
    }
}
