//! Somebody came: from a while before the start until the end.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::time::MINUTE_MILLIS;
use crate::view::View;
use crate::{Accepted, Actor, Event, Facility, Rejection, ReservationId, Status};

/// Says that somebody came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckIn {
    /// Which reservation.
    pub reservation_id: ReservationId,
}

impl CheckIn {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let view = View::new(facility, facility.now);
        let minutes = view.settings()?.check_in_minutes_before;
        let found = view.reservation(&self.reservation_id).ok_or(Rejection::ReservationUnknown)?;
        actor.must_act_for(&found.reservation.member_id)?;
        match found.reservation.status {
            Status::Confirmed => {}
            Status::CheckedIn => return Ok(Done::already(Accepted::CheckedIn(Box::new(found.reservation.clone())))),
            status if status.is_live() => return Err(Rejection::InvalidTransition { status }),
            status => return Err(Rejection::AlreadyEnded { status }),
        }
        let opens = found.reservation.slot.start.plus(-i64::from(minutes) * MINUTE_MILLIS);
        if view.now < opens {
            return Err(Rejection::TooEarly { opens });
        }
        let mut record = found.clone();
        record.reservation.status = Status::CheckedIn;
        record.reservation.checked_in_at = Some(facility.now);
        record.reservation.version += 1;
        let reservation = Box::new(record.reservation.clone());
        facility.put_record(record);
        Ok(Done::changed(Accepted::CheckedIn(reservation.clone()), Event::ReservationCheckedIn(reservation)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, at, cancel, hours, person, place, rsv, run, staff};
    use super::super::words::{at_desk, book};
    use super::CheckIn;

    fn it() -> Command {
        Command::CheckIn(CheckIn { reservation_id: rsv("r1") })
    }

    #[test]
    fn somebody_comes_from_a_quarter_before_the_start_until_the_end() {
        let case = |name, now, id, then| Case {
            name,
            given: at_desk(at(8, 0), vec![book("r1", "c1", "ana", hours(10, 11))]),
            when: (now, person(id), it()),
            then,
        };
        let came = "r1 CheckedIn | r1 CheckedIn";
        run(vec![
            case("a moment early", at(9, 45).plus(-1), "ana", "TooEarly { opens: Instant(35100000) }"),
            case("a quarter before", at(9, 45), "ana", came),
            case("in its last moment", at(11, 0).plus(-1), "ana", came),
            case("when it is over", at(11, 0), "ana", "AlreadyEnded { status: NoShow } | r1 NoShow"),
            case("somebody else", at(10, 0), "ben", "NotYours"),
        ]);
    }

    #[test]
    fn only_what_is_booked_is_come_to_and_again_is_the_same() {
        let booked = || book("r1", "c1", "ana", hours(10, 11));
        let case = |name, commands, then| Case {
            name,
            given: at_desk(at(9, 50), commands),
            when: (at(9, 50), staff(), it()),
            then,
        };
        run(vec![
            case("again", vec![booked(), it()], "r1 CheckedIn"),
            case("a hold", vec![place(1, "c1", "ana", hours(10, 11))], "InvalidTransition { status: Held }"),
            case("called off", vec![booked(), cancel("r1", None)], "AlreadyEnded { status: Cancelled }"),
            case("nothing", vec![], "ReservationUnknown"),
        ]);
    }
}
