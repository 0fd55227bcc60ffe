//! What occupies a court, as readers see it.
//!
//! A claim is a reservation seen from the court: only that it is occupied, when and until when,
//! never by whom. Nothing here decides; the index of claims is in `book`.

use serde::{Deserialize, Serialize};

use crate::{BlockId, BlockKind, CourtId, Instant, Interval, ReservationId};

/// Why a court is occupied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClaimKind {
    /// Somebody is choosing; ends at `expiry` unless confirmed.
    Hold {
        /// When the hold ends.
        expiry: Instant,
    },
    /// Booked.
    Reservation,
    /// Not for booking.
    Block {
        /// Which block.
        id: BlockId,
        /// What for.
        kind: BlockKind,
    },
}

/// A court that is occupied for an interval. Live claims of a court are disjoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Which court.
    pub court_id: CourtId,
    /// When.
    pub slot: Interval,
    /// Why.
    pub kind: ClaimKind,
    /// By which reservation; `None` where it is a block.
    pub reservation_id: Option<ReservationId>,
}

/// A time of a block on one court.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockedSlot {
    /// Which block.
    pub block_id: BlockId,
    /// What for; never [`BlockKind::Extended`].
    pub kind: BlockKind,
    /// Which court.
    pub court_id: CourtId,
    /// When.
    pub slot: Interval,
}
