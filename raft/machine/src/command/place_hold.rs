//! Holds a slot for a member: somebody is choosing, and nobody else gets it meanwhile.
//!
//! It is the only command that asks all the rules. The same member attempting the very same slot again gets
//! the same hold, so a second click costs nothing.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::record::Record;
use crate::rules::{self, Override, SlotRequest};
use crate::view::View;
use crate::{
    Accepted, Actor, CourtId, Event, Facility, HoldId, Instant, Interval, MemberId, Rejection, Reservation,
    ReservationId, Settings, Status,
};

/// Holds a slot for a member for the facility's `hold_seconds`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceHold {
    /// Minted by the proposer.
    pub hold_id: HoldId,
    /// Minted by the proposer.
    pub reservation_id: ReservationId,
    /// Which court.
    pub court_id: CourtId,
    /// For whom.
    pub member_id: MemberId,
    /// When.
    pub slot: Interval,
    /// `web sms staff api`.
    pub source: String,
    /// Rules that staff set aside.
    pub overrides: Option<Override>,
}

/// What an attempt comes to.
pub(crate) enum Decision {
    /// The member holds this very slot already.
    Again(Box<Reservation>),
    /// The slot is free.
    Place(Box<Reservation>),
}

impl PlaceHold {
    /// Whether the slot can be held; changes nothing.
    pub(crate) fn decide(&self, view: &View<'_>, actor: &Actor) -> Result<Decision, Rejection> {
        let settings = view.settings()?;
        actor.must_act_for(&self.member_id)?;
        if let Some(hold) = self.same_hold(view) {
            return Ok(Decision::Again(hold));
        }
        // A minted id that is taken is a fault of whoever minted it, not a conflict over the slot.
        if view.hold(&self.hold_id).is_some() || view.reservation(&self.reservation_id).is_some() {
            return Err(Rejection::ReservationExists);
        }
        let Self { court_id: court, member_id: member, slot, .. } = self;
        let wish = SlotRequest { court, member, slot: *slot, instead_of: None, with_credits: false };
        let granted = rules::grant(view, actor, wish, self.overrides.as_ref())?;
        let mut hold = self.held(view.now, expiry(view.now, settings, slot));
        hold.rate_cents = granted.rate_cents;
        Override::note_on(&mut hold, granted.overridden, self.overrides.as_ref());
        Ok(Decision::Place(Box::new(hold)))
    }

    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let hold = match self.decide(&View::new(facility, facility.now), actor)? {
            Decision::Again(hold) => return Ok(Done::already(Accepted::HoldPlaced(hold))),
            Decision::Place(hold) => hold,
        };
        facility.put_record(Record::new((*hold).clone()));
        Ok(Done::changed(Accepted::HoldPlaced(hold.clone()), Event::HoldPlaced(hold)))
    }

    fn same_hold(&self, view: &View<'_>) -> Option<Box<Reservation>> {
        let claim = view.claim_at(&self.court_id, self.slot.start)?;
        let there = &claim.reservation;
        let same = there.status == Status::Held && there.member_id == self.member_id && there.slot == self.slot;
        same.then(|| Box::new(there.clone()))
    }

    fn held(&self, now: Instant, expiry: Instant) -> Reservation {
        Reservation {
            hold_id: Some(self.hold_id.clone()),
            hold_expiry: Some(expiry),
            source: self.source.clone(),
            ..Reservation::new(
                self.reservation_id.clone(),
                self.court_id.clone(),
                self.member_id.clone(),
                self.slot,
                now,
            )
        }
    }
}

/// When a hold placed at `now` ends: it lives at least a moment, and never longer than its slot,
/// so that what is confirmed is never over already.
fn expiry(now: Instant, settings: &Settings, slot: &Interval) -> Instant {
    now.plus(i64::from(settings.hold_seconds.max(1)) * 1000).min(slot.end)
}

#[cfg(test)]
mod tests {
    use super::super::cases::{Case, at, by_id, confirm, hours, person, place, release, run, service, staff};
    use crate::{Instant, Interval};

    fn case(
        name: &'static str,
        given: Vec<(Instant, super::super::Command)>,
        when: super::super::Command,
        then: &'static str,
    ) -> Case {
        let given = given.into_iter().map(|(now, command)| (now, service(), command)).collect();
        Case { name, given, when: (at(8, 0), service(), when), then }
    }

