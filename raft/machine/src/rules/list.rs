//! The list of rules, and what they look at.

use super::{house, limits, occupancy, when};
use crate::view::View;
use crate::{Conflict, Court, Interval, Member, Settings};

/// What the rules look at: somebody wants a court for an interval.
pub(crate) struct Attempt<'a> {
    /// The facility as of the instant of the decision.
    pub(crate) view: View<'a>,
    pub(crate) settings: &'a Settings,
    pub(crate) court: &'a Court,
    pub(crate) member: &'a Member,
    /// Not empty: that is checked before there is an attempt.
    pub(crate) slot: Interval,
}

/// What an attempt violates of one rule; empty where nothing.
type Check = fn(&Attempt<'_>) -> Vec<Conflict>;

// Replicated: the order is that of `Rule`, and of the conflicts in a reply.
const CHECKS: [Check; 7] = [
    house::facility_inactive,
    house::court_inactive,
    when::past_time,
    when::outside_hours,
    when::invalid_duration,
    occupancy::time_overlap,
    limits::hold_limit,
];

/// Everything that an attempt violates, in the order of the rules.
pub(crate) fn violations(attempt: &Attempt<'_>) -> Vec<Conflict> {
    CHECKS.iter().flat_map(|check| check(attempt)).collect()
}
