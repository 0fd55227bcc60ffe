//! Declines what is offered to an entry of the waitlist: the slot goes to the next, in the same log entry.
//!
//! The entry goes on waiting for something else; this slot is not given to it again. Releasing the offer's
//! hold the ordinary way is the same.

use serde::{Deserialize, Serialize};

use super::{Done, accept_offer};
use crate::{Accepted, Actor, Facility, Rejection, WaitlistId, waitlist};

/// Declines what is offered to an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclineOffer {
    /// Which entry.
    pub waitlist_id: WaitlistId,
}

impl DeclineOffer {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        facility.settings().ok_or(Rejection::FacilityUnknown)?;
        let entry = facility.waitlist_entry(&self.waitlist_id).ok_or(Rejection::WaitlistUnknown)?;
        actor.must_act_for(&entry.member_id)?;
        let Some(offered) = facility.offered(&self.waitlist_id).and_then(|entry| entry.reservation_id) else {
            return Err(accept_offer::none(entry));
        };
        let mut events = Vec::new();
        waitlist::end_offer(facility, &offered, true, &mut events);
        Ok(Done { accepted: Accepted::OfferDeclined(self.waitlist_id.clone()), events })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, Step, at, by_id, by_slot, confirm, hours, import, person, release, run, service};
    use crate::waitlist::cases::{accept, auto, decline, eight, join, leave, on, wish};
    use crate::{Actor, Instant};

    /// Ana is offered `c1` from 12 to 13, until 08:30; ben waits for it.
    fn offered(then: Vec<Command>) -> Vec<Step> {
        let mut given = vec![
            import("x", "c2", "ben", hours(12, 13)),
            join("w1", "ana", on("c1", wish(12, 13))),
            join("w2", "ben", wish(12, 13)),
        ];
        given.extend(then);
        given.into_iter().map(|command| (eight(), service(), command)).collect()
    }

    fn case(name: &'static str, then: Vec<Command>, when: (Instant, Actor, Command), told: &'static str) -> Case {
        Case { name, given: offered(then), when, then: told }
    }

    #[test]
    fn an_offer_is_taken_or_goes_to_the_next_in_the_same_entry() {
        // Ben has c2 then: he is on it in person, so nobody waits who could have c1.
        let by = |who| move |command| (at(8, 10), person(who), command);
        let ana = by("ana");
        let gone = "r | ";
        let _ = gone;
        run(vec![
            case(
                "taken",
                vec![],
                ana(accept("w1")),
                "confirmed rsv_w1-1 Confirmed | rsv_w1-1 Confirmed, accepted w1 Converted",
            ),
            case(
                "taken by its hold",
                vec![],
                ana(confirm(by_id("hld_w1-1"), None)),
                "confirmed rsv_w1-1 Confirmed | rsv_w1-1 Confirmed, accepted w1 Converted",
            ),
            case(
                "taken under an own id",
                vec![],
                ana(confirm(by_id("hld_w1-1"), Some("mine"))),
                "confirmed mine Confirmed | mine Confirmed, accepted w1 Converted",
            ),
            case("taken again", vec![accept("w1")], ana(accept("w1")), "confirmed rsv_w1-1 Confirmed"),
            case("taken by another", vec![], by("ben")(accept("w1")), "NotYours"),
            case(
                "taken too late",
                vec![],
                (at(8, 30), person("ana"), accept("w1")),
                "OfferExpired { at: Instant(30600000) } | rsv_w1-1 Expired, lapsed w1 Active",
            ),
            case(
                "a moment before",
                vec![],
                (at(8, 30).plus(-1), person("ana"), accept("w1")),
                "confirmed rsv_w1-1 Confirmed | rsv_w1-1 Confirmed, accepted w1 Converted",
            ),
            case("declined", vec![], ana(decline("w1")), "declined w1 | rsv_w1-1 Released, declined w1 Active"),
            case(
                "declined by its hold",
                vec![],
                ana(release(by_slot("c1", at(12, 0)))),
                "released rsv_w1-1 Released | rsv_w1-1 Released, declined w1 Active",
            ),
            case("declined twice", vec![decline("w1")], ana(decline("w1")), "NoActiveOffer"),
            case("declined by another", vec![], by("ben")(decline("w1")), "NotYours"),
            case("left", vec![], ana(leave("w1")), "left w1 Cancelled | rsv_w1-1 Released, left w1 Cancelled"),
            case("left twice", vec![leave("w1")], ana(leave("w1")), "left w1 Cancelled"),
            case("nothing is offered", vec![], by("ben")(accept("w2")), "NoActiveOffer"),
            case("no such entry", vec![], ana(accept("w9")), "WaitlistUnknown"),
        ]);
    }

    #[test]
    fn the_next_is_served_in_the_entry_that_frees_the_slot() {
        let given = |wishes: Vec<Command>| {
            let taken = [import("x", "c1", "cat", hours(12, 13)), import("y", "c2", "cat", hours(12, 13))];
            taken.into_iter().chain(wishes).map(|command| (eight(), service(), command)).collect()
        };
        let cancel = |id| super::super::cases::cancel(id, None);
        let case =
            |name, wishes, when, then| Case { name, given: given(wishes), when: (at(8, 10), service(), when), then };
        run(vec![
            case(
                "offered to the first",
                vec![join("w1", "ana", wish(12, 13)), join("w2", "ben", wish(12, 13))],
                cancel("x"),
                "cancelled x late credits 1 fee 500 | x Cancelled, credits cat -1, rsv_w1-1 Held, offer w1 Offered",
            ),
            case(
                "who asked for the court is before who takes any",
                vec![join("w1", "ana", wish(12, 13)), join("w2", "ben", on("c1", wish(12, 13)))],
                cancel("x"),
                "cancelled x late credits 1 fee 500 | x Cancelled, credits cat -1, rsv_w2-1 Held, offer w2 Offered",
            ),
            case(
                "booked for the first",
                vec![join("w1", "ana", auto(wish(12, 13)))],
                cancel("x"),
                "cancelled x late credits 1 fee 500 | x Cancelled, credits cat -1, rsv_w1-1 Confirmed, auto w1 Converted",
            ),
            case(
                "declined, and offered to the next",
                vec![join("w1", "ana", wish(12, 13)), join("w2", "ben", wish(12, 13)), cancel("x")],
                decline("w1"),
                "declined w1 | rsv_w1-1 Released, declined w1 Active, rsv_w2-1 Held, offer w2 Offered",
            ),
        ]);
    }
}
