//! Gives the facility its settings and first calendar, once.
//!
//! Before it nothing else is decided. The calendar comes along, so that the first attempt already finds
//! opening hours. Changing settings later is another command.

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
            Some(settings) if *settings == self.settings => Ok(Done::already(self.accepted())),
            Some(_) => Err(Rejection::FacilityExists),
            None => {
                facility.settings = Some(Arc::new(self.settings.clone()));
                facility.horizon.extend(&self.days, facility.now);
                Ok(Done::changed(self.accepted(), Event::FacilityCreated))
            }
        }
    }

    fn accepted(&self) -> Accepted {
        Accepted::FacilityCreated(Box::new(self.settings.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, at, days, envelope, hours, person, place, run, service, settings, told};
    use super::*;
    use crate::apply;

    fn create(settings: Settings) -> Command {
        Command::CreateFacility(Box::new(CreateFacility { settings, days: days() }))
    }

    #[test]
    fn a_facility_is_created_once() {
        let renamed = Settings { name: "Other".to_owned(), ..settings() };
        let case = |name, actor, command, then| Case { name, given: vec![], when: (at(1, 0), actor, command), then };
        run(vec![
            case("the same again", service(), create(settings()), "facility 1"),
            case("another", service(), create(renamed), "FacilityExists"),
            case("by a member", person("ana"), create(settings()), "NotYours"),
        ]);
    }

    #[test]
    fn nothing_is_decided_before_it_is_created() {
        let mut facility = Facility::default();
        let attempt = envelope(1, at(8, 0), service(), place(1, "c1", "ana", hours(10, 11)));
        assert_eq!(crate::refusal(&facility, &attempt), Some(Rejection::FacilityUnknown));
        assert_eq!(told(&apply(&mut facility, 1, &attempt)), "FacilityUnknown");
        let creation = envelope(2, at(8, 0), service(), create(settings()));
        assert_eq!(told(&apply(&mut facility, 2, &creation)), "facility 1 | FacilityCreated");
    }
}
