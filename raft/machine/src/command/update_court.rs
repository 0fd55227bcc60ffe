//! Replaces a court's record. Reservations that stand on it stay.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Done;
use crate::{Accepted, Actor, Court, Event, Facility, Rejection};

/// Replaces a court.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateCourt {
    /// All of it; its version is not looked at.
    pub court: Court,
    /// The version that the caller saw, where it says so.
    pub expected: Option<u64>,
}

impl UpdateCourt {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        facility.settings().ok_or(Rejection::FacilityUnknown)?;
        let before = facility.court(&self.court.id).ok_or(Rejection::CourtUnknown)?;
        Rejection::unless_version(self.expected, before.version)?;
        if *before == (Court { version: before.version, ..self.court.clone() }) {
            return Ok(Done::already(Accepted::CourtUpdated(before.clone())));
        }
        let court = Court { version: before.version + 1, ..self.court.clone() };
        facility.courts.insert(court.id.clone(), Arc::new(court.clone()));
        // Another sport, or bookings again: somebody may have waited for it.
        facility.note_everything();
        let event = Event::CourtUpdated(court.id.clone());
        Ok(Done::changed(Accepted::CourtUpdated(court), event))
    }
}
