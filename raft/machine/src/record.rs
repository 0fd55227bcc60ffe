//! A reservation as the state keeps it: the public record, and what only the rules need of it.
//!
//! Readers get the reservation alone; the terms it was booked under, what was paid and what its
//! cancellation came to stay inside, where later decisions need them.

use serde::{Deserialize, Serialize};

use crate::deadline::{Deadline, Due};
use crate::payment::Payment;
use crate::settings::CancellationPolicy;
use crate::time::{DAY_MILLIS, MINUTE_MILLIS};
use crate::{Cancellation, Instant, PaymentStatus, Promotion, Reservation, Settings, Status};

/// How long a hold that ended as a hold is remembered, so that a late confirm hears that it expired.
const ENDED_HOLD_KEPT_MILLIS: i64 = 60 * MINUTE_MILLIS;
/// How long one that waited for its payment is: a page to pay on lives for a day at most.
const UNPAID_HOLD_KEPT_MILLIS: i64 = 2 * DAY_MILLIS;
/// How long a reservation that ended is remembered in the live state (`engine.md` 3).
pub(crate) const ENDED_RESERVATION_KEPT_MILLIS: i64 = 35 * DAY_MILLIS;

/// A reservation with what binds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// What everybody sees.
    pub(crate) reservation: Reservation,
    /// The cancellation policy in force when it was confirmed; it binds unless a later one is kinder.
    pub(crate) terms: Option<CancellationPolicy>,
    /// When a confirmed reservation is given up unless somebody comes; its end where `None`.
    pub(crate) missed_at: Option<Instant>,
    /// What its cancellation came to, for the answer to the same cancellation again.
    pub(crate) assessment: Option<Assessment>,
    /// Credits that it was paid with.
    pub(crate) credits_paid: u32,
    /// The payments that were taken for it.
    pub(crate) payments: Vec<Payment>,
    /// What staying away came to, to be taken back.
    pub(crate) missed: Option<Missed>,
    /// How long before its start it is still to be reminded of, in minutes, the earliest reminder first.
    pub(crate) reminders: Vec<u32>,
    /// The page that it is to be paid on, as its provider calls it.
    pub(crate) checkout: Option<String>,
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

/// What staying away came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Missed {
    pub(crate) credits: u32,
    /// The end of the suspension that it brought.
    pub(crate) suspended_until: Option<Instant>,
}

impl Record {
    /// A record that nothing binds yet.
    pub(crate) fn new(reservation: Reservation) -> Self {
        Self {
            reservation,
            terms: None,
            missed_at: None,
            assessment: None,
            credits_paid: 0,
            payments: Vec::new(),
            missed: None,
            reminders: Vec::new(),
            checkout: None,
        }
    }

    /// Binds it to the settings of the day on which it is confirmed or moved.
    pub(crate) fn bind(&mut self, settings: &Settings, now: Instant) {
        self.terms.get_or_insert(settings.cancellation);
        let slot = self.reservation.slot;
        // Whoever books after the start has the whole grace from then on.
        self.missed_at = settings
            .no_show
            .grace_minutes
            .map(|minutes| slot.start.max(now).plus(i64::from(minutes.max(1)) * MINUTE_MILLIS).min(slot.end));
        self.plan_reminders(settings, now);
    }

    /// Plans the reminders that are to come; one whose moment is past is left out.
    fn plan_reminders(&mut self, settings: &Settings, now: Instant) {
        let mut reminders = settings.reminder_minutes_before.clone();
        reminders.retain(|minutes| *minutes > 0 && self.reminder_at(*minutes) > now);
        reminders.sort_unstable_by(|a, b| b.cmp(a));
        reminders.dedup();
        self.reminders = reminders;
    }

    /// When it is reminded of, so many minutes before its start.
    pub(crate) fn reminder_at(&self, minutes_before: u32) -> Instant {
        self.reservation.slot.start.plus(-i64::from(minutes_before) * MINUTE_MILLIS)
    }

    /// The next reminder of a reservation that stands.
    pub(crate) fn next_reminder(&self) -> Option<u32> {
        self.reminders.first().copied().filter(|_| self.reservation.status == Status::Confirmed)
    }

    /// When it ends by itself, and as what; `None` once it has ended.
    pub(crate) fn lapse(&self) -> Option<(Instant, Status)> {
        let reservation = &self.reservation;
        match reservation.status {
            Status::Held | Status::PaymentPending => reservation.hold_expiry.map(|at| (at, Status::Expired)),
            Status::Confirmed => Some((self.missed_at.unwrap_or(reservation.slot.end), Status::NoShow)),
            Status::CheckedIn => Some((reservation.slot.end, Status::Completed)),
            Status::Completed | Status::Cancelled | Status::Released | Status::Expired | Status::NoShow => None,
        }
    }

    /// When it is forgotten; `None` while it is live.
    pub(crate) fn forgotten_at(&self) -> Option<Instant> {
        let Reservation { status, ended_at, payment, .. } = &self.reservation;
        if status.is_live() {
            return None;
        }
        let kept = match status {
            Status::Expired | Status::Released if *payment == PaymentStatus::None => ENDED_HOLD_KEPT_MILLIS,
            Status::Expired | Status::Released => UNPAID_HOLD_KEPT_MILLIS,
            _ => ENDED_RESERVATION_KEPT_MILLIS,
        };
        Some((*ended_at)?.plus(kept))
    }

    /// Its one deadline: its next reminder, the end that comes by itself, or once it has ended, being forgotten.
    pub(crate) fn deadline(&self) -> Option<Deadline> {
        let id = self.reservation.id.clone();
        // A reminder is before the start, and a reservation that stands does not end by itself before that.
        if let Some(minutes) = self.next_reminder() {
            return Some((self.reminder_at(minutes), Due::Remind(id)));
        }
        match self.lapse() {
            Some((at, _)) => Some((at, Due::Lapse(id))),
            None => Some((self.forgotten_at()?, Due::ForgetReservation(id))),
        }
    }

    /// Ends it as `status` at `at`.
    pub(crate) fn end(&mut self, status: Status, at: Instant) {
        self.reservation.status = status;
        self.reservation.ended_at = Some(at);
        self.reservation.version += 1;
    }

    /// What was paid by card and is not given back.
    pub(crate) fn captured_cents(&self) -> u64 {
        self.payments.iter().map(Payment::captured_cents).sum()
    }

    /// The answer to its cancellation; `None` where it has none.
    pub(crate) fn cancellation(&self) -> Option<Cancellation> {
        let Assessment { notice_millis, within_policy, penalty_credits, fee_cents, promotion } =
            self.assessment.clone()?;
        let reservation = self.reservation.clone();
        Some(Cancellation { reservation, notice_millis, within_policy, penalty_credits, fee_cents, promotion })
    }
}
