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
