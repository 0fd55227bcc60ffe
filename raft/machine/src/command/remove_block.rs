//! Takes a block away: whole, one of its times, or all from one of them on.
//!
//! What it leaves free goes to those who wait, in the same log entry. Taking away what is not there is
//! fine, so that nobody has to know who was first. What a block displaced does not come back.

use serde::{Deserialize, Serialize};

use super::Done;
use super::place_block::blocked;
use crate::{Accepted, Actor, BlockId, Event, Facility, Instant, Interval, Rejection};

/// Which times of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WhichTimes {
    /// All of them, and the block with them.
    All,
    /// The one that begins then.
    One(Instant),
    /// The one that begins then, and all after it.
    From(Instant),
}

/// Takes a block away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveBlock {
    /// Which block.
    pub block_id: BlockId,
    /// Which of its times.
    pub times: WhichTimes,
}

impl RemoveBlock {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        facility.settings().ok_or(Rejection::FacilityUnknown)?;
        let Some(mut block) = facility.block(&self.block_id).cloned() else {
            return Ok(Done::already(Accepted::BlockRemoved(None)));
        };
        let (gone, left): (Vec<Interval>, Vec<Interval>) = block.times.iter().partition(|time| self.names(time));
        if gone.is_empty() {
            return Ok(Done::already(Accepted::BlockRemoved(Some(Box::new(block)))));
        }
        block.times = left;
        block.version += 1;
        if matches!(self.times, WhichTimes::From(_)) {
            // It does not go on as the calendar grows.
            block.recurrence = None;
        }
        if block.times.is_empty() {
            facility.remove_block(&self.block_id);
        } else {
            facility.put_block(block.clone());
        }
        let mut events = vec![Event::BlockRemoved(Box::new(block.clone()))];
        events.extend(blocked(facility, &block, &gone).map(|slot| Event::SlotUnblocked(Box::new(slot))));
        if block.kind.is_claim() {
            gone.iter().for_each(|time| facility.note_open(block.court_id.as_ref(), *time));
        }
        Ok(Done { accepted: Accepted::BlockRemoved(Some(Box::new(block))), events })
    }

    fn names(&self, time: &Interval) -> bool {
        match self.times {
            WhichTimes::All => true,
            WhichTimes::One(start) => time.start == start,
            WhichTimes::From(start) => time.start >= start,
        }
    }
}
