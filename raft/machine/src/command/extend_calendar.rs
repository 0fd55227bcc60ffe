//! Replaces and adds days of the calendar. Reservations that stand keep their instants.
//!
//! A job proposes it daily, and whenever hours or zone rules change. Days that ended long ago are dropped
//! on the way, so that the calendar does not grow for ever.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::{Accepted, Actor, CalendarDay, Event, Facility, Rejection};

/// Replaces and adds days of the calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtendCalendar {
    /// The days; a day of the same date is replaced.
    pub days: Vec<CalendarDay>,
}

impl ExtendCalendar {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        facility.settings().ok_or(Rejection::FacilityUnknown)?;
        if facility.horizon.extend(&self.days, facility.now) {
            facility.note_everything();
            Ok(Done::changed(Accepted::CalendarExtended, Event::CalendarExtended))
        } else {
            Ok(Done::already(Accepted::CalendarExtended))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, at, days, hours, person, place, run, service, staff};
    use super::super::words::longer;
    use super::*;
    use crate::LocalDate;

    fn extend(days: Vec<CalendarDay>) -> Command {
        Command::ExtendCalendar(ExtendCalendar { days })
    }

    #[test]
    fn days_are_added_and_replaced() {
        let mut closed = days()[0].clone();
        closed.open.clear();
        let mut later = days()[1].clone();
        (later.date.day, later.span, later.open) = (3, hours(48, 72), vec![hours(60, 70)]);
        let case = |name, days, when, then| Case {
            name,
            given: vec![(at(1, 0), service(), extend(days))],
            when: (at(8, 0), service(), when),
            then,
        };
        let attempt = |from| place(1, "c1", "ana", hours(from, from + 1));
        run(vec![
            case("closed now", vec![closed.clone()], attempt(10), "outside_hours"),
            case("the other day stays", vec![closed], attempt(43), "placed r1 Held | r1 Held"),
            case("a new day", vec![later.clone()], attempt(60), "placed r1 Held | r1 Held"),
            case("changes", vec![], extend(vec![later.clone()]), "CalendarExtended | CalendarExtended"),
            case("changes nothing", vec![later.clone()], extend(vec![later]), "CalendarExtended"),
        ]);
    }

    #[test]
    fn what_extends_a_day_that_is_not_there_yet_waits_for_it() {
        let closed = |day: u8, span| CalendarDay {
            date: LocalDate { year: 2026, month: 12, day },
            span,
            open: vec![],
            ..days()[0].clone()
        };
        let (last, next) = (closed(3, hours(48, 72)), closed(4, hours(72, 96)));
        let extended = longer(None, &[hours(70, 72), hours(72, 74)]);
        let case = |name, more, then| Case {
            name,
            given: vec![(at(1, 0), service(), extend(more)), (at(2, 0), staff(), extended.clone())],
            // From the last day that there is into the next one.
            when: (at(8, 0), service(), place(1, "c1", "ana", hours(71, 73))),
            then,
        };
        run(vec![
            case("its day is not there", vec![last.clone()], "outside_hours"),
            case("its day is there, and closed", vec![last, next], "placed r1 Held | r1 Held"),
        ]);
    }

    #[test]
    fn days_that_are_long_over_are_dropped() {
        let mut facility = super::super::cases::club();
        let long_after = at(24 * 37, 0);
        let mut next = days()[0].clone();
        (next.date.day, next.span, next.open) = (9, Interval { start: long_after, end: long_after.plus(1) }, vec![]);
        let extend = super::super::cases::envelope(1, long_after, Actor::System, extend(vec![next.clone()]));
        assert!(crate::apply(&mut facility, 1, &extend).reply.is_ok());
        assert_eq!(facility.calendar_day(days()[0].date), None);
        assert_eq!(facility.calendar_end(), Some(next.date));
    }

    #[test]
    fn no_member_sets_the_hours() {
        let when = (at(1, 0), person("ana"), extend(days()));
        run(vec![Case { name: "a member", given: vec![], when, then: "NotYours" }]);
    }

    use crate::Interval;
}
