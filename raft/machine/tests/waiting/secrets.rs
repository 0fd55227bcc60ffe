//! What is left of an erased member (`booking.md` 8.12): an id, and no text that tells who it was.
//!
//! In these runs every text about a person begins alike and names whom it is about, so that it is found
//! wherever it went: in state and snapshot, in what is told later, and in what history keeps for years.

use std::collections::BTreeSet;

use machine::{Actor, Event, Facility, Past};

/// Every text about a person begins with this in these runs, and ends with its name and a point.
pub(crate) const SECRET: &str = "about ";

pub(crate) fn an_erased_member_leaves_no_personal_field_in_the_state(facility: &Facility, erased: &BTreeSet<String>) {
    if erased.is_empty() {
        return;
    }
    let bytes = facility.to_snapshot();
    for at in bytes.windows(SECRET.len()).enumerate().filter(|(_, part)| *part == SECRET.as_bytes()).map(|(at, _)| at) {
        let told = bytes[at + SECRET.len()..].split(|byte| *byte == b'.').next().unwrap_or_default();
        let of = String::from_utf8_lossy(told).into_owned();
        assert!(!erased.contains(&of), "something about {of} is left in the snapshot");
    }
}

pub(crate) fn what_is_kept_for_years_has_no_text_about_anybody(facility: &Facility, actor: &Actor, events: &[Event]) {
    for event in events {
        let bytes = Past::to_bytes(facility.now(), actor, &mut event.clone());
        let told = bytes.open.windows(SECRET.len()).any(|part| part == SECRET.as_bytes());
        assert!(!told, "{event:?} tells about somebody where it could not be erased");
    }
}

pub(crate) fn nothing_is_told_about_an_erased_member(events: &[Event], erased: &BTreeSet<String>) {
    for event in events {
        let told = format!("{event:?}");
        for of in told.split(SECRET).skip(1).filter_map(|rest| rest.split('.').next()) {
            assert!(!erased.contains(of), "{event:?} tells about {of}, who is erased");
        }
    }
}
