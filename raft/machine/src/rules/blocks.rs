//! Whether a block is on the court. A block is a claim, so nobody sets this aside.
//!
//! Blocks that extend the hours are none of its business: they are a part of the hours.

use super::Attempt;
use crate::Conflict;

pub(super) fn blocked_period(attempt: &Attempt<'_>) -> Vec<Conflict> {
    let blocks = &attempt.view.facility().blocks;
    let met = blocks.claims_in(&attempt.court.id, attempt.slot);
    met.map(|(slot, block)| Conflict::BlockedPeriod { block_id: block.id.clone(), kind: block.kind, slot }).collect()
}
