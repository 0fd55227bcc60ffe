//! A reservation as the state keeps it: the public record, and what only the rules need of it.
//!
//! Readers get the reservation alone; the terms it was booked under and what its cancellation came to
//! stay inside, where later decisions need them.

use serde::{Deserialize, Serialize};

use crate::deadline::kept_millis;
use crate::settings::CancellationPolicy;
use crate::{Cancellation, Instant, Reservation, Status};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Assessment {
    pub(crate) notice_millis: i64,
    pub(crate) within_policy: bool,
    pub(crate) penalty_credits: u32,
    pub(crate) fee_cents: u32,
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
        let standing = match reservation.lapse() {
            Some((at, status)) if at <= now => Standing { status, ended_at: Some(at) },
            _ => Standing { status: reservation.status, ended_at: reservation.ended_at },
        };
        let forgotten = standing.ended_at.is_some_and(|at| at.plus(kept_millis(standing.status)) <= now);
        (!forgotten).then_some(standing)
    }

    /// Ends it as `status` at `at`.
    pub(crate) fn end(&mut self, status: Status, at: Instant) {
        self.reservation.status = status;
        self.reservation.ended_at = Some(at);
        self.reservation.version += 1;
    }

    /// The answer to its cancellation; `None` where it has none.
    pub(crate) fn cancellation(&self) -> Option<Cancellation> {
        let Assessment { notice_millis, within_policy, penalty_credits, fee_cents } = self.assessment?;
        let reservation = self.reservation.clone();
        Some(Cancellation { reservation, notice_millis, within_policy, penalty_credits, fee_cents })
    }
}
