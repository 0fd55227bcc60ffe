//! Why a command was refused. Facts, in the past or present tense; the edge finds the words.
//!
//! A rejection is a value with the numbers that were compared, not a sentence: the edge turns it into
//! a status, a code and words.

use serde::{Deserialize, Serialize};

use crate::{Instant, Interval, Status};

/// A rule of an attempt or booking, in the order in which violations are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Rule {
    /// The facility takes no bookings.
    FacilityInactive,
    /// The court takes no bookings.
    CourtInactive,
    /// The slot has begun.
    PastTime,
    /// The slot is not wholly inside an opening of the calendar.
    OutsideHours,
    /// Not a multiple of the slot, or out of the shortest and longest.
    InvalidDuration,
    /// Another live claim of the court shares an instant with it.
    TimeOverlap,
    /// The member has as many live holds as allowed.
    HoldLimit,
}

impl Rule {
    /// The stable code of `booking.md` 3.
    pub fn code(self) -> &'static str {
        match self {
            Self::FacilityInactive => "facility_inactive",
            Self::CourtInactive => "court_inactive",
            Self::PastTime => "past_time",
            Self::OutsideHours => "outside_hours",
            Self::InvalidDuration => "invalid_duration",
            Self::TimeOverlap => "time_overlap",
            Self::HoldLimit => "hold_limit",
        }
    }
}

/// One violated rule, with what was compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Conflict {
    /// The facility takes no bookings.
    FacilityInactive,
    /// The court takes no bookings.
    CourtInactive,
    /// The slot began before the machine's time.
    PastTime {
        /// When the slot begins.
        start: Instant,
        /// The machine's time.
        now: Instant,
    },
    /// The slot is not wholly inside an opening.
    OutsideHours {
        /// The openings of the day it begins on; empty where it is closed or beyond the calendar.
        open: Vec<Interval>,
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
    /// Another live claim is in the way.
    TimeOverlap {
        /// What is in the way: `Held` or `Confirmed`.
        status: Status,
        /// When it is.
        slot: Interval,
        /// Until when, where it is a hold.
        hold_expiry: Option<Instant>,
    },
    /// The member has as many live holds as allowed.
    HoldLimit {
        /// Live holds of the member.
        holds: u32,
        /// How many are allowed.
        limit: u32,
    },
}

impl Conflict {
    /// Which rule it violates.
    pub fn rule(&self) -> Rule {
        match self {
            Self::FacilityInactive => Rule::FacilityInactive,
            Self::CourtInactive => Rule::CourtInactive,
            Self::PastTime { .. } => Rule::PastTime,
            Self::OutsideHours { .. } => Rule::OutsideHours,
            Self::InvalidDuration { .. } => Rule::InvalidDuration,
            Self::TimeOverlap { .. } => Rule::TimeOverlap,
            Self::HoldLimit { .. } => Rule::HoldLimit,
        }
    }
}

/// Why a command was refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rejection {
    /// The group has no settings yet: its creation was not finished.
    FacilityUnknown,
    /// Settings are there already.
    FacilityExists,
    /// No such court.
    CourtUnknown,
    /// The court's id is taken by another court.
    CourtExists,
    /// No such member.
    MemberUnknown,
    /// The member's id is taken by another member.
    MemberExists,
    /// Every violated rule, in the order of [`Rule`].
    Conflicts(Vec<Conflict>),
    /// There is no such hold, and was none that is still remembered.
    HoldUnknown,
    /// The hold ended at this instant.
    HoldExpired {
        /// When it ended.
        at: Instant,
    },
    /// A reservation is on that slot, not a hold.
    NotAHold,
    /// The hold or reservation is another member's.
    NotYours,
    /// No such reservation.
    ReservationUnknown,
    /// The reservation is not on the slot that was named.
    SlotMismatch,
    /// The id is taken by another reservation.
    ReservationExists,
    /// The reservation does not allow this where it stands.
    InvalidTransition {
        /// Where it stands.
        status: Status,
    },
    /// The slot has begun: a member cannot cancel any more.
    AlreadyStarted,
    /// An interval that ends before or as it begins.
    EmptyInterval,
    /// The same request id was used for something else.
    RequestReused,
}
