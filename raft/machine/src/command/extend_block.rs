//! Adds times to a block that recurs, as the calendar grows.
//!
//! The leader's job brings what the horizon newly reaches; times that are there already are passed over, so
//! it may bring them again. What is in the way of a time added by a job refuses nothing: that time is left
//! out and told, unless the block displaces.

use serde::{Deserialize, Serialize};

use super::Done;
use super::place_block::{add_times, check_times};
use crate::{Accepted, Actor, BlockId, BlockMode, Facility, Interval, Rejection};

/// Adds times to a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtendBlock {
    /// Which block.
    pub block_id: BlockId,
    /// When else, in any order.
    pub times: Vec<Interval>,
}

impl ExtendBlock {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        let block = facility.block(&self.block_id).ok_or(Rejection::BlockUnknown)?.clone();
        let again = |block| Done::already(Accepted::BlockPlaced { block: Box::new(block), skipped: Vec::new() });
        let new: Vec<Interval> =
            self.times.iter().filter(|time| !block.times.iter().any(|own| own.overlaps(time))).copied().collect();
        let new: Vec<Interval> = new.into_iter().filter(|time| time.end > facility.now).collect();
        if new.is_empty() {
            return Ok(again(block));
        }
        let times = check_times(&new, block.kind, facility)?;
        let mode = if block.mode == BlockMode::Displace { BlockMode::Displace } else { BlockMode::Skip };
        match add_times(facility, block.clone(), times, mode) {
            // All of them were left out: the next run brings them again.
            Err(Rejection::InTheWay(_)) if mode == BlockMode::Skip => Ok(again(block)),
            other => other,
        }
    }
}
