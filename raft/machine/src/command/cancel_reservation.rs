//! Calls a reservation off, under the policy that binds it.
//!
//! Who gives how much notice decides what it costs; the court is free at once either way. The same
//! cancellation again is answered with the same numbers. A hold is released, not cancelled.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::ledger::entry_for;
use crate::record::{Assessment, Record};
use crate::settings::CancellationPolicy;
use crate::view::View;
use crate::{
    Accepted, Actor, Cancellation, CourtId, CreditReason, Event, Facility, Instant, Rejection, Reservation,
    ReservationId, Status, refund,
};

const HOUR_MILLIS: i64 = 60 * 60 * 1000;

/// Calls a reservation off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelReservation {
    /// Which reservation.
    pub reservation_id: ReservationId,
    /// The slot it must be on, where the caller named one.
    pub slot: Option<(CourtId, Instant)>,
    /// Why.
    pub reason: Option<String>,
}

impl CancelReservation {
    pub(crate) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let view = View::new(facility, facility.now);
        let (found, assessment) = match self.decide(&view, actor)? {
            Decided::Now(found, assessment) => (found, assessment),
            Decided::Before(cancellation) => {
                return Ok(Done::already(Accepted::ReservationCancelled(cancellation)));
            }
        };
        let mut record = found.clone();
        let excused = is_excused(&assessment, actor);
        let costs = settle_costs(facility, &mut record, &assessment, excused);
        record.end(Status::Cancelled, facility.now);
        record.reservation.cancellation_reason.clone_from(&self.reason);
        record.assessment = Some(assessment);
        let event = Event::ReservationCancelled(Box::new(record.reservation.clone()));
        let cancellation = record.cancellation().expect("it was assessed just now");
        facility.put_record(record);
        let mut done = Done::changed(Accepted::ReservationCancelled(Box::new(cancellation)), event);
        done.events.extend(costs);
        Ok(done)
    }

    /// What calling it off comes to, or why it cannot be called off.
    fn decide<'a>(&self, view: &View<'a>, actor: &Actor) -> Result<Decided<'a>, Rejection> {
        let settings = view.settings()?;
        let found = view.reservation(&self.reservation_id).ok_or(Rejection::ReservationUnknown)?;
        let reservation = &found.reservation;
        actor.must_act_for(&reservation.member_id)?;
        if !self.is_on_slot(reservation) {
            return Err(Rejection::SlotMismatch);
        }
        match (reservation.status, found.cancellation()) {
            (Status::Confirmed, _) => {}
            (Status::Cancelled, Some(cancellation)) => return Ok(Decided::Before(Box::new(cancellation))),
            (status, _) => return Err(Rejection::InvalidTransition { status }),
        }
        if matches!(actor, Actor::Member(_)) && view.now >= reservation.slot.start {
            return Err(Rejection::AlreadyStarted);
        }
        let policy = kinder(found.terms, settings.cancellation);
        Ok(Decided::Now(found, assess(reservation, policy, view.now, actor)))
    }

    fn is_on_slot(&self, reservation: &Reservation) -> bool {
        let on =
            |(court, start): &(CourtId, Instant)| *court == reservation.court_id && *start == reservation.slot.start;
        self.slot.as_ref().is_none_or(on)
    }
}

/// How a cancellation is decided.
enum Decided<'a> {
    /// It is called off, and comes to this.
    Now(&'a Record, Assessment),
    /// It was called off before.
    Before(Box<Cancellation>),
}

/// What calling a reservation off would come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancellationPreview {
    /// Notice that would be given, in milliseconds before the start.
    pub notice_millis: i64,
    /// Whether that is long enough.
    pub within_policy: bool,
    /// Credits that it would cost.
    pub penalty_credits: u32,
    /// Fee that it would cost, in minor units.
    pub fee_cents: u32,
    /// Money that would go back, in minor units.
    pub refund_cents: u64,
    /// Credits that would be given back.
    pub refund_credits: u32,
    /// Credits that paid for it and would not be given back.
    pub kept_credits: u32,
}

impl Facility {
    /// What it would come to if `actor` called a reservation off at `now`; `None` where that would be refused,
    /// or was done already. Changes nothing.
    pub fn cancellation_preview(&self, id: &ReservationId, actor: &Actor, now: Instant) -> Option<CancellationPreview> {
        let command = CancelReservation { reservation_id: id.clone(), slot: None, reason: None };
        crate::apply::settled(self, now, |view| match command.decide(&view, actor) {
            Ok(Decided::Now(found, assessment)) => Some(preview(found, &assessment, actor)),
            Ok(Decided::Before(_)) | Err(_) => None,
        })
    }
}

