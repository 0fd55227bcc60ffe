//! Whether a slot is at a time, and of a length, that can be booked.
//!
//! Opening hours are looked up in the calendar as instants. Length is elapsed time, so a day on which the
//! clocks change needs no case of its own.

use super::Attempt;
use crate::{Conflict, Settings};

const MINUTE_MILLIS: i64 = 60_000;

pub(super) fn past_time(attempt: &Attempt<'_>) -> Vec<Conflict> {
    let (start, now) = (attempt.slot.start, attempt.view.now);
    if start < now { vec![Conflict::PastTime { start, now }] } else { Vec::new() }
}

pub(super) fn outside_hours(attempt: &Attempt<'_>) -> Vec<Conflict> {
    let facility = attempt.view.facility();
    let horizon = &facility.horizon;
    match facility.is_open(&attempt.court.id, &attempt.slot) {
        true => Vec::new(),
        false => vec![Conflict::OutsideHours { open: horizon.openings_on_day_of(attempt.slot.start).to_vec() }],
    }
}

pub(super) fn invalid_duration(attempt: &Attempt<'_>) -> Vec<Conflict> {
    length(attempt.slot.millis(), attempt.settings)
}

/// What is wrong with a length, whatever the slot.
pub(crate) fn length(millis: i64, settings: &Settings) -> Vec<Conflict> {
    let (slot, min, max) = (settings.slot_minutes, settings.min_duration_minutes, settings.max_duration_minutes);
    let whole = millis % (i64::from(slot.max(1)) * MINUTE_MILLIS) == 0;
    let fits = (i64::from(min) * MINUTE_MILLIS..=i64::from(max) * MINUTE_MILLIS).contains(&millis);
    if whole && fits {
        return Vec::new();
    }
    vec![Conflict::InvalidDuration { minutes: millis / MINUTE_MILLIS, slot, min, max }]
}
