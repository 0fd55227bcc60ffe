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