fn preview(record: &Record, assessment: &Assessment, actor: &Actor) -> CancellationPreview {
    let (refund_credits, kept_credits) =
        if is_excused(assessment, actor) { (record.credits_paid, 0) } else { (0, record.credits_paid) };
    CancellationPreview {
        notice_millis: assessment.notice_millis,
        within_policy: assessment.within_policy,
        penalty_credits: assessment.penalty_credits,
        fee_cents: assessment.fee_cents,
        refund_cents: record.captured_cents().saturating_sub(u64::from(assessment.fee_cents)),
        refund_credits,
        kept_credits,
    }
}

/// The policy in force at confirmation binds unless today's is kinder, point by point.
fn kinder(bound: Option<CancellationPolicy>, today: CancellationPolicy) -> CancellationPolicy {
    let bound = bound.unwrap_or(today);
    CancellationPolicy {
        hours: bound.hours.min(today.hours),
        fee_cents: bound.fee_cents.min(today.fee_cents),
        penalty_credits: bound.penalty_credits.min(today.penalty_credits),
    }
}

fn assess(reservation: &Reservation, policy: CancellationPolicy, now: Instant, actor: &Actor) -> Assessment {
    let notice_millis = reservation.slot.start.0.saturating_sub(now.0);
    let within_policy = notice_millis >= i64::from(policy.hours) * HOUR_MILLIS;
    // The club's own cancellations never cost the member anything.
    let free = within_policy || is_the_club(actor);
    let (penalty_credits, fee_cents) = if free { (0, 0) } else { (policy.penalty_credits, policy.fee_cents) };
    Assessment { notice_millis, within_policy, penalty_credits, fee_cents, promotion: None }
}

/// Whether it costs nothing.
fn is_excused(assessment: &Assessment, actor: &Actor) -> bool {
    assessment.within_policy || is_the_club(actor)
}

fn is_the_club(actor: &Actor) -> bool {
    actor.is_staff() || *actor == Actor::System
}

/// What was paid goes back as far as the policy says, and the penalty is taken.
fn settle_costs(facility: &mut Facility, record: &mut Record, assessment: &Assessment, excused: bool) -> Vec<Event> {
    let now = facility.now;
    let (id, member) = (record.reservation.id.clone(), record.reservation.member_id.clone());
    let mut events = refund::give_back(record, u64::from(assessment.fee_cents));
    // Credits that paid for it are kept or given back whole: a fee in money is no part of them.
    if excused {
        events.extend(refund::give_credits_back(facility, record));
    }
    let penalty = -i64::from(assessment.penalty_credits);
    events.extend(facility.post_credits(entry_for(&member, penalty, CreditReason::LateCancellation, &id, now)));
    events
}

#[cfg(test)]
mod tests {
    use super::super::cases::{
        Case, Step, at, by_id, cancel, club, confirm, envelope, hours, person, place, run, service, settings, staff,
        told,
    };
    use super::*;
    use crate::{Command, apply};

    /// Ana's reservation `r1` of `c1` at 12:00, booked at 06:00; policy: 4 hours, 1 credit, 500 cents.
    fn booked(then: Vec<Command>) -> Vec<Step> {
        let book = [place(1, "c1", "ana", hours(12, 13)), confirm(by_id("h1"), None)];
        book.into_iter().chain(then).map(|command| (at(6, 0), service(), command)).collect()
    }

    fn case(name: &'static str, now: Instant, actor: Actor, when: Command, then: &'static str) -> Case {
        Case { name, given: booked(vec![]), when: (now, actor, when), then }
    }

    #[test]
    fn a_cancellation_frees_the_court_and_costs_what_the_policy_says() {
        let it = || cancel("r1", None);
        let free = "cancelled r1 in time credits 0 fee 0 | r1 Cancelled";
        let dear = "cancelled r1 late credits 1 fee 500 | r1 Cancelled, credits ana -1";
        let excused = "cancelled r1 late credits 0 fee 0 | r1 Cancelled";
        run(vec![
            case("just in time", at(8, 0), person("ana"), it(), free),
            case("a millisecond late", at(8, 0).plus(1), person("ana"), it(), dear),
            case("late through the site", at(11, 0), service(), it(), dear),
            case("late by staff", at(11, 0), staff(), it(), excused),
            case("late by the operator", at(11, 0), Actor::Operator("ops".to_owned()), it(), excused),
            case("late by courtd", at(11, 0), Actor::System, it(), excused),
            case("as it begins, by the member", at(12, 0), person("ana"), it(), "AlreadyStarted"),
            case("as it begins, by staff", at(12, 0), staff(), it(), excused),
            case("when it is over", at(13, 0), staff(), it(), "InvalidTransition { status: NoShow } | r1 NoShow"),
        ]);
    }

