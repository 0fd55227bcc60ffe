//! Credits: one entry of the ledger, as a plain record.
//!
//! A balance is the sum of its entries; nothing is ever changed or taken out. The ledger itself is in
//! `ledger`.

use serde::{Deserialize, Serialize};

use crate::{Instant, MemberId, ReservationId};

/// Why credits came or went.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CreditReason {
    /// The member had them when it came to be.
    Opening,
    /// A reservation was paid with them.
    Booking,
    /// A reservation that was paid with them was called off in time.
    Refund,
    /// A reservation was called off late.
    LateCancellation,
    /// Nobody came.
    NoShow,
    /// That nobody came was taken back.
    NoShowReversed,
    /// Staff changed the balance.
    Adjustment {
        /// Why, in free text.
        note: String,
    },
}

/// One entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditEntry {
    /// Whose credits.
    pub member_id: MemberId,
    /// How many came; negative where they went.
    pub amount: i64,
    /// Why.
    pub reason: CreditReason,
    /// For which reservation.
    pub reservation_id: Option<ReservationId>,
    /// When.
    pub at: Instant,
}
