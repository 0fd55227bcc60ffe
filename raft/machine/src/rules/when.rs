//! Whether a slot is at a time, and of a length, that can be booked.
//!
//! Opening hours are looked up in the calendar as instants. Length is elapsed time, so a day on which the
//! clocks change needs no case of its own.

use super::Attempt;
use crate::Conflict;

const MINUTE_MILLIS: i64 = 60_000;

pub(super) fn past_time(attempt: &Attempt<'_>) -> Vec<Conflict> {
    let (start, now) = (attempt.slot.start, attempt.view.now);
    if start < now { vec![Conflict::PastTime { start, now }] } else { Vec::new() }
}

pub(super) fn outside_hours(attempt: &Attempt<'_>) -> Vec<Conflict> {
    let horizon = &attempt.view.facility().horizon;
    match horizon.opening_of(&attempt.slot) {
        Some(_) => Vec::new(),
        None => vec![Conflict::OutsideHours { open: horizon.openings_on_day_of(attempt.slot.start).to_vec() }],
    }
}

pub(super) fn invalid_duration(attempt: &Attempt<'_>) -> Vec<Conflict> {
    let millis = attempt.slot.millis();
    let (slot, min, max) =
        (attempt.settings.slot_minutes, attempt.settings.min_duration_minutes, attempt.settings.max_duration_minutes);
    let whole = millis % (i64::from(slot.max(1)) * MINUTE_MILLIS) == 0;
    let fits = (i64::from(min) * MINUTE_MILLIS..=i64::from(max) * MINUTE_MILLIS).contains(&millis);
    if whole && fits {
        return Vec::new();
    }
    vec![Conflict::InvalidDuration { minutes: millis / MINUTE_MILLIS, slot, min, max }]
}
