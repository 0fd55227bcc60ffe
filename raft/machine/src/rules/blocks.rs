//! Whether a block is on the court. A block is a claim, so nobody sets this aside.
//!
//! Blocks that extend the hours are none of its business: they are a part of the hours.

use super::{Attempt, Finding};
use crate::Conflict;

pub(super) fn blocked_period(attempt: &Attempt<'_>) -> Finding {
    let met = attempt.view.facility().blocks.claims_in(&attempt.court.id, attempt.slot);
    Finding::in_the_way(
        met.map(|(slot, block)| Conflict::BlockedPeriod { block_id: block.id.clone(), kind: block.kind, slot })
            .collect(),
    )
}
