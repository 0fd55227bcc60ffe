//! What is known of a reservation or an entry that lived elsewhere before it came here.
//!
//! How it stood, what was paid for it, and the lines that were written about it in the logs there. Nothing
//! of it is decided again here: it was charged and told there.

use serde::{Deserialize, Serialize};

use crate::payment::Payment;
use crate::record::{Assessment, Missed, Record};
use crate::{Instant, LogId, MemberId, PaymentStatus, Reservation, ReservationId, Status, WaitlistId};

/// How a reservation stood elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// Where it stood; no hold, which lives where it was placed.
    pub status: Status,
    /// When it came to be; when it came here where that is not known.
    pub created_at: Option<Instant>,
    /// When somebody came.
    pub checked_in_at: Option<Instant>,
    /// When it reached its terminal status.
    pub ended_at: Option<Instant>,
    /// Why it was cancelled.
    pub cancellation_reason: Option<String>,
    /// Who else played, in free text.
    pub participants: Vec<String>,
    /// How its price stood.
    pub payment: PaymentStatus,
    /// What it cost, in minor units.
    pub rate_cents: Option<u64>,
    /// Credits that it was paid with; they are part of the balance that its member brought along.
    pub credits_paid: u32,
    /// The payment that was taken for it, by its id at its provider.
    pub payment_id: Option<String>,
    /// What was written about it there, in order.
    pub log: Vec<LogLine>,
}

/// A line of a log that was kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Its id there.
    pub id: LogId,
    /// When it was written, or what it tells of happened.
    pub at: Instant,
    /// What it tells of.
    pub what: Logged,
    /// Free text.
    pub note: Option<String>,
}

/// What a line of a log tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Logged {
    /// A cancellation.
    Cancellation {
        /// Notice given, in milliseconds before the start.
        notice_millis: Option<i64>,
        /// Credits that it cost.
        penalty_credits: u32,
    },
    /// That nobody came.
    NoShow {
        /// Credits that it cost.
        penalty_credits: u32,
    },
    /// A message that was sent.
    Notification {
        /// Of which kind: `confirmation reminder …`
        kind: String,
        /// `email sms`; not known where `None`.
        medium: Option<String>,
        /// How long before the start a reminder was for.
        minutes_before: Option<u32>,
    },
}

/// A line with what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedLine {
    /// Who.
    pub member_id: MemberId,
    /// Which reservation.
    pub reservation_id: Option<ReservationId>,
    /// Which entry of the waitlist.
    pub waitlist_id: Option<WaitlistId>,
    /// The line.
    pub line: LogLine,
}

impl Default for Elsewhere {
    /// Confirmed, and nothing more is known.
    fn default() -> Self {
        Self {
            status: Status::Confirmed,
            created_at: None,
            checked_in_at: None,
            ended_at: None,
            cancellation_reason: None,
            participants: Vec::new(),
            payment: PaymentStatus::None,
            rate_cents: None,
            credits_paid: 0,
            payment_id: None,
            log: Vec::new(),
        }
    }
}

impl Elsewhere {
    /// The record of `reservation`, which stands as it stood there.
    pub(crate) fn record(&self, reservation: Reservation) -> Record {
        let mut record = Record::new(reservation);
        record.credits_paid = self.credits_paid;
        if let (Some(id), Some(cents)) = (&self.payment_id, self.rate_cents) {
            record.payments = self.payments(id, cents);
        }
        match record.reservation.status {
            Status::Cancelled => record.assessment = self.assessment(),
            // Counted and charged there: it is known here so that it can be taken back.
            Status::NoShow => record.missed = Some(Missed { credits: self.missed_credits(), suspended_until: None }),
            _ => {}
        }
        record
    }

    /// What is held of a payment: none of it where it never came, or went back.
    fn payments(&self, id: &str, cents: u64) -> Vec<Payment> {
        if self.payment != PaymentStatus::Paid {
            return Vec::new();
        }
        vec![Payment::new(id, cents, 0)]
    }

    fn assessment(&self) -> Option<Assessment> {
        self.log.iter().find_map(|line| match line.what {
            Logged::Cancellation { notice_millis, penalty_credits } => Some(Assessment {
                notice_millis: notice_millis.unwrap_or_default(),
                within_policy: penalty_credits == 0,
                penalty_credits,
                fee_cents: 0,
                promotion: None,
            }),
            _ => None,
        })
    }

    fn missed_credits(&self) -> u32 {
        let credits = self.log.iter().find_map(|line| match line.what {
            Logged::NoShow { penalty_credits } => Some(penalty_credits),
            _ => None,
        });
        credits.unwrap_or_default()
    }
}
