//! Gives a hold up. It never touches a reservation.
//!
//! Releasing what is gone already is fine, so that nobody has to know who was first. A reservation is not
//! given up this way: it is cancelled, under its policy.

use serde::{Deserialize, Serialize};

use super::{Done, HoldRef};
use crate::record::Record;
use crate::view::View;
use crate::{Accepted, Actor, Event, Facility, Rejection, Status};

/// Gives a hold up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseHold {
    /// Which hold.
    pub hold: HoldRef,
}

impl ReleaseHold {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let view = View::new(facility, facility.now);
        view.settings()?;
        let Some(hold) = self.hold.find(&view) else { return Ok(Done::already(Accepted::HoldReleased(None))) };
        actor.must_act_for(&hold.reservation.member_id)?;
        match hold.reservation.status {
            Status::Held | Status::PaymentPending => {
                let mut record = Record::clone(hold);
                record.end(Status::Released, facility.now);
                let released = Box::new(record.reservation.clone());
                facility.put_record(record);
                let accepted = Accepted::HoldReleased(Some(released.clone()));
                Ok(Done::changed(accepted, Event::HoldReleased(released)))
            }
            Status::Confirmed | Status::CheckedIn => Err(Rejection::NotAHold),
            Status::Completed | Status::Cancelled | Status::Released | Status::Expired | Status::NoShow => {
                Ok(Done::already(Accepted::HoldReleased(None)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cases::{
        Case, Step, at, by_id, by_slot, cancel, confirm, hours, person, place, release, run, service,
    };
    use crate::{Command, HoldRef};

    fn held(then: Vec<Command>) -> Vec<Step> {
        let hold = place(1, "c1", "ana", hours(10, 11));
        std::iter::once(hold).chain(then).map(|command| (at(8, 0), service(), command)).collect()
    }

    fn case(name: &'static str, then_given: Vec<Command>, hold: HoldRef, then: &'static str) -> Case {
        Case { name, given: held(then_given), when: (at(8, 0), service(), release(hold)), then }
    }

    #[test]
    fn a_release_ends_a_hold_and_nothing_else() {
        let slot = || by_slot("c1", at(10, 0));
        let booked = || vec![confirm(by_id("h1"), None)];
        let cancelled = || vec![confirm(by_id("h1"), None), cancel("r1", None)];
        run(vec![
            case("by id", vec![], by_id("h1"), "released r1 Released | r1 Released"),
            case("by slot", vec![], slot(), "released r1 Released | r1 Released"),
            case("again", vec![release(by_id("h1"))], by_id("h1"), "released nothing"),
            case("again by slot", vec![release(slot())], slot(), "released nothing"),
            case("there was none", vec![], by_id("h9"), "released nothing"),
            case("none on the slot", vec![], by_slot("c2", at(10, 0)), "released nothing"),
            case("it is booked", booked(), by_id("h1"), "NotAHold"),
            case("the slot is booked", booked(), slot(), "NotAHold"),
            case("it was booked and called off", cancelled(), by_id("h1"), "released nothing"),
        ]);
    }

    #[test]
    fn a_member_releases_its_own_holds_only() {
        let by = |name, id, hold, then| Case {
            name,
            given: held(vec![]),
            when: (at(8, 0), person(id), release(hold)),
            then,
        };
        run(vec![
            by("its holder", "ana", by_id("h1"), "released r1 Released | r1 Released"),
            by("another by id", "ben", by_id("h1"), "NotYours"),
            by("another by slot", "ben", by_slot("c1", at(10, 0)), "NotYours"),
        ]);
    }

    #[test]
    fn a_lapsed_hold_is_gone_already() {
        let when = (at(9, 0), service(), release(by_id("h1")));
        run(vec![Case { name: "lapsed", given: held(vec![]), when, then: "released nothing | r1 Expired" }]);
    }
}
