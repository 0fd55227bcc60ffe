//! The rules by name, in the order in which they are looked at and violations are reported.
//!
//! What each compares is in [`Conflict`](crate::Conflict), how it is decided in `rules`.

use serde::{Deserialize, Serialize};

/// A rule of an attempt or booking, in the order in which violations are reported (`booking.md` 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Rule {
    /// The facility takes no bookings.
    FacilityInactive,
    /// The court takes no bookings.
    CourtInactive,
    /// The member may not book for a while.
    MemberSuspended,
    /// The membership has run out, or will have by then.
    MembershipExpired,
    /// The slot has begun.
    PastTime,
    /// The slot is on a later date than may be booked today.
    AdvanceBooking,
    /// The slot is not wholly inside an opening of the calendar.
    OutsideHours,
    /// The slot does not begin on the grid of its opening.
    OffGrid,
    /// Not a multiple of the slot, or out of the shortest and longest.
    InvalidDuration,
    /// A block is on the court then.
    BlockedPeriod,
    /// Another live claim of the court shares an instant with it.
    TimeOverlap,
    /// Another reservation of the court is too close.
    Buffer,
    /// The member has as many future reservations and holds as allowed.
    MemberLimit,
    /// The member has as many reservations and holds on that day as allowed.
    DayLimit,
    /// The member is on another court then.
    SelfOverlap,
    /// The member has as many live holds as allowed.
    HoldLimit,
    /// The member's credits do not suffice.
    InsufficientCredit,
}

impl Rule {
    /// All of them, in order.
    pub const ALL: [Self; 17] = [
        Self::FacilityInactive,
        Self::CourtInactive,
        Self::MemberSuspended,
        Self::MembershipExpired,
        Self::PastTime,
        Self::AdvanceBooking,
        Self::OutsideHours,
        Self::OffGrid,
        Self::InvalidDuration,
        Self::BlockedPeriod,
        Self::TimeOverlap,
        Self::Buffer,
        Self::MemberLimit,
        Self::DayLimit,
        Self::SelfOverlap,
        Self::HoldLimit,
        Self::InsufficientCredit,
    ];

    /// The stable code of `booking.md` 3.
    pub fn code(self) -> &'static str {
        match self {
            Self::FacilityInactive => "facility_inactive",
            Self::CourtInactive => "court_inactive",
            Self::MemberSuspended => "member_suspended",
            Self::MembershipExpired => "membership_expired",
            Self::PastTime => "past_time",
            Self::AdvanceBooking => "advance_booking",
            Self::OutsideHours => "outside_hours",
            Self::OffGrid => "off_grid",
            Self::InvalidDuration => "invalid_duration",
            Self::BlockedPeriod => "blocked_period",
            Self::TimeOverlap => "time_overlap",
            Self::Buffer => "buffer",
            Self::MemberLimit => "member_limit",
            Self::DayLimit => "day_limit",
            Self::SelfOverlap => "self_overlap",
            Self::HoldLimit => "hold_limit",
            Self::InsufficientCredit => "insufficient_credit",
        }
    }

    /// The rule of a code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.code() == code)
    }

    /// Whether staff may set it aside: nobody puts two claims on one court, and a block is a claim.
    pub fn can_be_overridden(self) -> bool {
        !matches!(self, Self::BlockedPeriod | Self::TimeOverlap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_listed_once_in_its_order_and_found_by_its_code() {
        assert!(Rule::ALL.is_sorted_by(|a, b| a < b));
        assert_eq!(Rule::ALL.len(), Rule::InsufficientCredit as usize + 1);
        assert!(Rule::ALL.iter().all(|rule| Rule::of_code(rule.code()) == Some(*rule)));
    }
}
