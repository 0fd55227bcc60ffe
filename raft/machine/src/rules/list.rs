//! The list of rules, and what they look at.
//!
//! A rule is one line here and one function beside. Adding one changes what a log means, so it comes with
//! a release that all replicas run before anything is proposed that it concerns.

use super::finding::Finding;
use super::{Verdict, blocks, house, limits, occupancy, when, who};
use crate::view::View;
use crate::{Conflict, Court, CourtId, Interval, Member, MemberId, Rejection, ReservationId, Rule, Settings};

/// Who wants which court when.
#[derive(Clone, Copy, Debug)]
pub struct SlotRequest<'a> {
    /// Which court.
    pub court: &'a CourtId,
    /// Who.
    pub member: &'a MemberId,
    /// When.
    pub slot: Interval,
    /// A claim that does not count because it makes room: a reservation that moves.
    pub instead_of: Option<&'a ReservationId>,
    /// Whether it is to be paid with credits.
    pub with_credits: bool,
}

/// What the rules look at: somebody wants a court for an interval.
pub(crate) struct Attempt<'a> {
    /// The facility as of the instant of the decision.
    pub(crate) view: View<'a>,
    pub(crate) settings: &'a Settings,
    pub(crate) court: &'a Court,
    pub(crate) member: &'a Member,
    /// Not empty: that is checked before there is an attempt.
    pub(crate) slot: Interval,
    /// A claim that does not count.
    pub(crate) instead_of: Option<&'a ReservationId>,
    /// Credits that it takes.
    pub(crate) credits: u32,
}

/// How an attempt stands to one rule.
type Check = fn(&Attempt<'_>) -> Finding;

// Replicated: the order is that of `Rule`, and of the conflicts in a reply.
const CHECKS: &[(Rule, Check)] = &[
    (Rule::FacilityInactive, house::facility_inactive),
    (Rule::CourtInactive, house::court_inactive),
    (Rule::MemberSuspended, who::member_suspended),
    (Rule::MembershipExpired, who::membership_expired),
    (Rule::PastTime, when::past_time),
    (Rule::AdvanceBooking, when::advance_booking),
    (Rule::OutsideHours, when::outside_hours),
    (Rule::OffGrid, when::off_grid),
    (Rule::InvalidDuration, when::invalid_duration),
    (Rule::BlockedPeriod, blocks::blocked_period),
    (Rule::TimeOverlap, occupancy::time_overlap),
    (Rule::Buffer, occupancy::buffer),
    (Rule::MemberLimit, limits::member_limit),
    (Rule::DayLimit, limits::day_limit),
    (Rule::SelfOverlap, limits::self_overlap),
    (Rule::HoldLimit, limits::hold_limit),
    (Rule::InsufficientCredit, who::insufficient_credit),
];

impl<'a> Attempt<'a> {
    /// The attempt that a wish is, or why there is nothing to look at.
    pub(crate) fn new(view: View<'a>, wish: SlotRequest<'a>) -> Result<Self, Rejection> {
        let settings = view.settings()?;
        let court = view.court(wish.court)?;
        let member = view.member(wish.member)?;
        let SlotRequest { slot, instead_of, .. } = wish;
        if slot.start >= slot.end {
            return Err(Rejection::EmptyInterval);
        }
        let credits = || crate::price::credits(settings, court, &view.facility().horizon, &slot);
        let credits = if wish.with_credits { credits() } else { 0 };
        Ok(Self { view, settings, court, member, slot, instead_of, credits })
    }

    /// Everything that it violates, in the order of the rules.
    pub(crate) fn violations(&self) -> Vec<Conflict> {
        CHECKS.iter().flat_map(|(_, check)| check(self).conflicts()).collect()
    }

    /// How it stands to each rule, in their order.
    pub(crate) fn verdicts(&self) -> Vec<Verdict> {
        CHECKS.iter().map(|(rule, check)| check(self).verdict(*rule)).collect()
    }
}
