//! A reservation, from the hold to its end, as a plain record.
//!
//! One record lives through all of it: a hold that is confirmed keeps its history and only changes its
//! status. What the rules need besides is kept next to it, in `record`.

use serde::{Deserialize, Serialize};

use crate::{CourtId, HoldId, Instant, Interval, MemberId, ReservationId, Rule, SeriesId, WaitlistId};

/// What a reservation is called unless somebody says otherwise.
pub const BOOKING_TYPE: &str = "standard";

/// Where a reservation stands. A terminal status is never left, but for the two ways of `booking.md` 4:
/// a late payment and a no-show that is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Status {
    /// A claim until the hold expires.
    Held,
    /// A claim until the deadline of its payment.
    PaymentPending,
    /// A claim until its end, or until nobody came.
    Confirmed,
    /// A claim until its end: somebody plays.
    CheckedIn,
    /// Terminal: over, and taken place.
    Completed,
    /// Terminal: called off.
    Cancelled,
    /// Terminal: the holder gave the hold up.
    Released,
    /// Terminal: the hold ran out.
    Expired,
    /// Terminal: nobody came.
    NoShow,
}

impl Status {
    /// Whether it occupies its court.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Held | Self::PaymentPending | Self::Confirmed | Self::CheckedIn)
    }

    /// Whether it is a claim that is not booked yet.
    pub fn is_hold(self) -> bool {
        matches!(self, Self::Held | Self::PaymentPending)
    }
}

/// How its price stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PaymentStatus {
    /// It costs nothing.
    #[default]
    None,
    /// It costs something that is not paid yet.
    Required,
    /// By card or with credits.
    Paid,
    /// A part is given back: the fee is kept.
    PartiallyRefunded,
    /// All is given back.
    Refunded,
    /// The provider refused.
    Failed,
    /// The club let it go.
    Waived,
    /// The payer wants it back from the provider.
    Disputed,
}

impl PaymentStatus {
    /// What the interface calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Required => "required",
            Self::Paid => "paid",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Refunded => "refunded",
            Self::Failed => "failed",
            Self::Waived => "waived",
            Self::Disputed => "disputed",
        }
    }
}

/// A court for an interval, for a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Its name, minted by the proposer of the hold or chosen by the client on confirming.
    pub id: ReservationId,
    /// The hold it began as; `None` where it was booked or imported in one step.
    pub hold_id: Option<HoldId>,
    /// Which court.
    pub court_id: CourtId,
    /// For whom.
    pub member_id: MemberId,
    /// When.
    pub slot: Interval,
    /// Where it stands.
    pub status: Status,
    /// When the hold, offer or payment hold ends, or ended.
    pub hold_expiry: Option<Instant>,
    /// `web sms staff api waitlist import`.
    pub source: String,
    /// [`BOOKING_TYPE`], or what the client called it.
    pub booking_type: String,
    /// Free text.
    pub notes: Option<String>,
    /// Who else plays, in free text.
    pub participants: Vec<String>,
    /// How its price stands.
    pub payment: PaymentStatus,
    /// What the whole slot costs, in minor units; `None` where the court has no price.
    pub rate_cents: Option<u64>,
    /// The waitlist entry that this hold is, or was, an offer to.
    pub offer_of: Option<WaitlistId>,
    /// The series it belongs to.
    pub series_id: Option<SeriesId>,
    /// The rules that staff set aside for it, in their order.
    pub overridden: Vec<Rule>,
    /// Why they did.
    pub override_reason: Option<String>,
    /// When it came to be.
    pub created_at: Instant,
    /// When it was confirmed.
    pub confirmed_at: Option<Instant>,
    /// When somebody came.
    pub checked_in_at: Option<Instant>,
    /// When it reached a terminal status.
    pub ended_at: Option<Instant>,
    /// Why it was cancelled.
    pub cancellation_reason: Option<String>,
    /// Grows by one with every change.
    pub version: u64,
}

impl Reservation {
    /// A free standard reservation of nothing but who, where and when; what else it has is set on it.
    pub fn new(id: ReservationId, court_id: CourtId, member_id: MemberId, slot: Interval, created_at: Instant) -> Self {
        Self {
            id,
            hold_id: None,
            court_id,
            member_id,
            slot,
            status: Status::Held,
            hold_expiry: None,
            source: String::new(),
            booking_type: BOOKING_TYPE.to_owned(),
            notes: None,
            participants: Vec::new(),
            payment: PaymentStatus::None,
            rate_cents: None,
            offer_of: None,
            series_id: None,
            overridden: Vec::new(),
            override_reason: None,
            created_at,
            confirmed_at: None,
            checked_in_at: None,
            ended_at: None,
            cancellation_reason: None,
            version: 1,
        }
    }
}
