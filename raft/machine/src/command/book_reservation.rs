//! Books a slot in one step: hold and confirm in one entry of the log.
//!
//! All the rules are asked. What costs something is paid with credits, or owed at the desk where staff
//! book.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::booking::{self, Paid};
use crate::record::Record;
use crate::rules::{self, Override, SlotRequest};
use crate::view::View;
use crate::{
    Accepted, Actor, Booked, CourtId, Facility, Interval, MemberId, Pay, Rejection, Reservation, ReservationId,
    SeriesId, Warning,
};

/// Books a slot in one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookReservation {
    /// Minted by the proposer, or the client's own.
    pub reservation_id: ReservationId,
    /// Which court.
    pub court_id: CourtId,
    /// For whom.
    pub member_id: MemberId,
    /// When.
    pub slot: Interval,
    /// `web sms staff api waitlist`.
    pub source: String,
    /// What it is called; [`BOOKING_TYPE`](crate::BOOKING_TYPE) unless somebody says otherwise.
    pub booking_type: String,
    /// Who else plays.
    pub participants: Vec<String>,
    /// Free text.
    pub notes: Option<String>,
    /// The series it belongs to.
    pub series_id: Option<SeriesId>,
    /// How it is to be paid.
    pub pay: Pay,
    /// Rules that staff set aside.
    pub overrides: Option<Override>,
}

/// A booking that may be made.
pub(crate) struct Decision {
    reservation: Reservation,
    paid: Paid,
    warnings: Vec<Warning>,
}

impl BookReservation {
    /// Whether the slot can be booked; changes nothing.
    pub(crate) fn decide(&self, view: &View<'_>, actor: &Actor) -> Result<Decision, Rejection> {
        let settings = view.settings()?;
        actor.must_act_for(&self.member_id)?;
        if view.reservation(&self.reservation_id).is_some() {
            return Err(Rejection::ReservationExists);
        }
        let granted = rules::grant(view, actor, self.wish(), self.overrides.as_ref())?;
        let mut reservation = self.asked_for(view);
        reservation.rate_cents = granted.rate_cents;
        Override::note_on(&mut reservation, granted.overridden, self.overrides.as_ref());
        let paid = Paid::of(self.pay, &reservation, settings, actor)?;
        Ok(Decision { reservation, paid, warnings: granted.warnings })
    }

