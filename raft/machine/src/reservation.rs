//! A reservation, from the hold to its end, as a plain record.
//!
//! One record lives through all of it: a hold that is confirmed keeps its history and only changes its
//! status. What the rules need besides is kept next to it, in `record`.

use serde::{Deserialize, Serialize};

use crate::{CourtId, HoldId, Instant, Interval, MemberId, ReservationId};

/// Where a reservation stands. A terminal status is never left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Status {
    /// A claim until the hold expires.
    Held,
    /// A claim until its end.
    Confirmed,
    /// Terminal: over, and taken place.
    Completed,
    /// Terminal: called off.
    Cancelled,
    /// Terminal: the holder gave the hold up.
    Released,
    /// Terminal: the hold ran out.
    Expired,
}

impl Status {
    /// Whether it occupies its court.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Held | Self::Confirmed)
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
    /// When the hold ends, or ended.
    pub hold_expiry: Option<Instant>,
    /// `web sms staff api waitlist import`.
    pub source: String,
    /// `standard`, or what the client called it.
    pub booking_type: String,
    /// Free text.
    pub notes: Option<String>,
    /// When it came to be.
    pub created_at: Instant,
    /// When it was confirmed.
    pub confirmed_at: Option<Instant>,
    /// When it reached a terminal status.
    pub ended_at: Option<Instant>,
    /// Why it was cancelled.
    pub cancellation_reason: Option<String>,
    /// Grows by one with every change.
    pub version: u64,
}