    #[test]
    fn a_slot_is_held_or_every_rule_in_the_way_is_named() {
        let half_past = Interval { start: at(10, 30), end: at(11, 30) };
        let held = || vec![(at(8, 0), place(1, "c1", "ana", hours(10, 11)))];
        run(vec![
            case("a free slot", vec![], place(1, "c1", "ana", hours(10, 11)), "placed r1 Held | r1 Held"),
            case("another starts inside it", held(), place(2, "c1", "ben", half_past), "off_grid time_overlap"),
            case("another spans it", held(), place(2, "c1", "ben", hours(9, 11)), "time_overlap"),
            case("one that ends as it begins", held(), place(2, "c1", "ben", hours(9, 10)), "placed r2 Held | r2 Held"),
            case(
                "one that begins as it ends",
                held(),
                place(2, "c1", "ben", hours(11, 12)),
                "placed r2 Held | r2 Held",
            ),
            case("the other court", held(), place(2, "c2", "ben", hours(10, 11)), "placed r2 Held | r2 Held"),
            case("the same member again", held(), place(2, "c1", "ana", hours(10, 11)), "placed r1 Held"),
            case("the same member, longer", held(), place(2, "c1", "ana", hours(10, 12)), "time_overlap"),
            case("before now", vec![], place(1, "c1", "ana", hours(7, 8)), "past_time"),
            case("as it begins", vec![], place(1, "c1", "ana", hours(8, 9)), "placed r1 Held | r1 Held"),
            case("before opening", vec![], place(1, "c1", "ana", hours(28, 29)), "outside_hours"),
            case("over closing time", vec![], place(1, "c1", "ana", hours(21, 23)), "outside_hours"),
            case("an opening past midnight", vec![], place(1, "c1", "ana", hours(47, 49)), "placed r1 Held | r1 Held"),
            case("its last hour", vec![], place(1, "c1", "ana", hours(49, 50)), "placed r1 Held | r1 Held"),
            case("beyond the calendar", vec![], place(1, "c1", "ana", hours(90, 91)), "outside_hours"),
            case("too long", vec![], place(1, "c1", "ana", hours(10, 13)), "invalid_duration"),
            case("closed court", vec![], place(1, "c3", "ana", hours(10, 11)), "court_inactive"),
            case("no court", vec![], place(1, "c9", "ana", hours(10, 11)), "CourtUnknown"),
            case("no member", vec![], place(1, "c1", "zoe", hours(10, 11)), "MemberUnknown"),
            case("ends as it begins", vec![], place(1, "c1", "ana", hours(10, 10)), "EmptyInterval"),
            case("ends before it begins", vec![], place(1, "c1", "ana", hours(11, 10)), "EmptyInterval"),
            case("a taken id", held(), place(1, "c2", "ben", hours(12, 13)), "ReservationExists"),
            case(
                "all at once",
                vec![],
                place(1, "c3", "ana", hours(1, 5)),
                "court_inactive past_time outside_hours invalid_duration",
            ),
        ]);
    }

    #[test]
    fn a_half_slot_is_no_slot() {
        let slot = Interval { start: at(10, 0), end: at(11, 30) };
        run(vec![case("an hour and a half", vec![], place(1, "c1", "ana", slot), "invalid_duration")]);
    }

    #[test]
    fn a_member_holds_two_slots_at_most_and_lapsed_or_booked_ones_do_not_count() {
        let two = |now| vec![(now, place(1, "c1", "ana", hours(10, 11))), (now, place(2, "c1", "ana", hours(12, 13)))];
        let third = || place(3, "c2", "ana", hours(14, 15));
        let mut booked = two(at(8, 0));
        booked.push((at(8, 0), confirm(by_id("h1"), None)));
        let mut released = two(at(8, 0));
        released.push((at(8, 0), release(by_id("h1"))));
        run(vec![
            case("two are live", two(at(8, 0)), third(), "hold_limit"),
            case("two have lapsed", two(at(7, 0)), third(), "placed r3 Held | r1 Expired, r2 Expired, r3 Held"),
            case("one is booked", booked, third(), "placed r3 Held | r3 Held"),
            case("one is given up", released, third(), "placed r3 Held | r3 Held"),
        ]);
    }

    #[test]
    fn a_hold_is_over_at_its_deadline_and_not_before() {
        let held = || vec![(at(7, 59), service(), place(1, "c1", "ana", hours(10, 11)))];
        let deadline = at(7, 59).plus(15_000);
        let attempt = |now| (now, service(), place(2, "c1", "ben", hours(10, 11)));
        run(vec![
            Case {
                name: "a millisecond before",
                given: held(),
                when: attempt(deadline.plus(-1)),
                then: "time_overlap",
            },
            Case {
                name: "at it",
                given: held(),
                when: attempt(deadline),
                then: "placed r2 Held | r1 Expired, r2 Held",
            },
        ]);
    }

    #[test]
    fn a_member_holds_for_itself_and_the_club_for_anybody() {
        let attempt = |actor| (at(8, 0), actor, place(1, "c1", "ana", hours(10, 11)));
        let case = |name, actor, then| Case { name, given: vec![], when: attempt(actor), then };
        run(vec![
            case("itself", person("ana"), "placed r1 Held | r1 Held"),
            case("somebody else", person("ben"), "NotYours"),
            case("staff", staff(), "placed r1 Held | r1 Held"),
            case("courtd", crate::Actor::System, "placed r1 Held | r1 Held"),
        ]);
    }
}
