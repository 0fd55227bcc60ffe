//! Nobody came: said by the club, from the start on, before the deadline would say it by itself.
//!
//! What it costs is the same either way; what is left of the slot goes to those who wait.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::view::View;
use crate::{Accepted, Actor, Facility, Rejection, ReservationId, Status, no_show};

/// Says that nobody came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkNoShow {
    /// Which reservation.
    pub reservation_id: ReservationId,
}

impl MarkNoShow {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        let view = View::new(facility, facility.now);
        view.settings()?;
        let found = view.reservation(&self.reservation_id).ok_or(Rejection::ReservationUnknown)?;
        match found.reservation.status {
            Status::Confirmed => {}
            Status::NoShow => return Ok(Done::already(Accepted::NoShowMarked(Box::new(found.reservation.clone())))),
            status if status.is_live() => return Err(Rejection::InvalidTransition { status }),
            status => return Err(Rejection::AlreadyEnded { status }),
        }
        let opens = found.reservation.slot.start;
        if view.now < opens {
            return Err(Rejection::TooEarly { opens });
        }
        let (record, mut events) = (found.clone(), Vec::new());
        no_show::miss(facility, record, facility.now, &mut events);
        let reservation = facility.known_reservation(&self.reservation_id)?;
        Ok(Done { accepted: Accepted::NoShowMarked(Box::new(reservation)), events })
    }
}

#[cfg(test)]
mod tests {
    use super::super::cases::{Case, Step, at, hours, person, rsv, run, service, staff};
    use super::super::words::{at_desk, book, setting};
    use super::super::{CheckIn, Command};
    use super::MarkNoShow;
    use crate::Instant;

    fn it() -> Command {
        Command::MarkNoShow(MarkNoShow { reservation_id: rsv("r1") })
    }

    fn booked(then: Vec<Command>) -> Vec<Step> {
        let strict = setting(|settings| {
            (settings.no_show.penalty_credits, settings.no_show.grace_minutes) = (2, Some(20));
            settings.no_show.suspend_after = Some(2);
        });
        let all = [strict, book("r1", "c1", "ana", hours(10, 11)), book("r2", "c1", "ana", hours(12, 13))];
        at_desk(at(8, 0), all.into_iter().chain(then).collect())
    }

    fn case(name: &'static str, then_given: Vec<Command>, when: (Instant, Command), then: &'static str) -> Case {
        Case { name, given: booked(then_given), when: (when.0, staff(), when.1), then }
    }

    #[test]
    fn nobody_came_says_the_club_or_the_grace_and_it_costs_the_same() {
        let missed = "r1 NoShow | r1 NoShow, credits ana -2";
        run(vec![
            case("before the start", vec![], (at(10, 0).plus(-1), it()), "TooEarly { opens: Instant(36000000) }"),
            case("at the start", vec![], (at(10, 0), it()), missed),
            case("within the grace", vec![], (at(10, 20).plus(-1), Command::Tick), "Ticked"),
            case("by itself", vec![], (at(10, 20), Command::Tick), "Ticked | r1 NoShow, credits ana -2"),
            case(
                "the rest is free",
                vec![],
                (at(11, 0), book("r3", "c1", "ben", hours(11, 12))),
                "booked r3 Confirmed | r1 NoShow, credits ana -2, r3 Confirmed",
            ),
        ]);
        let again = at_desk(at(10, 0), vec![it()]);
        let given = booked(vec![]).into_iter().chain(again).collect();
        run(vec![Case { name: "again", given, when: (at(10, 1), service(), it()), then: "r1 NoShow" }]);
        let no =
            Case { name: "a member", given: booked(vec![]), when: (at(10, 1), person("ana"), it()), then: "NotYours" };
        run(vec![no]);
    }

    #[test]
    fn who_came_was_there() {
        let came = Command::CheckIn(CheckIn { reservation_id: rsv("r1") });
        let given = booked(vec![]).into_iter().chain([(at(10, 0), staff(), came)]).collect();
        let when = (at(10, 5), staff(), it());
        run(vec![Case { name: "checked in", given, when, then: "InvalidTransition { status: CheckedIn }" }]);
    }

    #[test]
    fn who_stays_away_too_often_is_suspended_from_then_on_and_not_for_ever() {
        let both = (at(12, 20), Command::Tick);
        let events = "Ticked | r1 NoShow, credits ana -2, r2 NoShow, credits ana -2, suspended ana";
        run(vec![case("twice", vec![], both, events)]);
        let attempt = (at(13, 0), book("r3", "c2", "ana", hours(14, 15)));
        let refused = "member_suspended insufficient_credit | r1 NoShow, credits ana -2, r2 NoShow, credits ana -2, suspended ana";
        run(vec![case("books nothing", vec![], attempt, refused)]);
        let later = at(12 + 14 * 24, 20);
        let missed = booked(vec![]).into_iter().chain(at_desk(at(13, 0), vec![Command::Tick])).collect::<Vec<_>>();
        let over = |name, now, then| Case { name, given: missed.clone(), when: (now, staff(), Command::Tick), then };
        run(vec![
            over("two weeks, but a moment", later.plus(-1), "Ticked"),
            over("two weeks", later, "Ticked | reinstated ana"),
        ]);
    }
}
