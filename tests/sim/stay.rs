//! A reservation that stands, as the witness knows it: what is to come of it by itself.

use machine::{Instant, Reservation, Settings};

use crate::clock::MINUTE;

/// A reservation that stands.
pub struct Stay {
    /// As it became.
    pub reservation: Reservation,
    /// When it is missed unless somebody comes.
    pub missed_at: Instant,
    /// How long before the start each reminder is, the first one first.
    reminders: Vec<u32>,
}

impl Stay {
    /// One that was booked, or moved, at `now`.
    pub fn new(reservation: &Reservation, settings: &Settings, now: Instant) -> Self {
        let slot = reservation.slot;
        let missed_at = match settings.no_show.grace_minutes {
            Some(minutes) => slot.start.max(now).plus(i64::from(minutes) * MINUTE).min(slot.end),
            None => slot.end,
        };
        let mut reminders = settings.reminder_minutes_before.clone();
        reminders.sort_unstable_by(|a, b| b.cmp(a));
        let mut stay = Self { reservation: reservation.clone(), missed_at, reminders };
        let to_come = stay.reminders.clone().into_iter().filter(|minutes| stay.reminder_at(*minutes) > now);
        stay.reminders = to_come.collect();
        stay
    }

    /// What happens by itself, and when; a no-show where no minutes are named.
    pub fn plans(&self) -> impl Iterator<Item = (Instant, Option<u32>)> {
        let reminders = self.reminders.iter().map(|minutes| (self.reminder_at(*minutes), Some(*minutes)));
        reminders.chain([(self.missed_at, None)]).collect::<Vec<_>>().into_iter()
    }

    /// Until when a reminder is of use: until the next one, the last one until the start.
    pub fn next_reminder(&self, minutes: u32) -> Instant {
        let next = self.reminders.iter().find(|next| **next < minutes);
        next.map_or(self.reservation.slot.start, |next| self.reminder_at(*next))
    }

    fn reminder_at(&self, minutes: u32) -> Instant {
        self.reservation.slot.start.plus(-i64::from(minutes) * MINUTE)
    }
}
