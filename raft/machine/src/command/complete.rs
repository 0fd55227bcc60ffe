//! A reservation has taken place: said by hand before its end, which would say it by itself.
//!
//! What is left of the slot is free at once.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::view::View;
use crate::{Accepted, Actor, Event, Facility, Rejection, ReservationId, Status};

/// Ends a reservation that somebody came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complete {
    /// Which reservation.
    pub reservation_id: ReservationId,
}

impl Complete {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let view = View::new(facility, facility.now);
        view.settings()?;
        let found = view.reservation(&self.reservation_id).ok_or(Rejection::ReservationUnknown)?;
        actor.must_act_for(&found.reservation.member_id)?;
        match found.reservation.status {
            Status::CheckedIn => {}
            Status::Completed => return Ok(Done::already(Accepted::Completed(Box::new(found.reservation.clone())))),
            status if status.is_live() => return Err(Rejection::InvalidTransition { status }),
            status => return Err(Rejection::AlreadyEnded { status }),
        }
        let mut record = found.clone();
        record.end(Status::Completed, facility.now);
        let reservation = Box::new(record.reservation.clone());
        facility.put_record(record);
        Ok(Done::changed(Accepted::Completed(reservation.clone()), Event::ReservationCompleted(reservation)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::cases::{Case, at, hours, person, rsv, run, staff};
    use super::super::words::{at_desk, book};
    use super::super::{CheckIn, Command};
    use super::Complete;

    #[test]
    fn who_came_may_go_early_and_the_rest_of_the_slot_is_free() {
        let (reservation_id, slot) = (rsv("r1"), hours(10, 12));
        let booked = || book("r1", "c1", "ana", slot);
        let came = || Command::CheckIn(CheckIn { reservation_id: reservation_id.clone() });
        let goes = || Command::Complete(Complete { reservation_id: reservation_id.clone() });
        let case = |name, commands, when, then| Case { name, given: at_desk(at(10, 0), commands), when, then };
        let at_eleven = |command| (at(11, 0), person("ana"), command);
        let next = (at(11, 0), staff(), book("r2", "c1", "ben", hours(11, 12)));
        run(vec![
            case("early", vec![booked(), came()], at_eleven(goes()), "r1 Completed | r1 Completed"),
            case("again", vec![booked(), came(), goes()], at_eleven(goes()), "r1 Completed"),
            case("never came", vec![booked()], at_eleven(goes()), "InvalidTransition { status: Confirmed }"),
            case("by itself", vec![booked(), came()], (at(12, 0), staff(), Command::Tick), "Ticked | r1 Completed"),
            case("the rest", vec![booked(), came(), goes()], next, "booked r2 Confirmed | r2 Confirmed"),
        ]);
    }
}
