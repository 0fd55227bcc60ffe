//! Gives a hold up. It never touches a reservation.

use serde::{Deserialize, Serialize};

use super::{Done, HoldRef};
use crate::record::Record;
use crate::view::View;
use crate::{Accepted, Actor, Event, Facility, Rejection, Status};

/// Gives a hold up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseHold {
    /// Which hold.
    pub hold: HoldRef,
}

impl ReleaseHold {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let view = View::new(facility, facility.now);
        view.settings()?;
        let Some(hold) = self.hold.find(&view) else { return Ok(Done::already(Accepted::HoldReleased(None))) };
        actor.must_act_for(&hold.record.reservation.member_id)?;
        match hold.standing.status {
            Status::Held => {
                let mut record = Record::clone(hold.record);
                record.end(Status::Released, facility.now);
                let released = Box::new(record.reservation.clone());
                facility.put_record(record);
                let accepted = Accepted::HoldReleased(Some(released.clone()));
                Ok(Done::changed(accepted, Event::HoldReleased(released)))
            }
            Status::Confirmed => Err(Rejection::NotAHold),
            Status::Completed | Status::Cancelled | Status::Released | Status::Expired => {
                Ok(Done::already(Accepted::HoldReleased(None)))
            }
        }
    }
}
