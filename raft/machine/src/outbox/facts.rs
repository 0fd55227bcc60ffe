//! What a delivery has to say: the facts of what it tells of, as they were when it was decided.
//!
//! Nothing in here tells who a person is: no name, address, note or reason that somebody wrote.

use serde::{Deserialize, Serialize};

use crate::{CourtId, Instant, Interval, PaymentStatus, ReservationId};

/// What a delivery has to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The booking that it tells of; `None` where nothing is known of it any more.
    pub booking: Option<BookingFacts>,
    /// What only this kind has to say.
    pub more: MoreFacts,
}

/// The booking that a delivery tells of, as it became.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingFacts {
    /// Which court.
    pub court_id: CourtId,
    /// What people call it.
    pub court_name: String,
    /// When.
    pub slot: Interval,
    /// The version of the reservation; what a calendar counts changes by.
    pub version: u64,
    /// What the slot costs, in minor units; `None` where it costs nothing.
    pub rate_cents: Option<u64>,
    /// How that stands.
    pub payment: PaymentStatus,
}

/// One reservation of a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesSlot {
    /// Which.
    pub id: ReservationId,
    /// When.
    pub slot: Interval,
    /// Its version, as [`BookingFacts::version`].
    pub version: u64,
}

/// What only one kind of delivery has to say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MoreFacts {
    /// Nothing.
    #[default]
    None,
    /// Of an offer: when it ends.
    Offer {
        /// The instant from which on it is over.
        expires_at: Instant,
    },
    /// Of a cancellation or displacement: what it came to.
    Cancelled {
        /// Notice given, in milliseconds before the start.
        notice_millis: i64,
        /// Whether the notice was long enough.
        within_policy: bool,
        /// Whether the club called it off, and not its member.
        by_club: bool,
        /// Credits that it cost.
        penalty_credits: u32,
        /// Fee kept of what was paid, in minor units.
        fee_cents: u32,
        /// Money that goes back, in minor units.
        refund_cents: u64,
        /// Credits that are given back.
        refund_credits: u32,
    },
    /// Of a no-show: what it came to.
    Missed {
        /// Credits that it cost.
        penalty_credits: u32,
        /// How often the member has stayed away by now.
        no_show_count: u32,
        /// The end of the suspension that it brought.
        suspended_until: Option<Instant>,
    },
    /// Of a move: where it was before.
    Moved {
        /// What people call the court.
        court_name: String,
        /// When it was.
        slot: Interval,
    },
    /// Of a series that was booked, or called off, in one step: all of it, by start.
    Series {
        /// Each reservation with its slot.
        slots: Vec<SeriesSlot>,
    },
    /// Of money that goes back.
    Refund {
        /// The payment's id at its provider.
        payment_id: String,
        /// How much, in minor units.
        amount_cents: u64,
    },
    /// Of a page to pay on.
    Checkout {
        /// Its id at its provider.
        session_id: String,
    },
}
