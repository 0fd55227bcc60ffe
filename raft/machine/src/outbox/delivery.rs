//! A delivery: one thing that somebody outside has to be told, by one medium, as a plain record.
//!
//! What is told is decided with the event that it tells of; that it is told is the work of a job, which
//! claims a delivery through the log, sends it, and settles it through the log. A delivery names its member
//! by the id alone: name, address and language are looked up when it is claimed.

use serde::{Deserialize, Serialize};

use super::{Facts, Outcome, Receipt};
use crate::{DeliveryId, Instant, MemberId, ReservationId, WaitlistId};

/// By what way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Medium {
    /// An email to a member.
    Email,
    /// A text message to a member.
    Sms,
    /// An instruction to the payment provider.
    Payment,
}

impl Medium {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Email, Self::Sms, Self::Payment];

    /// What it is called: `email`, `sms`, `payment`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Payment => "payment",
        }
    }
}

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DeliveryKind {
    /// A reservation is booked.
    Confirmation,
    /// A reservation begins soon.
    Reminder {
        /// How long before its start it is told, in minutes.
        minutes_before: u32,
    },
    /// A slot is held for somebody who waited.
    WaitlistOffer,
    /// A slot was booked for somebody who waited.
    WaitlistAutoBooked,
    /// A reservation was called off.
    Cancellation,
    /// A payment booked nothing and goes back.
    HoldRefunded,
    /// Nobody came.
    NoShow,
    /// A reservation has moved.
    ReservationMoved,
    /// A block took the slot of a reservation.
    Displaced,
    /// Money has to go back: to the payment provider.
    Refund,
    /// A page to pay on must take no payment any more: to the payment provider.
    ExpireCheckout,
}

impl DeliveryKind {
    /// What the interface calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Confirmation => "confirmation",
            Self::Reminder { .. } => "reminder",
            Self::WaitlistOffer => "waitlist_offer",
            Self::WaitlistAutoBooked => "waitlist_auto_booked",
            Self::Cancellation => "cancellation",
            Self::HoldRefunded => "hold_refunded",
            Self::NoShow => "no_show",
            Self::ReservationMoved => "reservation_moved",
            Self::Displaced => "displaced",
            Self::Refund => "refund",
            Self::ExpireCheckout => "expire_checkout",
        }
    }

    /// Which of those that are due goes first; the lower, the sooner.
    // Replicated: this is the order in which deliveries are claimed.
    pub fn urgency(self) -> Urgency {
        match self {
            Self::WaitlistOffer | Self::ExpireCheckout => Urgency::Offer,
            Self::Reminder { .. } | Self::WaitlistAutoBooked | Self::Cancellation | Self::Displaced => Urgency::Soon,
            Self::Confirmation | Self::HoldRefunded | Self::NoShow | Self::ReservationMoved | Self::Refund => {
                Urgency::Ordinary
            }
        }
    }
}

/// How urgent a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Urgency {
    /// A slot is kept free for the answer.
    Offer,
    /// Somebody may be on the way.
    Soon,
    /// Everything else.
    Ordinary,
}

impl Urgency {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Offer, Self::Soon, Self::Ordinary];
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DeliveryState {
    /// It is to be sent once it is due.
    Scheduled,
    /// A leader is sending it.
    Claimed,
    /// Its provider has taken it.
    Sent,
    /// Its provider, or what lies behind it, refused it for good.
    Failed,
    /// Nobody knows whether its provider has taken it, and it is not sent again.
    Unknown,
    /// It was not sent: too late, of no use any more, or nobody to send it to.
    Dropped,
}

impl DeliveryState {
    /// Whether it may still be sent.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Scheduled | Self::Claimed)
    }

    /// What the interface calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Claimed => "claimed",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Dropped => "dropped",
        }
    }
}

/// One try at sending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryAttempt {
    /// Which one it is of its delivery, from 1.
    pub number: u32,
    /// When it was claimed.
    pub at: Instant,
    /// Under which term.
    pub term: u64,
    /// What came of it; `None` while it is under way.
    pub outcome: Option<Outcome>,
}

/// Something that somebody outside has to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its name, which follows from what it tells of whom: `ntf_…`.
    pub id: DeliveryId,
    /// What is told.
    pub kind: DeliveryKind,
    /// By what way.
    pub medium: Medium,
    /// To whom, or whose money it is about; `None` where nothing is known of a payment but its id.
    pub member_id: Option<MemberId>,
    /// About which reservation.
    pub reservation_id: Option<ReservationId>,
    /// About which entry of the waitlist.
    pub waitlist_id: Option<WaitlistId>,
    /// What there is to say, as it was when it was decided.
    pub facts: Facts,
    /// When it was decided.
    pub created_at: Instant,
    /// When it is to be sent, or sent again.
    pub due_at: Instant,
    /// From when on it is of no use any more.
    pub not_after: Instant,
    /// Where it stands.
    pub state: DeliveryState,
    /// When the claim is over if nobody settles it.
    pub claimed_until: Option<Instant>,
    /// The tries at sending it, the last ones where there were many.
    pub attempts: Vec<DeliveryAttempt>,
    /// What its provider calls it.
    pub provider_id: Option<String>,
    /// What its provider said of it later on.
    pub receipt: Option<Receipt>,
    /// When it was sent, failed, or was dropped.
    pub ended_at: Option<Instant>,
    /// Why it was dropped: a code.
    pub dropped: Option<DropReason>,
}

/// Why a delivery was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DropReason {
    /// It is of no use any more, by the clock.
    TooLate,
    /// What it tells of is not so any more.
    Obsolete,
    /// There is no address to send it to.
    NoAddress,
    /// Whom it is for does not want to be told by this way any more, or is gone.
    NotWanted,
    /// The address does not take it.
    Unreachable,
}

impl DropReason {
    /// What the interface calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::TooLate => "too_late",
            Self::Obsolete => "obsolete",
            Self::NoAddress => "no_address",
            Self::NotWanted => "not_wanted",
            Self::Unreachable => "unreachable",
        }
    }
}
