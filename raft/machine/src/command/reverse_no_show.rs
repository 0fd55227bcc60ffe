//! Somebody had come after all: staff take a no-show back, for two weeks.
//!
//! The reservation has taken place, the count goes down, the credits come back, and a suspension that it
//! brought ends.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::time::DAY_MILLIS;
use crate::view::View;
use crate::{Accepted, Actor, Event, Facility, Rejection, ReservationId, Status, no_show};

/// How long a no-show can be taken back (`booking.md` 4).
const REVERSIBLE_DAYS: i64 = 14;

/// Takes a no-show back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReverseNoShow {
    /// Which reservation.
    pub reservation_id: ReservationId,
}

impl ReverseNoShow {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_be_staff()?;
        let view = View::new(facility, facility.now);
        view.settings()?;
        let found = view.reservation(&self.reservation_id).ok_or(Rejection::ReservationUnknown)?;
        let ended_at = match (found.reservation.status, &found.missed) {
            (Status::NoShow, _) => found.reservation.ended_at,
            (Status::Completed, Some(_)) => {
                return Ok(Done::already(Accepted::NoShowReversed(Box::new(found.reservation.clone()))));
            }
            (status, _) => return Err(Rejection::InvalidTransition { status }),
        };
        let closed = ended_at.unwrap_or(view.now).plus(REVERSIBLE_DAYS * DAY_MILLIS);
        if view.now >= closed {
            return Err(Rejection::TooLate { closed });
        }
        let mut record = found.clone();
        record.reservation.status = Status::Completed;
        record.reservation.version += 1;
        let reservation = Box::new(record.reservation.clone());
        let mut events = vec![Event::NoShowReversed(reservation.clone())];
        no_show::take_back(facility, &record, &mut events);
        facility.put_record(record);
        Ok(Done { accepted: Accepted::NoShowReversed(reservation), events })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, Step, at, hours, person, rsv, run, service, staff};
    use super::super::words::{at_desk, book, setting};
    use super::ReverseNoShow;

    #[test]
    fn staff_take_a_no_show_back_for_two_weeks_and_all_that_it_brought() {
        let it = || Command::ReverseNoShow(ReverseNoShow { reservation_id: rsv("r1") });
        let strict = setting(|settings| {
            (settings.no_show.penalty_credits, settings.no_show.suspend_after) = (2, Some(1));
        });
        let mut missed: Vec<Step> = at_desk(at(8, 0), vec![strict, book("r1", "c1", "ana", hours(10, 11))]);
        missed.extend(at_desk(at(11, 0), vec![Command::Tick]));
        let case = |name, now, actor, then| Case { name, given: missed.clone(), when: (now, actor, it()), then };
        let day = 24;
        run(vec![
            case("at once", at(12, 0), staff(), "r1 Completed | r1 reversed, credits ana +2, reinstated ana"),
            case("by the site", at(12, 0), service(), "StaffOnly"),
            case("by the member", at(12, 0), person("ana"), "StaffOnly"),
            case(
                "after two weeks",
                at(11 + 14 * day, 0),
                staff(),
                "TooLate { closed: Instant(1249200000) } | reinstated ana",
            ),
        ]);
        let twice: Vec<Step> = missed.iter().cloned().chain(at_desk(at(12, 0), vec![it()])).collect();
        run(vec![Case { name: "again", given: twice, when: (at(12, 0), staff(), it()), then: "r1 Completed" }]);
        let booked = at_desk(at(8, 0), vec![book("r1", "c1", "ana", hours(10, 11))]);
        let when = (at(9, 0), staff(), it());
        run(vec![Case { name: "not missed", given: booked, when, then: "InvalidTransition { status: Confirmed }" }]);
    }
}
