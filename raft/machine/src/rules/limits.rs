//! How much one member may have.
//!
//! Counted as of the instant of the decision: a hold that has run out no longer counts, even where nothing
//! has settled it yet.

use super::Attempt;
use crate::Conflict;

pub(super) fn hold_limit(attempt: &Attempt<'_>) -> Vec<Conflict> {
    let Some(limit) = attempt.settings.limits.max_holds else { return Vec::new() };
    let holds = u32::try_from(attempt.view.holds_of(&attempt.member.id).count()).unwrap_or(u32::MAX);
    if holds >= limit { vec![Conflict::HoldLimit { holds, limit }] } else { Vec::new() }
}
