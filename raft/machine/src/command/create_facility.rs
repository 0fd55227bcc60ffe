//! Gives the facility its settings and first calendar, once.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Done;
use crate::{Accepted, Actor, CalendarDay, Event, Facility, Rejection, Settings};

/// Gives the facility its settings and first calendar. With equal settings again it is answered
/// again; the calendar follows from them and from the day, so it is not compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateFacility {
    /// The settings.
    pub settings: Settings,
    /// The days already turned into instants.
    pub days: Vec<CalendarDay>,
}

impl CreateFacility {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        match facility.settings() {
            Some(settings) if *settings == self.settings => Ok(Done::already(Accepted::FacilityCreated)),
            Some(_) => Err(Rejection::FacilityExists),
            None => {
                facility.settings = Some(Arc::new(self.settings.clone()));
                facility.horizon.extend(&self.days, facility.now);
                Ok(Done::changed(Accepted::FacilityCreated, Event::FacilityCreated))
            }
        }
    }
}
