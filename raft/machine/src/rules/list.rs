//! The list of rules, and what they look at.
//!
//! A rule is one line here and one function beside. Adding one changes what a log means, so it comes with
//! a release that all replicas run before anything is proposed that it concerns.

use super::{blocks, house, limits, occupancy, when};
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
const CHECKS: &[Check] = &[
    house::facility_inactive,
    house::court_inactive,
    when::past_time,
    when::outside_hours,
    when::invalid_duration,
    blocks::blocked_period,
    occupancy::time_overlap,
    limits::hold_limit,
];

/// Everything that an attempt violates, in the order of the rules.
pub(crate) fn violations(attempt: &Attempt<'_>) -> Vec<Conflict> {
    CHECKS.iter().flat_map(|check| check(attempt)).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::command::cases::{at, club, envelope, hours, import, place, service, settings};
    use crate::{Rule, apply};

    #[test]
    fn what_breaks_every_rule_is_told_every_rule_in_their_order() {
        let mut facility = club();
        let given = [
            place(1, "c1", "ana", hours(10, 11)),
            place(2, "c2", "ana", hours(10, 11)),
            import("x", "c3", "ben", hours(1, 9)),
        ];
        for (step, command) in (1..).zip(given) {
            apply(&mut facility, step, &envelope(step, at(8, 0), service(), command))
                .reply
                .expect("all of these stand");
        }
        facility.settings = Some(Arc::new(Settings { active: false, ..settings() }));
        let view = View::new(&facility, facility.now());
        let court = facility.courts().find(|court| !court.active).expect("c3");
        let member = facility.members(None).next().expect("ana");
        let settings = facility.settings().expect("founded");
        let broken = violations(&Attempt { view, settings, court, member, slot: hours(2, 6) });
        let rules: Vec<Rule> = broken.iter().map(crate::Conflict::rule).collect();
        let every = [
            Rule::FacilityInactive,
            Rule::CourtInactive,
            Rule::PastTime,
            Rule::OutsideHours,
            Rule::InvalidDuration,
            Rule::TimeOverlap,
            Rule::HoldLimit,
        ];
        assert_eq!(rules, every);
        assert!(rules.is_sorted());
    }
}
