//! Whether a block is on the court. A block is a claim, so nobody sets this aside.
//!
//! Blocks that extend the hours are none of its business: they are a part of the hours.

use super::{Attempt, Finding};
use crate::view::View;
use crate::{Conflict, CourtId, Interval};

pub(super) fn blocked_period(attempt: &Attempt<'_>) -> Finding {
    Finding::in_the_way(blocking(&attempt.view, &attempt.court.id, attempt.slot).collect())
}

/// The blocks that claim a court at an instant of `slot`.
pub(super) fn blocking(view: &View<'_>, court: &CourtId, slot: Interval) -> impl Iterator<Item = Conflict> {
    let met = view.facility().blocks.claims_in(court, slot);
    met.map(|(slot, block)| Conflict::BlockedPeriod { block_id: block.id.clone(), kind: block.kind, slot })
}
