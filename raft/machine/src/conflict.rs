//! What stands in the way of a booking, or next to it: rules with the numbers that were compared.
//!
//! A conflict is a value; the edge finds the words. The same values are the facts of a rule that is kept,
//! when somebody asks why not.

use serde::{Deserialize, Serialize};

use crate::{BlockId, BlockKind, CourtId, Instant, Interval, LocalDate, Rule, Status};

/// One violated rule, with what was compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Conflict {
    /// The facility takes no bookings.
    FacilityInactive,
    /// The court takes no bookings.
    CourtInactive,
    /// The member may not book for a while.
    MemberSuspended {
        /// Until when; until staff say otherwise where `None`.
        until: Option<Instant>,
    },
    /// The membership ends before the slot begins.
    MembershipExpired {
        /// When it ends; `None` where the member has left.
        at: Option<Instant>,
    },
    /// The slot began before the machine's time.
    PastTime {
        /// When the slot begins.
        start: Instant,
        /// The machine's time.
        now: Instant,
    },
    /// The slot is too far ahead.
    AdvanceBooking {
        /// How many local dates ahead it is.
        days: i64,
        /// How many are allowed.
        window: u32,
    },
    /// The slot is not wholly inside an opening.
    OutsideHours {
        /// The openings of the day it begins on; empty where it is closed or beyond the calendar.
        open: Vec<Interval>,
    },
    /// The slot does not begin on the grid.
    OffGrid {
        /// The last instant of the grid before it.
        before: Instant,
        /// The next one.
        after: Instant,
    },
    /// The length is not bookable, all in minutes.
    InvalidDuration {
        /// Asked for; rounded down.
        minutes: i64,
        /// Slot length.
        slot: u32,
        /// Shortest.
        min: u32,
        /// Longest.
        max: u32,
    },
    /// A block is in the way.
    BlockedPeriod {
        /// Which one.
        block_id: BlockId,
        /// What it is for.
        kind: BlockKind,
        /// When it is.
        slot: Interval,
    },
    /// Another live claim is in the way.
    TimeOverlap {
        /// What is in the way: a live status.
        status: Status,
        /// When it is.
        slot: Interval,
        /// Until when, where it is a hold.
        hold_expiry: Option<Instant>,
    },
    /// Another reservation of the court is too close.
    Buffer {
        /// When that one is.
        slot: Interval,
        /// How many minutes have to lie between.
        minutes: u32,
    },
    /// The member has as many future reservations and holds as allowed.
    MemberLimit {
        /// How many there are.
        active: u32,
        /// How many are allowed.
        limit: u32,
    },
    /// The member has as many reservations and holds on that day as allowed.
    DayLimit {
        /// Which day.
        date: LocalDate,
        /// How many there are.
        booked: u32,
        /// How many are allowed.
        limit: u32,
    },
    /// The member is somewhere else then.
    SelfOverlap {
        /// On which court.
        court_id: CourtId,
        /// When.
        slot: Interval,
    },
    /// The member has as many live holds as allowed.
    HoldLimit {
        /// Live holds of the member.
        holds: u32,
        /// How many are allowed.
        limit: u32,
    },
    /// The member's credits do not suffice.
    InsufficientCredit {
        /// What the member has; negative where penalties took more than there was.
        balance: i64,
        /// What it takes.
        needed: u32,
    },
}

impl Conflict {
    /// Which rule it violates.
    pub fn rule(&self) -> Rule {
        match self {
            Self::FacilityInactive => Rule::FacilityInactive,
            Self::CourtInactive => Rule::CourtInactive,
            Self::MemberSuspended { .. } => Rule::MemberSuspended,
            Self::MembershipExpired { .. } => Rule::MembershipExpired,
            Self::PastTime { .. } => Rule::PastTime,
            Self::AdvanceBooking { .. } => Rule::AdvanceBooking,
            Self::OutsideHours { .. } => Rule::OutsideHours,
            Self::OffGrid { .. } => Rule::OffGrid,
            Self::InvalidDuration { .. } => Rule::InvalidDuration,
            Self::BlockedPeriod { .. } => Rule::BlockedPeriod,
            Self::TimeOverlap { .. } => Rule::TimeOverlap,
            Self::Buffer { .. } => Rule::Buffer,
            Self::MemberLimit { .. } => Rule::MemberLimit,
            Self::DayLimit { .. } => Rule::DayLimit,
            Self::SelfOverlap { .. } => Rule::SelfOverlap,
            Self::HoldLimit { .. } => Rule::HoldLimit,
            Self::InsufficientCredit { .. } => Rule::InsufficientCredit,
        }
    }
}

/// What a booker should know though it stops nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Warning {
    /// A part of the slot costs the price of prime hours.
    PeakPricing {
        /// What the whole slot costs, in minor units.
        rate_cents: u64,
    },
    /// The slot ends shortly before the facility closes.
    NearClosing {
        /// When it closes.
        closes: Instant,
    },
}

impl Warning {
    /// The stable code of `booking.md` 3.
    pub fn code(self) -> &'static str {
        match self {
            Self::PeakPricing { .. } => "peak_pricing",
            Self::NearClosing { .. } => "near_closing",
        }
    }
}
