//! Moves a reservation to another slot or court: old freed and new taken in one entry, or neither.
//!
//! The rules are asked of the new slot as if the old one were free already. The policy that binds it stays
//! the one of its confirmation. What was paid covers what costs no more; nothing is given back.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::record::Record;
use crate::rules::{self, Override, SlotRequest};
use crate::view::View;
use crate::{
    Accepted, Actor, Booked, Court, CourtId, Event, Facility, Interval, PaymentStatus, Rejection, Reservation,
    ReservationId, Status, price,
};

/// Moves a reservation; what is not given stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveReservation {
    /// Which reservation.
    pub reservation_id: ReservationId,
    /// To which court.
    pub court_id: Option<CourtId>,
    /// To when.
    pub slot: Option<Interval>,
    /// The version that the caller saw, where it says so.
    pub expected: Option<u64>,
    /// Rules that staff set aside.
    pub overrides: Option<Override>,
}

impl MoveReservation {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let view = View::new(facility, facility.now);
        let settings = view.settings()?.clone();
        let record = view.reservation(&self.reservation_id).ok_or(Rejection::ReservationUnknown)?;
        let before = &record.reservation;
        actor.must_act_for(&before.member_id)?;
        Rejection::unless_version(self.expected, before.version)?;
        if before.status != Status::Confirmed {
            return Err(Rejection::InvalidTransition { status: before.status });
        }
        if matches!(actor, Actor::Member(_)) && view.now >= before.slot.start {
            return Err(Rejection::AlreadyStarted);
        }
        let court_id = self.court_id.as_ref().unwrap_or(&before.court_id);
        let slot = self.slot.unwrap_or(before.slot);
        if *court_id == before.court_id && slot == before.slot {
            let stays = Booked { reservation: before.clone(), warnings: Vec::new() };
            return Ok(Done::already(Accepted::ReservationMoved(Box::new(stays))));
        }
        let wish = SlotRequest {
            court: court_id,
            member: &before.member_id,
            slot,
            instead_of: Some(&before.id),
            with_credits: false,
        };
        let granted = rules::grant(&view, actor, wish, self.overrides.as_ref())?;
        let mut moved = record.clone();
        let after = &mut moved.reservation;
        (after.court_id, after.slot, after.rate_cents) = (court_id.clone(), slot, granted.rate_cents);
        after.version += 1;
        after.payment = repriced(record, after, &price_in_credits(&view, court_id, &slot)?, actor)?;
        Override::note_on(after, granted.overridden, self.overrides.as_ref());
        moved.bind(&settings, facility.now);
        let (vacated, reservation) = (before.clone(), moved.reservation.clone());
        facility.put_record(moved);
        let booked = Booked { reservation: reservation.clone(), warnings: granted.warnings };
        let accepted = Accepted::ReservationMoved(Box::new(booked));
        Ok(Done::changed(accepted, Event::SlotVacated(Box::new(vacated)))
            .and(Event::ReservationMoved(Box::new(reservation))))
    }
}

fn price_in_credits(view: &View<'_>, court: &CourtId, slot: &Interval) -> Result<u32, Rejection> {
    let court: &Court = view.court(court)?;
    Ok(price::credits(view.settings()?, court, &view.facility().horizon, slot))
}

