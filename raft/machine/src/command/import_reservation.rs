//! Takes over a reservation that is already a fact elsewhere.
//!
//! What is booked already is a fact, so the rules of an attempt do not apply to it: only another live
//! claim is in its way, and first by arrival wins. One that has ended is in nobody's way; it goes to the
//! history as it ended, and was counted, charged and told where it lived. Nothing that lives here goes.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::rules;
use crate::view::View;
use crate::{
    Accepted, Actor, Conflict, CourtId, Elsewhere, Event, Facility, ImportedLine, Instant, Interval, MemberId,
    Rejection, Reservation, ReservationId,
};

/// Takes over a reservation that is already a fact elsewhere: none of the rules of an attempt
/// refuses it. One that is to come is refused where another claim is in its way, or it is over.
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
    /// How it stood there.
    pub elsewhere: Box<Elsewhere>,
}

impl ImportReservation {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let view = View::new(facility, facility.now);
        if let Some(there) = self.decide(&view, actor)? {
            return Ok(Done::already(Accepted::ReservationImported(Box::new(there))));
        }
        let settings = view.settings()?.clone();
        let mut record = self.elsewhere.record(self.reservation(facility.now));
        if record.reservation.status.is_live() {
            record.bind(&settings, facility.now);
        }
        let reservation = Box::new(record.reservation.clone());
        // What would be forgotten at once is only told: the history has it, and the state stays small.
        if record.forgotten_at().is_none_or(|at| facility.now < at) {
            facility.put_record(record);
        }
        let imported = Event::ReservationImported(reservation.clone());
        let events = std::iter::once(imported).chain(self.lines()).collect();
        Ok(Done { accepted: Accepted::ReservationImported(reservation), events })
    }

    /// Whether it can come in; what is here of it already, where it is.
    pub(crate) fn decide(&self, view: &View<'_>, actor: &Actor) -> Result<Option<Reservation>, Rejection> {
        actor.must_not_be_member()?;
        view.settings()?;
        view.court(&self.court_id)?;
        view.member(&self.member_id)?;
        if self.slot.start >= self.slot.end {
            return Err(Rejection::EmptyInterval);
        }
        if let Some(there) = view.reservation(&self.reservation_id) {
            let there = &there.reservation;
            return if self.is(there) { Ok(Some(there.clone())) } else { Err(Rejection::ReservationExists) };
        }
        let status = self.elsewhere.status;
        if status.is_hold() {
            return Err(Rejection::InvalidTransition { status });
        }
        if status.is_live() {
            self.must_fit(view)?;
        }
        Ok(None)
    }

    /// Whether `there` is this reservation. What has become of it here since is no part of the question.
    fn is(&self, there: &Reservation) -> bool {
        let it = (&self.court_id, &self.member_id, self.slot, &self.source);
        it == (&there.court_id, &there.member_id, there.slot, &there.source)
    }

    /// What is to come claims its court.
    fn must_fit(&self, view: &View<'_>) -> Result<(), Rejection> {
        if self.slot.end <= view.now {
            return Err(Rejection::Conflicts(vec![Conflict::PastTime { start: self.slot.start, now: view.now }]));
        }
        let conflicts = rules::in_the_way(view, &self.court_id, self.slot);
        if conflicts.is_empty() { Ok(()) } else { Err(Rejection::Conflicts(conflicts)) }
    }

    fn reservation(&self, now: Instant) -> Reservation {
        let Elsewhere { status, created_at, checked_in_at, ended_at, .. } = *self.elsewhere;
        let (id, court, member) = (self.reservation_id.clone(), self.court_id.clone(), self.member_id.clone());
        Reservation {
            status,
            source: self.source.clone(),
            booking_type: self.booking_type.clone(),
            notes: self.notes.clone(),
            participants: self.elsewhere.participants.clone(),
            payment: self.elsewhere.payment,
            rate_cents: self.elsewhere.rate_cents,
            // What is not known there is not made up here.
            confirmed_at: self.confirmed_at,
            checked_in_at,
            // But the end has to be at some instant: whatever has ended is forgotten a while after it.
            ended_at: (!status.is_live()).then(|| ended_at.unwrap_or(self.slot.end.min(now))),
            cancellation_reason: self.elsewhere.cancellation_reason.clone(),
            ..Reservation::new(id, court, member, self.slot, created_at.unwrap_or(now))
        }
    }

    fn lines(&self) -> impl Iterator<Item = Event> {
        self.elsewhere.log.iter().map(|line| {
            Event::LineImported(Box::new(ImportedLine {
                member_id: self.member_id.clone(),
                reservation_id: Some(self.reservation_id.clone()),
                waitlist_id: None,
                line: line.clone(),
            }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{
        Case, at, cancel, club, envelope, hours, import, person, place, rsv, run, service, staff, told,
    };
    use super::super::words::at_desk;
    use crate::{
        Actor, Elsewhere, Facility, Instant, LogId, LogLine, Logged, MemberId, PaymentStatus, ReverseNoShow, Status,
        apply,
    };

    fn case(name: &'static str, given: Vec<Command>, when: Command, then: &'static str) -> Case {
        let given = given.into_iter().map(|command| (at(8, 0), service(), command)).collect();
        Case { name, given, when: (at(8, 0), Actor::System, when), then }
    }

    /// `x` of Ana on `c1`, as it stood elsewhere.
    fn stood(status: Status, slot: crate::Interval, ended_at: Option<Instant>, log: Vec<LogLine>) -> Command {
        let Command::ImportReservation(mut it) = import("x", "c1", "ana", slot) else { unreachable!("it is one") };
        *it.elsewhere = Elsewhere { status, ended_at, log, ..Elsewhere::default() };
        Command::ImportReservation(it)
    }

    fn line(id: &str, what: Logged) -> LogLine {
        LogLine { id: LogId::parse(id).unwrap(), at: at(7, 0), what, note: None }
    }

    fn missed() -> Command {
        stood(Status::NoShow, hours(6, 7), None, vec![line("ns_1", Logged::NoShow { penalty_credits: 2 })])
    }

    fn imported(commands: Vec<Command>) -> Facility {
        let mut facility = club();
        for (step, command) in (1..).zip(commands) {
            apply(&mut facility, step, &envelope(step, at(8, 0), service(), command)).reply.unwrap();
        }
        facility
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
    fn what_has_ended_is_in_nobodys_way_and_costs_nothing_again() {
        let past = |status| stood(status, hours(6, 7), None, vec![]);
        let to_come = |status| stood(status, hours(10, 11), Some(at(5, 0)), vec![]);
        let taken = || vec![place(1, "c1", "ben", hours(10, 11))];
        run(vec![
            case("played", vec![], past(Status::Completed), "imported x Completed | x Completed"),
            case("missed", vec![], missed(), "imported x NoShow | x NoShow, ns_1 of ana"),
            case("called off", taken(), to_come(Status::Cancelled), "imported x Cancelled | x Cancelled"),
            case("run out", taken(), to_come(Status::Expired), "imported x Expired | x Expired"),
            case("again", vec![past(Status::Completed)], past(Status::Completed), "imported x Completed"),
            case(
                "being played",
                vec![],
                stood(Status::CheckedIn, hours(7, 9), None, vec![]),
                "imported x CheckedIn | x CheckedIn",
            ),
            case("being played, over", vec![], past(Status::CheckedIn), "past_time"),
            case("a hold", vec![], to_come(Status::Held), "InvalidTransition { status: Held }"),
        ]);
    }

    #[test]
    fn an_imported_no_show_is_taken_back_like_any_other() {
        let take_back = || Command::ReverseNoShow(ReverseNoShow { reservation_id: rsv("x") });
        let given = at_desk(at(8, 0), vec![missed()]);
        let then = "x Completed | x reversed, credits ana +2";
        run(vec![Case { name: "for two weeks", given, when: (at(8, 1), staff(), take_back()), then }]);
        let ana = imported(vec![missed()]).member(&MemberId::parse("ana").unwrap()).unwrap().clone();
        assert_eq!((ana.no_show_count, ana.credits_balance), (0, 0), "it was counted and charged elsewhere");
    }

    #[test]
    fn what_was_paid_elsewhere_goes_back_when_it_is_called_off_here() {
        let paid = |payment| {
            let Command::ImportReservation(mut it) = import("x", "c1", "ana", hours(20, 21)) else {
                unreachable!("it is one")
            };
            let (rate_cents, payment_id) = (Some(4000), Some("pi_1".to_owned()));
            *it.elsewhere = Elsewhere { payment, rate_cents, payment_id, credits_paid: 2, ..Elsewhere::default() };
            at_desk(at(8, 0), vec![Command::ImportReservation(it)])
        };
        let case = |name, payment, then| Case {
            name,
            given: paid(payment),
            when: (at(9, 0), staff(), cancel("x", None)),
            then,
        };
        run(vec![
            case(
                "all of it",
                PaymentStatus::Paid,
                "cancelled x in time credits 0 fee 0 | x Cancelled, refund x 4000, credits ana +2",
            ),
            case(
                "but no money that went back there",
                PaymentStatus::Refunded,
                "cancelled x in time credits 0 fee 0 | x Cancelled, credits ana +2",
            ),
        ]);
    }

    #[test]
    fn what_ended_long_ago_is_told_and_never_weighs_on_the_state() {
        let long_ago = Some(Instant(at(8, 0).0 - 36 * 24 * 3_600_000));
        let mut facility = imported(vec![]);
        let old = stood(Status::Completed, hours(6, 7), long_ago, vec![]);
        let applied = apply(&mut facility, 1, &envelope(1, at(8, 0), service(), old));
        assert_eq!(told(&applied), "imported x Completed | x Completed");
        assert_eq!(facility.reservation(&rsv("x")), None);
    }

    #[test]
    fn no_member_imports() {
        let when = (at(8, 0), person("ana"), import("x", "c1", "ana", hours(10, 11)));
        run(vec![Case { name: "a member", given: vec![], when, then: "NotYours" }]);
    }
}
