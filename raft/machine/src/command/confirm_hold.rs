//! Turns a hold into a reservation, before its deadline and by whose it is.
//!
//! The hold is named by its id or, as in the original, by its slot; the reservation may take an id of the
//! client's own. The rules were checked when the hold was placed and are not asked again; what it costs is paid now, or
//! owed at the desk.

use serde::{Deserialize, Serialize};

use super::{Done, HoldRef};
use crate::booking::{self, Paid};
use crate::record::Record;
use crate::view::View;
use crate::{Accepted, Actor, CourtId, Facility, Instant, Pay, Rejection, Reservation, ReservationId, Status};

/// Turns a hold into a reservation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmHold {
    /// Which hold.
    pub hold: HoldRef,
    /// The id minted by the attempt, or the client's own, unused one.
    pub reservation_id: Option<ReservationId>,
    /// How it is to be paid.
    pub pay: Pay,
}

/// What a confirm comes to.
pub(crate) enum Decision {
    /// It is confirmed already, by this very confirm.
    Again(Box<Reservation>),
    /// The hold is live.
    Confirm {
        /// The id of the held reservation.
        held: ReservationId,
        /// The id that it has from now on.
        confirmed: ReservationId,
        /// What it is paid with.
        paid: Paid,
    },
}

impl ConfirmHold {
    /// Whether the hold can be confirmed; changes nothing.
    pub(crate) fn decide(&self, view: &View<'_>, actor: &Actor) -> Result<Decision, Rejection> {
        view.settings()?;
        if let Some(named) = self.reservation_id.as_ref().and_then(|id| view.reservation(id)) {
            return self.confirm_named(view, named, actor);
        }
        match (&self.hold, self.hold.find(view)) {
            (HoldRef::Id(_), None) => Err(Rejection::HoldUnknown),
            (HoldRef::Id(_), Some(hold)) => self.confirm_found(view, hold, actor),
            (HoldRef::Slot { court_id, start }, None) => Err(late(view, court_id, *start, actor)),
            (HoldRef::Slot { .. }, Some(claim)) => self.confirm_claim(view, claim, actor),
        }
    }

    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let (held, confirmed, paid) = match self.decide(&View::new(facility, facility.now), actor)? {
            Decision::Again(reservation) => return Ok(Done::already(Accepted::HoldConfirmed(reservation))),
            Decision::Confirm { held, confirmed, paid } => (held, confirmed, paid),
        };
        let mut record = facility.book.get(&held).map(|record| Record::clone(record)).ok_or(Rejection::HoldUnknown)?;
        record.reservation.id = confirmed.clone();
        record.reservation.version += 1;
        let events = booking::book(facility, Some(&held), record, paid);
        let reservation = Box::new(facility.known_reservation(&confirmed)?);
        Ok(Done { accepted: Accepted::HoldConfirmed(reservation), events })
    }

    /// The reservation id that was given is known: it has to be that of the named hold.
    fn confirm_named(&self, view: &View<'_>, named: &Record, actor: &Actor) -> Result<Decision, Rejection> {
        let reservation = &named.reservation;
        let of_this_hold = match &self.hold {
            HoldRef::Id(id) => reservation.hold_id.as_ref() == Some(id),
            HoldRef::Slot { court_id, start } => reservation.court_id == *court_id && reservation.slot.start == *start,
        };
        if of_this_hold { self.confirm_found(view, named, actor) } else { Err(Rejection::ReservationExists) }
    }

    /// A claim stands on the named slot, and the given id, if one is, is not its own.
    fn confirm_claim(&self, view: &View<'_>, claim: &Record, actor: &Actor) -> Result<Decision, Rejection> {
        // A slot without an id does not say whose confirm is asked for again: told to somebody whose
        // hold ran out, "confirmed" would be another member's booking. A member names itself.
        let whose_is_unclear = self.reservation_id.is_some() || !matches!(actor, Actor::Member(_));
        if !claim.reservation.status.is_hold() && whose_is_unclear {
            return Err(Rejection::HoldUnknown);
        }
        self.confirm_found(view, claim, actor)
    }

    fn confirm_found(&self, view: &View<'_>, hold: &Record, actor: &Actor) -> Result<Decision, Rejection> {
        let reservation = &hold.reservation;
        actor.must_act_for(&reservation.member_id)?;
        let own_id = self.reservation_id.as_ref().is_none_or(|id| *id == reservation.id);
        match reservation.status {
            Status::Held | Status::PaymentPending => {
                let confirmed = self.reservation_id.clone().unwrap_or_else(|| reservation.id.clone());
                let paid = Paid::of(self.pay, reservation, view.settings()?, actor)?;
                let paid = paid.must_be_covered(view.member(&reservation.member_id)?)?;
                Ok(Decision::Confirm { held: reservation.id.clone(), confirmed, paid })
            }
            Status::Confirmed if own_id => Ok(Decision::Again(Box::new(reservation.clone()))),
            Status::Expired | Status::Released => Err(ended(reservation)),
            status => Err(Rejection::InvalidTransition { status }),
        }
    }
}

