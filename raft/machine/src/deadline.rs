//! Deadlines: everything that is over at an instant, in order, and who has to hear of it.
//!
//! Two ordered sets stand for the one of the design: what is *told* (a hold runs out, a reservation
//! comes to its end) needs a tick of its own when it is due; what is only *forgotten* waits for the
//! next command. Kept apart, the next one to be told is at hand without a search. The instants
//! follow from the records and are rebuilt from them, never stored.

use std::sync::Arc;

use crate::shelves::Shelves;
use crate::{Instant, RequestId, Reservation, ReservationId, Status};

/// How long a hold that ended as a hold is remembered, so that a late confirm hears that it expired.
pub(crate) const ENDED_HOLD_KEPT_MILLIS: i64 = 60 * 60 * 1000;
/// How long a reservation that ended is remembered in the live state (`engine.md` 3).
pub(crate) const ENDED_RESERVATION_KEPT_MILLIS: i64 = 35 * 24 * 60 * 60 * 1000;

/// The one deadline that a reservation has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deadline {
    /// Somebody has to be told.
    Told(Instant),
    /// It is only to be forgotten.
    Silent(Instant),
}

/// What is to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Forget {
    /// A kept answer.
    Answer(Arc<RequestId>),
    /// A reservation that has ended.
    Reservation(ReservationId),
}

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// A reservation ends by itself.
    Lapse(ReservationId),
    /// Something is to be forgotten.
    Forget(Forget),
}

/// All deadlines of a facility.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deadlines {
    told: Shelves<(Instant, ReservationId), ()>,
    silent: Shelves<(Instant, Forget), ()>,
}

impl Deadlines {
    /// The earliest deadline at which somebody has to be told.
    pub(crate) fn next_told(&self) -> Option<Instant> {
        self.told.first().map(|((at, _), ())| *at)
    }

    /// Takes out the first deadline that is over at `now`, and when it was.
    // Replicated: the order, by instant and then id, is the order of the events.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<(Instant, Due)> {
        let due = |at: &Instant| *at <= now;
        let told = self.told.first().map(|(key, ())| key).filter(|(at, _)| due(at)).cloned();
        let silent = self.silent.first().map(|(key, ())| key).filter(|(at, _)| due(at)).cloned();
        match (told, silent) {
            (Some(told), silent) if silent.as_ref().is_none_or(|silent| told.0 <= silent.0) => {
                self.told.remove(&told);
                Some((told.0, Due::Lapse(told.1)))
            }
            (_, Some(silent)) => {
                self.silent.remove(&silent);
                Some((silent.0, Due::Forget(silent.1)))
            }
            (_, None) => None,
        }
    }

    /// Adds the deadline of a reservation.
    pub(crate) fn add(&mut self, reservation: &Reservation) {
        match reservation.deadline() {
            Some(Deadline::Told(at)) => self.told.insert((at, reservation.id.clone()), ()),
            Some(Deadline::Silent(at)) => {
                self.silent.insert((at, Forget::Reservation(reservation.id.clone())), ());
            }
            None => {}
        }
    }

    /// Takes the deadline of a reservation out again.
    pub(crate) fn remove(&mut self, reservation: &Reservation) {
        match reservation.deadline() {
            Some(Deadline::Told(at)) => {
                self.told.remove(&(at, reservation.id.clone()));
            }
            Some(Deadline::Silent(at)) => {
                self.silent.remove(&(at, Forget::Reservation(reservation.id.clone())));
            }
            None => {}
        }
    }

    /// Has an answer forgotten at `at`.
    pub(crate) fn add_answer(&mut self, at: Instant, request: Arc<RequestId>) {
        self.silent.insert((at, Forget::Answer(request)), ());
    }
}

impl Reservation {
    /// When a live reservation ends by itself, and as what.
    pub(crate) fn lapse(&self) -> Option<(Instant, Status)> {
        match self.status {
            Status::Held => self.hold_expiry.map(|at| (at, Status::Expired)),
            Status::Confirmed => Some((self.slot.end, Status::Completed)),
            Status::Completed | Status::Cancelled | Status::Released | Status::Expired => None,
        }
    }

    /// Its one deadline: the end that comes by itself, or once it has ended, being forgotten.
    pub(crate) fn deadline(&self) -> Option<Deadline> {
        match self.lapse() {
            Some((at, _)) => Some(Deadline::Told(at)),
            None => Some(Deadline::Silent(self.ended_at?.plus(kept_millis(self.status)))),
        }
    }
}

/// How long a reservation that ended as `status` is remembered.
pub(crate) fn kept_millis(status: Status) -> i64 {
    match status {
        Status::Expired | Status::Released => ENDED_HOLD_KEPT_MILLIS,
        Status::Held | Status::Confirmed | Status::Completed | Status::Cancelled => ENDED_RESERVATION_KEPT_MILLIS,
    }
}
