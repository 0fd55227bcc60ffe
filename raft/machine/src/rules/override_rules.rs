//! Rules that staff set aside, with a reason.
//!
//! Nobody puts two claims on one court, and nobody books what is over: neither is a matter of rules.

use serde::{Deserialize, Serialize};

use crate::view::View;
use crate::{Actor, Conflict, Interval, Rejection, Reservation, Rule};

/// Rules that staff set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Which rules.
    pub rules: Vec<Rule>,
    /// Why; not blank.
    pub reason: String,
}

impl Override {
    /// Notes on a reservation which rules were set aside for it, and why.
    pub(crate) fn note_on(reservation: &mut Reservation, rules: Vec<Rule>, overrides: Option<&Self>) {
        reservation.override_reason = overrides.filter(|_| !rules.is_empty()).map(|overrides| overrides.reason.clone());
        reservation.overridden = rules;
    }

    /// Whether `actor` may set these rules aside at all.
    pub(crate) fn must_be_allowed(&self, actor: &Actor) -> Result<(), Rejection> {
        if !actor.is_staff() {
            return Err(Rejection::OverrideNotAllowed);
        }
        if self.reason.trim().is_empty() {
            return Err(Rejection::ReasonRequired);
        }
        match self.rules.iter().find(|rule| !rule.can_be_overridden()) {
            Some(rule) => Err(Rejection::NotOverridable { rule: *rule }),
            None => Ok(()),
        }
    }
}

/// The rules that were set aside out of those that `conflicts` violates; refused if any is left.
pub(super) fn set_aside(
    conflicts: Vec<Conflict>,
    overrides: Option<&Override>,
    view: &View<'_>,
    slot: &Interval,
) -> Result<Vec<Rule>, Rejection> {
    let over = slot.end <= view.now;
    let asked = |rule: Rule| overrides.is_some_and(|it| it.rules.contains(&rule)) && !(over && rule == Rule::PastTime);
    let (aside, left): (Vec<_>, Vec<_>) = conflicts.into_iter().partition(|conflict| asked(conflict.rule()));
    if !left.is_empty() {
        return Err(Rejection::Conflicts(left));
    }
    let mut rules: Vec<Rule> = aside.iter().map(Conflict::rule).collect();
    rules.dedup();
    Ok(rules)
}
