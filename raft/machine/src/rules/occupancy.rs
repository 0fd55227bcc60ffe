//! Whether a court is free. The one rule that nobody can override.
//!
//! It looks at live claims only, of one court, through the index that is ordered by start. Adjacent slots
//! do not meet: intervals are half-open.

use super::Attempt;
use crate::view::{Seen, View};
use crate::{Conflict, CourtId, Interval};

/// Most claims reported: a slot of years meets thousands, and one is reason enough.
const CONFLICTS_REPORTED_MAX: usize = 8;

pub(super) fn time_overlap(attempt: &Attempt<'_>) -> Vec<Conflict> {
    in_the_way(&attempt.view, &attempt.court.id, attempt.slot)
}

/// The live claims of a court that share an instant with `slot`, by start.
pub(crate) fn in_the_way(view: &View<'_>, court: &CourtId, slot: Interval) -> Vec<Conflict> {
    view.claims_in(court, slot).take(CONFLICTS_REPORTED_MAX).map(conflict).collect()
}

fn conflict(claim: Seen<'_>) -> Conflict {
    let (status, reservation) = (claim.standing.status, &claim.record.reservation);
    let hold_expiry = reservation.hold_expiry.filter(|_| status.is_hold());
    Conflict::TimeOverlap { status, slot: reservation.slot, hold_expiry }
}