/// Why there is no hold to confirm on a slot that nobody claims.
fn late(view: &View<'_>, court: &CourtId, start: Instant, actor: &Actor) -> Rejection {
    let hold = view.last_ended_hold(court, start, |member| actor.must_act_for(member).is_ok());
    hold.map_or(Rejection::HoldUnknown, |hold| ended(&hold.reservation))
}

fn ended(hold: &Reservation) -> Rejection {
    match (hold.status, hold.ended_at) {
        (Status::Expired, Some(at)) => Rejection::HoldExpired { at },
        _ => Rejection::HoldUnknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::cases::{
        Case, Step, at, by_id, by_slot, cancel, confirm, hours, person, place, release, run, service,
    };
    use crate::{Actor, Command, Instant};

    /// Ana's hold of `c1` at 10:00, placed at 08:00.
    fn held(then: Vec<Command>) -> Vec<Step> {
        let hold = place(1, "c1", "ana", hours(10, 11));
        std::iter::once(hold).chain(then).map(|command| (at(8, 0), service(), command)).collect()
    }

    fn case(name: &'static str, then_given: Vec<Command>, when: Command, then: &'static str) -> Case {
        Case { name, given: held(then_given), when: (at(8, 0), service(), when), then }
    }

    fn deadline() -> Instant {
        at(8, 0).plus(15_000)
    }

    #[test]
    fn a_live_hold_becomes_a_reservation_under_the_id_that_was_asked_for() {
        let slot = || by_slot("c1", at(10, 0));
        run(vec![
            case("by id", vec![], confirm(by_id("h1"), None), "confirmed r1 Confirmed | r1 Confirmed"),
            case(
                "by id and its own",
                vec![],
                confirm(by_id("h1"), Some("r1")),
                "confirmed r1 Confirmed | r1 Confirmed",
            ),
            case(
                "by id, renamed",
                vec![],
                confirm(by_id("h1"), Some("mine")),
                "confirmed mine Confirmed | mine Confirmed",
            ),
            case("by slot", vec![], confirm(slot(), None), "confirmed r1 Confirmed | r1 Confirmed"),
            case("by slot and its own", vec![], confirm(slot(), Some("r1")), "confirmed r1 Confirmed | r1 Confirmed"),
            case(
                "by slot, renamed",
                vec![],
                confirm(slot(), Some("mine")),
                "confirmed mine Confirmed | mine Confirmed",
            ),
            case("no such hold", vec![], confirm(by_id("h9"), None), "HoldUnknown"),
            case("nothing on the slot", vec![], confirm(by_slot("c1", at(11, 0)), None), "HoldUnknown"),
            case("inside the slot", vec![], confirm(by_slot("c1", at(10, 30)), None), "HoldUnknown"),
            case("the other court", vec![], confirm(by_slot("c2", at(10, 0)), None), "HoldUnknown"),
        ]);
    }

    #[test]
    fn an_id_that_is_taken_confirms_nothing() {
        let other = || vec![place(2, "c1", "ben", hours(12, 13)), confirm(by_id("h2"), None)];
        run(vec![
            case("by id", other(), confirm(by_id("h1"), Some("r2")), "ReservationExists"),
            case("by slot", other(), confirm(by_slot("c1", at(10, 0)), Some("r2")), "ReservationExists"),
            case("no hold there", other(), confirm(by_slot("c1", at(14, 0)), Some("r2")), "ReservationExists"),
        ]);
    }

    #[test]
    fn the_same_confirm_again_is_answered_again_and_told_to_nobody() {
        let booked = |id| vec![confirm(by_id("h1"), id)];
        let slot = || by_slot("c1", at(10, 0));
        let renamed = || booked(Some("mine"));
        run(vec![
            case("by id", booked(None), confirm(by_id("h1"), None), "confirmed r1 Confirmed"),
            case("by id, renamed", renamed(), confirm(by_id("h1"), Some("mine")), "confirmed mine Confirmed"),
            case("by id without the name", renamed(), confirm(by_id("h1"), None), "confirmed mine Confirmed"),
            case("by slot", booked(None), confirm(slot(), Some("r1")), "confirmed r1 Confirmed"),
            case("by slot, another's id", booked(None), confirm(slot(), Some("other")), "HoldUnknown"),
            case("by slot, whose?", booked(None), confirm(slot(), None), "HoldUnknown"),
            case(
                "another name now",
                booked(None),
                confirm(by_id("h1"), Some("new")),
                "InvalidTransition { status: Confirmed }",
            ),
        ]);
        let again = (at(8, 0), person("ana"), confirm(slot(), None));
        run(vec![Case {
            name: "its own slot",
            given: held(booked(None)),
            when: again,
            then: "confirmed r1 Confirmed",
        }]);
    }

    #[test]
    fn an_expired_hold_is_never_confirmed() {
        let late = |name, now, when, then| Case { name, given: held(vec![]), when: (now, service(), when), then };
        let slot = || by_slot("c1", at(10, 0));
        let gone = "HoldExpired { at: Instant(28815000) } | r1 Expired";
        let hour = 60 * 60 * 1000;
        run(vec![
            late(
                "a millisecond early",
                deadline().plus(-1),
                confirm(by_id("h1"), None),
                "confirmed r1 Confirmed | r1 Confirmed",
            ),
            late("at the deadline", deadline(), confirm(by_id("h1"), None), gone),
            late("at the deadline by slot", deadline(), confirm(slot(), None), gone),
            late("with its own id", deadline(), confirm(slot(), Some("r1")), gone),
            late("under a new name", deadline(), confirm(slot(), Some("mine")), gone),
            late("nearly an hour on", deadline().plus(hour - 1), confirm(by_id("h1"), None), gone),
            late("forgotten", deadline().plus(hour), confirm(by_id("h1"), None), "HoldUnknown | r1 Expired"),
        ]);
    }

    #[test]
    fn a_late_confirm_does_not_take_the_next_ones_hold() {
        let mut given = held(vec![]);
        given.push((deadline(), service(), place(2, "c1", "ben", hours(10, 11))));
        let late = |name, actor, when, then| Case { name, given: given.clone(), when: (deadline(), actor, when), then };
        let gone = "HoldExpired { at: Instant(28815000) }";
        run(vec![
            late("by slot and id", service(), confirm(by_slot("c1", at(10, 0)), Some("r1")), gone),
            late("by hold", service(), confirm(by_id("h1"), None), gone),
            late("by slot", person("ana"), confirm(by_slot("c1", at(10, 0)), None), "NotYours"),
            late(
                "the holder",
                person("ben"),
                confirm(by_slot("c1", at(10, 0)), None),
                "confirmed r2 Confirmed | r2 Confirmed",
            ),
        ]);
    }

    #[test]
    fn what_has_ended_is_not_confirmed() {
        let released = || vec![release(by_id("h1"))];
        let cancelled = || vec![confirm(by_id("h1"), None), cancel("r1", None)];
        run(vec![
            case("released, by id", released(), confirm(by_id("h1"), None), "HoldUnknown"),
            case("released, by slot", released(), confirm(by_slot("c1", at(10, 0)), None), "HoldUnknown"),
            case("cancelled", cancelled(), confirm(by_id("h1"), None), "InvalidTransition { status: Cancelled }"),
        ]);
    }

    #[test]
    fn a_hold_is_confirmed_by_whose_it_is() {
        let by = |name, actor: Actor, hold, then| Case {
            name,
            given: held(vec![]),
            when: (at(8, 0), actor, confirm(hold, None)),
            then,
        };
        run(vec![
            by("its holder", person("ana"), by_id("h1"), "confirmed r1 Confirmed | r1 Confirmed"),
            by("another by id", person("ben"), by_id("h1"), "NotYours"),
            by("another by slot", person("ben"), by_slot("c1", at(10, 0)), "NotYours"),
        ]);
    }
}
