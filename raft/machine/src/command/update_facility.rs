//! Replaces the settings of the facility, and the days of the calendar that follow from them.
//!
//! Reservations that stand keep their instants and their terms. Hours that are new are open to those who
//! wait, in the same entry.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Done;
use crate::{Accepted, Actor, CalendarDay, Event, Facility, Rejection, Reservation, Settings};

/// Reservations outside the hours that a change tells.
const OUTSIDE_HOURS_TOLD_MAX: usize = 200;

/// Replaces the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateFacility {
    /// All of them; their version is not looked at.
    pub settings: Settings,
    /// The version that the caller saw, where it says so.
    pub expected: Option<u64>,
    /// The days that follow from them; a day of the same date is replaced.
    pub days: Vec<CalendarDay>,
}

impl UpdateFacility {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        let before = facility.settings().ok_or(Rejection::FacilityUnknown)?;
        let version = before.version;
        Rejection::unless_version(self.expected, version)?;
        let same = *before == Settings { version, ..self.settings.clone() };
        let moved = facility.horizon.extend(&self.days, facility.now);
        if same && !moved {
            return Ok(Done::already(self.accepted(facility, version)));
        }
        let version = version + 1;
        facility.settings = Some(Arc::new(Settings { version, ..self.settings.clone() }));
        facility.note_everything();
        Ok(Done::changed(self.accepted(facility, version), Event::FacilityUpdated))
    }

    fn accepted(&self, facility: &Facility, version: u64) -> Accepted {
        let is_outside = |one: &&Reservation| {
            one.status.is_live() && one.slot.end > facility.now && !facility.is_open(&one.court_id, &one.slot)
        };
        let outside_hours = facility.reservations(None).filter(is_outside).take(OUTSIDE_HOURS_TOLD_MAX);
        Accepted::FacilityUpdated {
            settings: Box::new(Settings { version, ..self.settings.clone() }),
            outside_hours: outside_hours.cloned().collect(),
        }
    }
}
