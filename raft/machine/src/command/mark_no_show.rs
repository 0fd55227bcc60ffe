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
