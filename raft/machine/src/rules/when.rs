//! Whether a slot is at a time, and of a length, that can be booked.
//!
//! Opening hours and dates are looked up in the calendar as instants. Length is elapsed time, so a day on
//! which the clocks change needs no case of its own.

use super::{Attempt, Finding};
use crate::time::{DAY_MILLIS, MINUTE_MILLIS};
use crate::{Conflict, Settings};

pub(super) fn past_time(attempt: &Attempt<'_>) -> Finding {
    let (start, now) = (attempt.slot.start, attempt.view.now);
    Finding::compared(Conflict::PastTime { start, now }, start < now)
}

/// Counted in local dates: a member who may book 14 days ahead may do so from midnight on.
pub(super) fn advance_booking(attempt: &Attempt<'_>) -> Finding {
    let window = attempt.member.advance_booking_days.unwrap_or(attempt.settings.advance_booking_days);
    let horizon = &attempt.view.facility().horizon;
    let (start, now) = (attempt.slot.start, attempt.view.now);
    let days = match (horizon.date_of(start), horizon.date_of(now)) {
        (Some(then), Some(today)) => then.day_number() - today.day_number(),
        // Beyond the calendar there are no dates, only elapsed time.
        _ => start.0.saturating_sub(now.0) / DAY_MILLIS,
    };
    Finding::compared(Conflict::AdvanceBooking { days, window }, days > i64::from(window))
}

pub(super) fn outside_hours(attempt: &Attempt<'_>) -> Finding {
    let facility = attempt.view.facility();
    let horizon = &facility.horizon;
    match horizon.opening_of(&attempt.slot) {
        Some((_, opening)) => Finding::Kept(Some(Conflict::OutsideHours { open: vec![*opening] })),
        None if facility.is_open(&attempt.court.id, &attempt.slot) => Finding::kept(),
        None => {
            let open = horizon.openings_on_day_of(attempt.slot.start).to_vec();
            Finding::Broken(vec![Conflict::OutsideHours { open }])
        }
    }
}

/// The grid is that of the opening that the slot begins in; outside of all there is none.
pub(super) fn off_grid(attempt: &Attempt<'_>) -> Finding {
    let start = attempt.slot.start;
    let Some(hours) = attempt.view.facility().hours_at(&attempt.court.id, start) else { return Finding::kept() };
    if hours.on_grid(start) || hours.step <= 0 {
        return Finding::kept();
    }
    let before = start.plus(-((start.0 - hours.open.start.0) % hours.step));
    Finding::Broken(vec![Conflict::OffGrid { before, after: before.plus(hours.step) }])
}

pub(super) fn invalid_duration(attempt: &Attempt<'_>) -> Finding {
    let (facts, broken) = measured(attempt.slot.millis(), attempt.settings);
    Finding::compared(facts, broken)
}

/// What is wrong with a length, whatever the slot.
pub(crate) fn wrong_length(millis: i64, settings: &Settings) -> Option<Conflict> {
    let (facts, broken) = measured(millis, settings);
    broken.then_some(facts)
}

fn measured(millis: i64, settings: &Settings) -> (Conflict, bool) {
    let (slot, min, max) = (settings.slot_minutes, settings.min_duration_minutes, settings.max_duration_minutes);
    let whole = millis % (i64::from(slot.max(1)) * MINUTE_MILLIS) == 0;
    let fits = (i64::from(min) * MINUTE_MILLIS..=i64::from(max) * MINUTE_MILLIS).contains(&millis);
    (Conflict::InvalidDuration { minutes: millis / MINUTE_MILLIS, slot, min, max }, !(whole && fits))
}
