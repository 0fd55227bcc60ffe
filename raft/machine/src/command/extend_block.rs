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
        let again = |block, skipped| Done::already(Accepted::BlockPlaced { block: Box::new(block), skipped });
        let new: Vec<Interval> =
            self.times.iter().filter(|time| !block.times.iter().any(|own| own.overlaps(time))).copied().collect();
        let new: Vec<Interval> = new.into_iter().filter(|time| time.end > facility.now).collect();
        if new.is_empty() {
            return Ok(again(block, Vec::new()));
        }
        let times = check_times(&new, block.kind, facility)?;
        let mode = if block.mode == BlockMode::Displace { BlockMode::Displace } else { BlockMode::Skip };
        match add_times(facility, block.clone(), times, mode) {
            // All of them were left out: the next run brings them again.
            Err(Rejection::InTheWay(_)) if mode == BlockMode::Skip => Ok(again(block, new)),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::WhichTimes;
    use super::super::cases::{Case, at, hours, person, run};
    use super::super::words::{at_desk, block, book, extend, unblock};
    use super::*;
    use crate::BlockMode::{Displace, Reject, Skip};

    /// The job brings `when` to a block that stands at 10:00.
    fn case(name: &'static str, mode: BlockMode, then: Vec<Command>, when: &[Interval], told: &'static str) -> Case {
        let given = [block(Some("c1"), mode, &[hours(10, 11)])].into_iter().chain(then).collect();
        Case { name, given: at_desk(at(8, 0), given), when: (at(8, 0), Actor::System, extend(when)), then: told }
    }

    #[test]
    fn a_block_grows_by_what_is_new_and_by_nothing_twice() {
        let grown = "block b1 2 skipped 0 | block b1 2, c1 blocked";
        let first = [hours(10, 11)];
        run(vec![
            case("new", Reject, vec![], &[hours(42, 43)], grown),
            case("new and old", Reject, vec![], &[hours(10, 11), hours(42, 43)], grown),
            case("brought already", Reject, vec![extend(&[hours(42, 43)])], &[hours(42, 43)], "block b1 2 skipped 0"),
            case("over already", Reject, vec![], &[hours(6, 8)], "block b1 1 skipped 0"),
            case("taken away meanwhile", Reject, vec![unblock(WhichTimes::All)], &first, "BlockUnknown"),
        ]);
        let given = at_desk(at(8, 0), vec![block(Some("c1"), Reject, &first)]);
        let when = (at(8, 0), person("ana"), extend(&[hours(42, 43)]));
        run(vec![Case { name: "by a member", given, when, then: "NotYours" }]);
    }

    #[test]
    fn what_is_in_the_way_of_a_job_is_left_out_unless_the_block_displaces() {
        let booked = || vec![book("r1", "c1", "ana", hours(42, 43)), book("r2", "c2", "ana", hours(44, 45))];
        let one = [hours(42, 43)];
        let two = [hours(42, 43), hours(44, 45)];
        let displaced = "block b1 2 skipped 0 | r1 displaced, joined wl_08dc8307b57be76c_0 Active, block b1 2, \
                         c1 blocked, rsv_08dc8307b57be76c_0-1 Held, offer wl_08dc8307b57be76c_0 Offered";
        run(vec![
            case("a block that refuses", Reject, booked(), &two, "block b1 2 skipped 1 | block b1 2, c1 blocked"),
            case("one that leaves out", Skip, booked(), &two, "block b1 2 skipped 1 | block b1 2, c1 blocked"),
            case("all of it", Skip, booked(), &one, "block b1 1 skipped 1"),
            case("one that displaces", Displace, booked(), &one, displaced),
        ]);
    }
}