    #[test]
    fn only_the_reservation_that_was_named_is_cancelled() {
        let on = |court, hour| cancel("r1", Some((court, at(hour, 0))));
        let now = at(6, 0);
        run(vec![
            case("on its slot", now, service(), on("c1", 12), "cancelled r1 in time credits 0 fee 0 | r1 Cancelled"),
            case("the other court", now, service(), on("c2", 12), "SlotMismatch"),
            case("another hour", now, service(), on("c1", 13), "SlotMismatch"),
            case("no such id", now, service(), cancel("r9", Some(("c1", at(12, 0)))), "ReservationUnknown"),
            case("another member", now, person("ben"), on("c1", 12), "NotYours"),
        ]);
    }

    #[test]
    fn only_what_is_confirmed_is_cancelled_and_once() {
        let given = |commands: Vec<Command>| commands.into_iter().map(|it| (at(6, 0), service(), it)).collect();
        let hold: Vec<Step> = given(vec![place(1, "c1", "ana", hours(12, 13))]);
        let when = |now| (now, service(), cancel("r1", None));
        let status = |name, given, now, then| Case { name, given, when: when(now), then };
        run(vec![
            status("held", hold.clone(), at(6, 0), "InvalidTransition { status: Held }"),
            status("expired", hold, at(6, 1), "InvalidTransition { status: Expired } | r1 Expired"),
            status(
                "again, later",
                booked(vec![cancel("r1", None)]),
                at(12, 30),
                "cancelled r1 in time credits 0 fee 0",
            ),
        ]);
    }

    #[test]
    fn a_cancelled_slot_can_be_booked_again() {
        let given = booked(vec![cancel("r1", None)]);
        let when = (at(6, 0), service(), place(2, "c1", "ben", hours(12, 13)));
        run(vec![Case { name: "at once", given, when, then: "placed r2 Held | r2 Held" }]);
    }

    #[test]
    fn the_policy_at_confirmation_binds_unless_todays_is_kinder() {
        let cancelled_under = |change: fn(&mut CancellationPolicy)| {
            let mut facility = club();
            for (step, (now, actor, command)) in (1..).zip(booked(vec![])) {
                apply(&mut facility, step, &envelope(step, now, actor, command));
            }
            let mut settings = settings();
            change(&mut settings.cancellation);
            facility.settings = Some(settings.into());
            told(&apply(&mut facility, 9, &envelope(9, at(9, 0), service(), cancel("r1", None))))
        };
        let dear = "cancelled r1 late credits 1 fee 500 | r1 Cancelled, credits ana -1";
        assert_eq!(cancelled_under(|policy| policy.fee_cents = 9000), dear);
        assert_eq!(cancelled_under(|policy| policy.hours = 48), dear);
        let cheaper = "cancelled r1 late credits 1 fee 100 | r1 Cancelled, credits ana -1";
        assert_eq!(cancelled_under(|policy| policy.fee_cents = 100), cheaper);
        let free = "cancelled r1 in time credits 0 fee 0 | r1 Cancelled";
        assert_eq!(cancelled_under(|policy| policy.hours = 3), free);
    }

    #[test]
    fn what_it_would_come_to_is_what_it_comes_to_and_looking_changes_nothing() {
        for (now, actor) in [
            (at(8, 0), person("ana")),
            (at(8, 0).plus(1), person("ana")),
            (at(11, 0), service()),
            (at(11, 0), staff()),
            (at(12, 0), person("ana")),
            (at(12, 0), staff()),
            (at(13, 0), staff()),
            (at(8, 0), person("ben")),
        ] {
            let mut facility = club();
            for (step, (now, actor, command)) in (1..).zip(booked(vec![])) {
                apply(&mut facility, step, &envelope(step, now, actor, command));
            }
            let (id, before) = (super::super::cases::rsv("r1"), facility.digest());
            let preview = facility.cancellation_preview(&id, &actor, now);
            assert_eq!(facility.digest(), before);
            let applied = apply(&mut facility, 9, &envelope(9, now, actor.clone(), cancel("r1", None)));
            let came_to = match applied.reply {
                Ok(Accepted::ReservationCancelled(it)) => {
                    Some((it.notice_millis, it.within_policy, it.penalty_credits, it.fee_cents))
                }
                _ => None,
            };
            let foretold = preview.map(|it| (it.notice_millis, it.within_policy, it.penalty_credits, it.fee_cents));
            assert_eq!(foretold, came_to, "{actor:?} at {now:?}");
            assert_eq!(facility.cancellation_preview(&id, &actor, now), None, "it is over");
        }
    }
}
