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

#[cfg(test)]
mod tests {
    use super::super::cases::{Case, at, cancel, court, hours, person, run, staff};
    use super::super::words::{at_desk, block, book, setting};
    use super::super::{Command, RemoveCourt, UpdateFacility};
    use super::UpdateCourt;
    use crate::{BlockMode, Court, CourtId};

    fn update(name: &str, expected: Option<u64>) -> Command {
        Command::UpdateCourt(UpdateCourt { court: Court { name: name.to_owned(), ..court("c1") }, expected })
    }

    fn remove(id: &str) -> Command {
        Command::RemoveCourt(RemoveCourt { court_id: CourtId::parse(id).unwrap(), expected: None })
    }

    #[test]
    fn what_is_edited_is_what_the_editor_saw() {
        let case = |name, when, then| Case { name, given: vec![], when: (at(8, 0), staff(), when), then };
        let facility = |expected| match setting(|it| it.hold_seconds = 60) {
            Command::UpdateFacility(it) => Command::UpdateFacility(Box::new(UpdateFacility { expected, ..*it })),
            other => other,
        };
        run(vec![
            case("a court", update("Centre", Some(1)), "court c1 2 | court c1 updated"),
            case("seen before", update("Centre", Some(7)), "VersionMismatch { current: 1 }"),
            case("as it is", update("c1", None), "court c1 1"),
            case("the facility", facility(Some(1)), "facility 2 | FacilityUpdated"),
            case("seen before", facility(Some(3)), "VersionMismatch { current: 1 }"),
            case("as it is", setting(|_| ()), "facility 1"),
        ]);
        let when = (at(8, 0), person("ana"), update("Mine", None));
        run(vec![Case { name: "a member", given: vec![], when, then: "NotYours" }]);
    }

    #[test]
    fn a_court_goes_when_nothing_is_booked_on_it() {
        let booked = || vec![book("r1", "c1", "ana", hours(10, 11))];
        let called_off = || vec![book("r1", "c1", "ana", hours(10, 11)), cancel("r1", None)];
        let case = |name, given, when, then| Case {
            name,
            given: at_desk(at(8, 0), given),
            when: (at(8, 0), staff(), when),
            then,
        };
        run(vec![
            case("booked", booked(), remove("c1"), "CourtInUse { claims: 1 }"),
            case("called off", called_off(), remove("c1"), "CourtRemoved | court c1 removed"),
            case(
                "blocked",
                vec![block(Some("c1"), BlockMode::Reject, &[hours(10, 11)])],
                remove("c1"),
                "CourtRemoved | block b1 left 0, c1 unblocked, court c1 removed",
            ),
            case("gone", vec![remove("c1")], book("r1", "c1", "ana", hours(10, 11)), "CourtUnknown"),
            case("gone already", vec![remove("c1")], remove("c1"), "CourtUnknown"),
        ]);
    }
}
