//! Takes over a reservation that is already a fact elsewhere.
//!
//! What is booked already is a fact, so the rules of an attempt do not apply to it: only another live
//! claim is in its way, and first by arrival wins. It never removes anything that lives here.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::record::Record;
use crate::rules;
use crate::view::View;
use crate::{
    Accepted, Actor, Conflict, CourtId, Event, Facility, Instant, Interval, MemberId, Rejection, Reservation,
    ReservationId, Status,
};

/// Takes over a reservation that is already a fact elsewhere: none of the rules of an attempt
/// refuses it, only another claim in the way, and that it is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReservation {
    /// Its id where it comes from.
    pub reservation_id: ReservationId,
    /// Which court.
    pub court_id: CourtId,
    /// For whom.
    pub member_id: MemberId,
    /// When.
    pub slot: Interval,
    /// When it was confirmed there.
    pub confirmed_at: Option<Instant>,
    /// What it was called there.
    pub booking_type: String,
    /// How it was made there.
    pub source: String,
    /// Free text.
    pub notes: Option<String>,
}

impl ImportReservation {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        let view = View::new(facility, facility.now);
        let settings = view.settings()?.clone();
        view.court(&self.court_id)?;
        view.member(&self.member_id)?;
        let Interval { start, end } = self.slot;
        if start >= end {
            return Err(Rejection::EmptyInterval);
        }
        if let Some(there) = view.reservation(&self.reservation_id) {
            let there = &there.reservation;
            let again = || Done::already(Accepted::ReservationImported(Box::new(there.clone())));
            return if self.is_content_of(there) { Ok(again()) } else { Err(Rejection::ReservationExists) };
        }
        if end <= view.now {
            return Err(Rejection::Conflicts(vec![Conflict::PastTime { start, now: view.now }]));
        }
        let conflicts = rules::in_the_way(&view, &self.court_id, self.slot);
        if !conflicts.is_empty() {
            return Err(Rejection::Conflicts(conflicts));
        }
        let reservation = Box::new(self.confirmed(facility.now));
        let mut record = Record::new((*reservation).clone());
        record.bind(&settings, facility.now);
        facility.put_record(record);
        let event = Event::ReservationImported(reservation.clone());
        Ok(Done::changed(Accepted::ReservationImported(reservation), event))
    }

    fn is_content_of(&self, there: &Reservation) -> bool {
        let imported = Self {
            reservation_id: there.id.clone(),
            court_id: there.court_id.clone(),
            member_id: there.member_id.clone(),
            slot: there.slot,
            confirmed_at: there.confirmed_at,
            booking_type: there.booking_type.clone(),
            source: there.source.clone(),
            notes: there.notes.clone(),
        };
        imported == *self
    }

    fn confirmed(&self, now: Instant) -> Reservation {
        Reservation {
            status: Status::Confirmed,
            source: self.source.clone(),
            booking_type: self.booking_type.clone(),
            notes: self.notes.clone(),
            // What is not known there is not made up here.
            confirmed_at: self.confirmed_at,
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

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, at, hours, import, person, place, run, service};
    use crate::Actor;

    fn case(name: &'static str, given: Vec<Command>, when: Command, then: &'static str) -> Case {
        let given = given.into_iter().map(|command| (at(8, 0), service(), command)).collect();
        Case { name, given, when: (at(8, 0), Actor::System, when), then }
    }

    #[test]
    fn a_fact_is_taken_over_unless_something_is_in_its_way() {
        let there = || vec![import("x", "c1", "ana", hours(10, 11))];
        let imported = "imported x Confirmed | x Confirmed";
        run(vec![
            case("a fact", vec![], import("x", "c1", "ana", hours(10, 11)), imported),
            case("outside hours, too long", vec![], import("x", "c1", "ana", hours(1, 9)), imported),
            case("on a closed court", vec![], import("x", "c3", "ana", hours(10, 11)), imported),
            case("over another", there(), import("y", "c1", "ben", hours(10, 12)), "time_overlap"),
            case(
                "over a hold",
                vec![place(1, "c1", "ana", hours(10, 11))],
                import("y", "c1", "ben", hours(9, 12)),
                "time_overlap",
            ),
            case("again", there(), import("x", "c1", "ana", hours(10, 11)), "imported x Confirmed"),
            case("another of that id", there(), import("x", "c1", "ana", hours(12, 13)), "ReservationExists"),
            case("over already", vec![], import("x", "c1", "ana", hours(7, 8)), "past_time"),
            case("no court", vec![], import("x", "c9", "ana", hours(10, 11)), "CourtUnknown"),
            case("no member", vec![], import("x", "c1", "zoe", hours(10, 11)), "MemberUnknown"),
            case("empty", vec![], import("x", "c1", "ana", hours(10, 10)), "EmptyInterval"),
        ]);
    }

    #[test]
    fn no_member_imports() {
        let when = (at(8, 0), person("ana"), import("x", "c1", "ana", hours(10, 11)));
        run(vec![Case { name: "a member", given: vec![], when, then: "NotYours" }]);
    }
}
