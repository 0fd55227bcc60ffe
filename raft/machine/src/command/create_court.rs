//! Adds a court.
//!
//! The proposer brings the id and has checked the fields; here it is only decided whether the id is free.
//! A court that is there is never changed by this command.

use std::sync::Arc;

use super::Done;
use crate::{Accepted, Actor, Court, Event, Facility, Rejection};

/// The version of a record that has not changed since it came to be.
const FIRST_VERSION: u64 = 1;

/// Adds `court`; the same court again is answered again, another of its id is refused.
pub(super) fn run(court: &Court, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
    actor.must_not_be_member()?;
    facility.settings().ok_or(Rejection::FacilityUnknown)?;
    if let Some(there) = facility.court(&court.id) {
        let same = *there == Court { version: there.version, ..court.clone() };
        return if same {
            Ok(Done::already(Accepted::CourtCreated(there.clone())))
        } else {
            Err(Rejection::CourtExists)
        };
    }
    let court = Court { version: FIRST_VERSION, ..court.clone() };
    facility.courts.insert(court.id.clone(), Arc::new(court.clone()));
    facility.note_everything();
    let event = Event::CourtCreated(court.id.clone());
    Ok(Done::changed(Accepted::CourtCreated(court), event))
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, at, court, person, run, service};

    #[test]
    fn a_court_is_created_once() {
        let case = |name, actor, court, then| Case {
            name,
            given: vec![],
            when: (at(1, 0), actor, Command::CreateCourt(court)),
            then,
        };
        let renamed = crate::Court { name: "Centre".to_owned(), ..court("c1") };
        run(vec![
            case("a new one", service(), court("c4"), "court c4 | court c4"),
            case("the same again", service(), court("c1"), "court c1"),
            case("another of that id", service(), renamed, "CourtExists"),
            case("by a member", person("ana"), court("c4"), "NotYours"),
        ]);
    }
}
