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
