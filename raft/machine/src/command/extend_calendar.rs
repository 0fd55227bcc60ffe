//! Replaces and adds days of the calendar. Reservations that stand keep their instants.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::{Accepted, Actor, CalendarDay, Event, Facility, Rejection};

/// Replaces and adds days of the calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtendCalendar {
    /// The days; a day of the same date is replaced.
    pub days: Vec<CalendarDay>,
}

impl ExtendCalendar {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        facility.settings().ok_or(Rejection::FacilityUnknown)?;
        if facility.horizon.extend(&self.days, facility.now) {
            Ok(Done::changed(Accepted::CalendarExtended, Event::CalendarExtended))
        } else {
            Ok(Done::already(Accepted::CalendarExtended))
        }
    }
}