/// How the price of the new slot stands to what was paid for the old one.
fn repriced(was: &Record, after: &Reservation, credits: &u32, actor: &Actor) -> Result<PaymentStatus, Rejection> {
    let status = was.reservation.payment;
    let cents = after.rate_cents.unwrap_or(0);
    let covered = match status {
        PaymentStatus::None | PaymentStatus::Required | PaymentStatus::Failed => cents == 0,
        PaymentStatus::Waived => true,
        _ if was.credits_paid > 0 => *credits <= was.credits_paid,
        _ => cents <= was.captured_cents(),
    };
    let desk = actor.is_staff() || *actor == Actor::System;
    match status {
        PaymentStatus::None | PaymentStatus::Required if covered => Ok(PaymentStatus::None),
        _ if covered => Ok(status),
        PaymentStatus::Required => Ok(PaymentStatus::Required),
        PaymentStatus::None if desk => Ok(PaymentStatus::Required),
        // Nobody gets the dearer slot for the price of the cheaper one.
        _ => Err(Rejection::PaymentRequired { cents: cents.saturating_sub(was.captured_cents()) }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, Step, at, cancel, hours, person, rsv, run, service, staff};
    use super::super::words::{at_desk, book, priced};
    use super::MoveReservation;
    use crate::{Actor, CourtId, Interval};

    fn to(court: Option<&str>, slot: Option<Interval>, expected: Option<u64>) -> Command {
        let court_id = court.map(|court| CourtId::parse(court).unwrap());
        Command::MoveReservation(MoveReservation {
            reservation_id: rsv("r1"),
            court_id,
            slot,
            expected,
            overrides: None,
        })
    }

    /// Ana's `r1` of `c1` at 10:00, and Ben's `r2` of `c1` at 12:00.
    fn booked(then: Vec<Command>) -> Vec<Step> {
        let both = [book("r1", "c1", "ana", hours(10, 11)), book("r2", "c1", "ben", hours(12, 13))];
        at_desk(at(8, 0), both.into_iter().chain(then).collect())
    }

    fn case(name: &'static str, given: Vec<Command>, actor: Actor, when: Command, then: &'static str) -> Case {
        Case { name, given: booked(given), when: (at(8, 0), actor, when), then }
    }

    #[test]
    fn a_reservation_moves_in_one_entry_or_stays_where_it_is() {
        let ana = || person("ana");
        let later = "moved r1 c1 660-720 min | r1 left, r1 moved";
        let over_itself = "moved r1 c1 600-720 min | r1 left, r1 moved";
        run(vec![
            case("to the next hour", vec![], ana(), to(None, Some(hours(11, 12)), None), later),
            case("over its own slot", vec![], ana(), to(None, Some(hours(10, 12)), None), over_itself),
            case(
                "to the other court",
                vec![],
                ana(),
                to(Some("c2"), None, None),
                "moved r1 c2 600-660 min | r1 left, r1 moved",
            ),
            case("to where it is", vec![], ana(), to(Some("c1"), Some(hours(10, 11)), None), "moved r1 c1 600-660 min"),
            case("onto another", vec![], ana(), to(None, Some(hours(12, 13)), None), "time_overlap"),
            case("into the past", vec![], ana(), to(None, Some(hours(7, 8)), None), "past_time"),
            case("by another", vec![], person("ben"), to(Some("c2"), None, None), "NotYours"),
            case("seen before", vec![], ana(), to(Some("c2"), None, Some(9)), "VersionMismatch { current: 1 }"),
            case(
                "once cancelled",
                vec![cancel("r1", None)],
                staff(),
                to(Some("c2"), None, None),
                "InvalidTransition { status: Cancelled }",
            ),
        ]);
    }

    #[test]
    fn the_old_slot_is_free_in_the_same_entry_and_the_deadline_moves_along() {
        let moved = booked(vec![to(None, Some(hours(14, 15)), None)]);
        let when = |now, command| (now, service(), command);
        let next = book("r3", "c1", "cat", hours(10, 11));
        let tick = when(at(11, 0), Command::Tick);
        run(vec![
            Case {
                name: "free",
                given: moved.clone(),
                when: when(at(8, 0), next),
                then: "booked r3 Confirmed | r3 Confirmed",
            },
            Case { name: "not over at its old end", given: moved, when: tick, then: "Ticked" },
        ]);
    }

    #[test]
    fn nobody_gets_the_dearer_court_for_the_price_of_the_cheaper() {
        let dear = || vec![priced("c2", 2000, None)];
        let desk = "moved r1 c2 600-660 min | r1 left, r1 moved";
        run(vec![
            case("a member", dear(), person("ana"), to(Some("c2"), None, None), "PaymentRequired { cents: 2000 }"),
            case("at the desk", dear(), staff(), to(Some("c2"), None, None), desk),
        ]);
    }
}
