//! A reservation as the state keeps it: the public record, and what only the rules need of it.
//!
//! Readers get the reservation alone; the terms it was booked under and what its cancellation came to
//! stay inside, where later decisions need them.

use serde::{Deserialize, Serialize};

use crate::deadline::{Deadline, Due};
use crate::settings::CancellationPolicy;
use crate::{Cancellation, Instant, Promotion, Reservation, Status};

/// How long a hold that ended as a hold is remembered, so that a late confirm hears that it expired.
const ENDED_HOLD_KEPT_MILLIS: i64 = 60 * 60 * 1000;
/// How long a reservation that ended is remembered in the live state (`engine.md` 3).
pub(crate) const ENDED_RESERVATION_KEPT_MILLIS: i64 = 35 * 24 * 60 * 60 * 1000;

/// A reservation with what binds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// What everybody sees.
    pub(crate) reservation: Reservation,
    /// The cancellation policy in force when it was confirmed; it binds unless a later one is kinder.
    pub(crate) terms: Option<CancellationPolicy>,
    /// What its cancellation came to, for the answer to the same cancellation again.
    pub(crate) assessment: Option<Assessment>,
}

/// How a cancellation stood to the policy when it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Assessment {
    pub(crate) notice_millis: i64,
    pub(crate) within_policy: bool,
    pub(crate) penalty_credits: u32,
    pub(crate) fee_cents: u32,
    /// Who got the slot.
    pub(crate) promotion: Option<Promotion>,
}

/// Where a record stands at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) status: Status,
    pub(crate) ended_at: Option<Instant>,
}

impl Record {
    /// A record that nothing binds yet.
    pub(crate) fn new(reservation: Reservation) -> Self {
        Self { reservation, terms: None, assessment: None }
    }

    /// Where it stands at `now`, whether or not what is due by then has been settled; `None` once
    /// it is forgotten.
    pub(crate) fn standing(&self, now: Instant) -> Option<Standing> {
        let reservation = &self.reservation;
        let standing = match self.lapse() {
            Some((at, status)) if at <= now => Standing { status, ended_at: Some(at) },
            _ => Standing { status: reservation.status, ended_at: reservation.ended_at },
        };
        let forgotten = standing.ended_at.is_some_and(|at| at.plus(kept_millis(standing.status)) <= now);
        (!forgotten).then_some(standing)
    }

    /// When it ends by itself, and as what; `None` once it has ended.
    pub(crate) fn lapse(&self) -> Option<(Instant, Status)> {
        let reservation = &self.reservation;
        match reservation.status {
            Status::Held | Status::PaymentPending => reservation.hold_expiry.map(|at| (at, Status::Expired)),
            Status::Confirmed | Status::CheckedIn => Some((reservation.slot.end, Status::Completed)),
            Status::Completed | Status::Cancelled | Status::Released | Status::Expired | Status::NoShow => None,
        }
    }

    /// Its one deadline: the end that comes by itself, or once it has ended, being forgotten.
    pub(crate) fn deadline(&self) -> Option<Deadline> {
        let id = self.reservation.id.clone();
        match self.lapse() {
            Some((at, _)) => Some((at, Due::Lapse(id))),
            None => {
                let at = self.reservation.ended_at?.plus(kept_millis(self.reservation.status));
                Some((at, Due::ForgetReservation(id)))
            }
        }
    }

    /// Ends it as `status` at `at`.
    pub(crate) fn end(&mut self, status: Status, at: Instant) {
        self.reservation.status = status;
        self.reservation.ended_at = Some(at);
        self.reservation.version += 1;
    }

    /// The answer to its cancellation; `None` where it has none.
    pub(crate) fn cancellation(&self) -> Option<Cancellation> {
        let Assessment { notice_millis, within_policy, penalty_credits, fee_cents, promotion } =
            self.assessment.clone()?;
        let reservation = self.reservation.clone();
        Some(Cancellation { reservation, notice_millis, within_policy, penalty_credits, fee_cents, promotion })
    }
}

/// How long a reservation that ended as `status` is remembered.
fn kept_millis(status: Status) -> i64 {
    match status {
        Status::Expired | Status::Released => ENDED_HOLD_KEPT_MILLIS,
        _ => ENDED_RESERVATION_KEPT_MILLIS,
    }
}