    pub(crate) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let Decision { reservation, paid, warnings } = self.decide(&View::new(facility, facility.now), actor)?;
        let events = booking::book(facility, None, Record::new(reservation), paid);
        let reservation = facility.known_reservation(&self.reservation_id)?;
        Ok(Done { accepted: Accepted::ReservationBooked(Box::new(Booked { reservation, warnings })), events })
    }

    fn wish(&self) -> SlotRequest<'_> {
        SlotRequest {
            court: &self.court_id,
            member: &self.member_id,
            slot: self.slot,
            instead_of: None,
            with_credits: self.pay == Pay::Credits,
        }
    }

    fn asked_for(&self, view: &View<'_>) -> Reservation {
        Reservation {
            source: self.source.clone(),
            booking_type: self.booking_type.clone(),
            participants: self.participants.clone(),
            notes: self.notes.clone(),
            series_id: self.series_id.clone(),
            ..Reservation::new(
                self.reservation_id.clone(),
                self.court_id.clone(),
                self.member_id.clone(),
                self.slot,
                view.now,
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, Step, at, hours, person, place, run, service, staff};
    use super::super::words::{at_desk, book, book_aside, book_paying, priced};
    use crate::{Actor, AdjustCredits, Interval, MemberId, Pay, Rule};

    fn case(name: &'static str, given: Vec<Step>, actor: Actor, when: Command, then: &'static str) -> Case {
        Case { name, given, when: (at(8, 0), actor, when), then }
    }

    #[test]
    fn a_slot_is_booked_in_one_step_or_every_rule_in_the_way_is_named() {
        let slot = hours(10, 11);
        let held = || at_desk(at(8, 0), vec![place(1, "c1", "ben", slot)]);
        let booked = || at_desk(at(8, 0), vec![book("r1", "c2", "ben", slot)]);
        let done = "booked r1 Confirmed | r1 Confirmed";
        run(vec![
            case("a free slot", vec![], service(), book("r1", "c1", "ana", slot), done),
            case("for itself", vec![], person("ana"), book("r1", "c1", "ana", slot), done),
            case("for another", vec![], person("ben"), book("r1", "c1", "ana", slot), "NotYours"),
            case(
                "the last hour",
                vec![],
                service(),
                book("r1", "c1", "ana", hours(21, 22)),
                "booked r1 Confirmed near_closing | r1 Confirmed",
            ),
            case("over a hold", held(), service(), book("r2", "c1", "ana", slot), "time_overlap"),
            case("a taken id", booked(), service(), book("r1", "c1", "ana", slot), "ReservationExists"),
            case("no court", vec![], service(), book("r1", "c9", "ana", slot), "CourtUnknown"),
            case("no time", vec![], service(), book("r1", "c1", "ana", hours(10, 10)), "EmptyInterval"),
        ]);
    }

    #[test]
    fn staff_set_rules_aside_with_a_reason_and_never_an_overlap() {
        let half = Interval { start: at(10, 30), end: at(11, 30) };
        let aside = |rules: &[Rule], reason, slot| book_aside(rules, reason, "r1", "c1", slot);
        let held = || at_desk(at(8, 0), vec![place(2, "c1", "ben", hours(11, 12))]);
        let off_grid = [Rule::OffGrid];
        let begun = Interval { start: at(7, 0), end: at(9, 0) };
        let over = hours(6, 7);
        run(vec![
            case("asked for none", vec![], staff(), aside(&[], "why not", half), "off_grid"),
            case("staff", vec![], staff(), aside(&off_grid, "a match", half), "booked r1 Confirmed | r1 Confirmed"),
            case("a member", vec![], person("ana"), aside(&off_grid, "a match", half), "OverrideNotAllowed"),
            case("the site", vec![], service(), aside(&off_grid, "a match", half), "OverrideNotAllowed"),
            case("without a reason", vec![], staff(), aside(&off_grid, "  ", half), "ReasonRequired"),
            case("over another", held(), staff(), aside(&off_grid, "a match", half), "time_overlap"),
            case(
                "the overlap itself",
                held(),
                staff(),
                aside(&[Rule::TimeOverlap], "a match", half),
                "NotOverridable { rule: TimeOverlap }",
            ),
            case(
                "begun",
                vec![],
                staff(),
                aside(&[Rule::PastTime], "came", begun),
                "booked r1 Confirmed | r1 Confirmed",
            ),
            case("over", vec![], staff(), aside(&[Rule::PastTime], "came", over), "past_time"),
        ]);
    }

    #[test]
    fn what_costs_something_is_paid_with_credits_or_owed_at_the_desk() {
        let dear = || priced("c1", 2000, None);
        let credits = |amount| {
            let member_id = MemberId::parse("ana").unwrap();
            Command::AdjustCredits(AdjustCredits { member_id, amount, note: "ten for nine".to_owned() })
        };
        let paying = |pay| book_paying(pay, "r1", "c1", "ana", hours(10, 12));
        let given = |amount| at_desk(at(8, 0), vec![dear(), credits(amount)]);
        let booked = "booked r1 Confirmed | r1 Confirmed";
        let with_credits = "booked r1 Confirmed | r1 Confirmed, credits ana -2";
        run(vec![
            case("later, a member", given(9), person("ana"), paying(Pay::Later), "PaymentRequired { cents: 4000 }"),
            case("later, at the desk", given(9), staff(), paying(Pay::Later), booked),
            case("waived", given(9), staff(), paying(Pay::Waived), booked),
            case("waived by the site", given(9), service(), paying(Pay::Waived), "OverrideNotAllowed"),
            case("with credits", given(2), person("ana"), paying(Pay::Credits), with_credits),
            case("with too few", given(1), person("ana"), paying(Pay::Credits), "insufficient_credit"),
            case("in debt", given(-1), staff(), paying(Pay::Later), "insufficient_credit"),
            case("free", vec![], person("ana"), paying(Pay::Credits), booked),
        ]);
    }
}
