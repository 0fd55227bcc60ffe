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

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, at, club, envelope, hours, person, run, staff};
    use super::super::words::{at_desk, b1, block, book, longer, unblock};
    use super::*;
    use crate::BlockMode::Reject;
    use crate::apply;
    use crate::waitlist::cases::{auto, join, on, wish};

    fn shut() -> Vec<Command> {
        vec![block(Some("c1"), Reject, &[hours(10, 11), hours(12, 13), hours(14, 15)])]
    }

    fn case(name: &'static str, given: Vec<Command>, when: Command, then: &'static str) -> Case {
        Case { name, given: at_desk(at(8, 0), given), when: (at(8, 0), staff(), when), then }
    }

    #[test]
    fn a_block_goes_whole_at_one_time_or_from_one_on() {
        let gone = "block Some(0) removed | block b1 left 0, c1 unblocked, c1 unblocked, c1 unblocked";
        let one = "block Some(2) removed | block b1 left 2, c1 unblocked";
        let rest = "block Some(1) removed | block b1 left 1, c1 unblocked, c1 unblocked";
        run(vec![
            case("whole", shut(), unblock(WhichTimes::All), gone),
            case("one time", shut(), unblock(WhichTimes::One(at(12, 0))), one),
            case("from one on", shut(), unblock(WhichTimes::From(at(12, 0))), rest),
            case("no such time", shut(), unblock(WhichTimes::One(at(13, 0))), "block Some(3) removed"),
            case("no such block", vec![], unblock(WhichTimes::All), "block None removed"),
            case(
                "longer hours",
                vec![longer(None, &[hours(22, 23)])],
                unblock(WhichTimes::All),
                "block Some(0) removed | block b1 left 0",
            ),
        ]);
        let when = (at(8, 0), person("ana"), unblock(WhichTimes::All));
        run(vec![Case { name: "by a member", given: at_desk(at(8, 0), shut()), when, then: "NotYours" }]);
    }

    #[test]
    fn what_it_leaves_free_is_booked_again_or_goes_to_who_waits() {
        let freed = || shut().into_iter().chain([unblock(WhichTimes::One(at(12, 0)))]).collect::<Vec<_>>();
        let waits = || shut().into_iter().chain([join("w1", "ana", auto(on("c1", wish(12, 13))))]).collect::<Vec<_>>();
        let given = "block Some(2) removed | block b1 left 2, c1 unblocked, rsv_w1-1 Confirmed, auto w1 Converted";
        run(vec![
            case("what is free", freed(), book("r1", "c1", "ana", hours(12, 13)), "booked r1 Confirmed | r1 Confirmed"),
            case("what is not", freed(), book("r1", "c1", "ana", hours(14, 15)), "blocked_period"),
            case("who waits", waits(), unblock(WhichTimes::One(at(12, 0))), given),
        ]);
    }

    #[test]
    fn one_that_ends_does_not_go_on_as_the_calendar_grows() {
        let mut facility = club();
        for (step, command) in (1..).zip(shut().into_iter().chain([unblock(WhichTimes::One(at(10, 0)))])) {
            apply(&mut facility, step, &envelope(step, at(8, 0), staff(), command)).reply.expect("it stands");
        }
        assert!(facility.block(&b1()).unwrap().recurrence.is_some(), "one time is left out, and it goes on");
        let end = envelope(9, at(8, 0), staff(), unblock(WhichTimes::From(at(14, 0))));
        apply(&mut facility, 9, &end).reply.expect("it stands");
        assert_eq!(facility.block(&b1()).unwrap().recurrence, None);
    }
}
