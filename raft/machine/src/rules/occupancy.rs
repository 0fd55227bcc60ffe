//! Whether a court is free. The one rule that nobody can override, and the room around it.
//!
//! It looks at live claims only, of one court, through the index that is ordered by start. Adjacent slots
//! do not meet: intervals are half-open.

use super::{Attempt, Finding, blocks};
use crate::time::MINUTE_MILLIS;
use crate::view::View;
use crate::{Conflict, CourtId, Interval, Reservation};

/// Most claims reported: a slot of years meets thousands, and one is reason enough.
const CONFLICTS_REPORTED_MAX: usize = 8;

pub(super) fn time_overlap(attempt: &Attempt<'_>) -> Finding {
    #[cfg(feature = "planted-bugs")]
    if crate::planted::is(crate::Planted::AdjacentSlotsOverlap) {
        let longer = Interval { start: attempt.slot.start, end: attempt.slot.end.plus(1) };
        return Finding::in_the_way(claims(attempt, longer).map(overlap).collect());
    }
    let others = claims(attempt, attempt.slot);
    Finding::in_the_way(others.take(CONFLICTS_REPORTED_MAX).map(overlap).collect())
}

/// What stands beside the slot and leaves too little room; what stands on it is an overlap.
pub(super) fn buffer(attempt: &Attempt<'_>) -> Finding {
    let minutes = attempt.settings.buffer_minutes;
    if minutes == 0 {
        return Finding::kept();
    }
    let room = i64::from(minutes) * MINUTE_MILLIS;
    let Interval { start, end } = attempt.slot;
    let beside = claims(attempt, Interval { start: start.plus(-room), end: end.plus(room) })
        .filter(|other| !other.slot.overlaps(&attempt.slot));
    let close = beside.take(CONFLICTS_REPORTED_MAX).map(|other| Conflict::Buffer { slot: other.slot, minutes });
    Finding::in_the_way(close.collect())
}

/// What claims a court at an instant of `slot`: blocks, then reservations and holds by start.
pub(crate) fn in_the_way(view: &View<'_>, court: &CourtId, slot: Interval) -> Vec<Conflict> {
    let claims = view.claims_in(court, slot).map(|claim| overlap(&claim.reservation));
    blocks::blocking(view, court, slot).chain(claims).take(CONFLICTS_REPORTED_MAX).collect()
}

fn claims<'a>(attempt: &Attempt<'a>, span: Interval) -> impl Iterator<Item = &'a Reservation> {
    let instead_of = attempt.instead_of;
    let claims = attempt.view.claims_in(&attempt.court.id, span).map(|claim| &claim.reservation);
    claims.filter(move |claim| instead_of != Some(&claim.id))
}

fn overlap(claim: &Reservation) -> Conflict {
    let hold_expiry = claim.hold_expiry.filter(|_| claim.status.is_hold());
    Conflict::TimeOverlap { status: claim.status, slot: claim.slot, hold_expiry }
}
