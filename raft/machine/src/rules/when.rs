//! Whether a slot is at a time, and of a length, that can be booked.
//!
//! Opening hours and dates are looked up in the calendar as instants. Length is elapsed time, so a day on
//! which the clocks change needs no case of its own.

use super::{Attempt, Finding};
use crate::Conflict;
use crate::time::{DAY_MILLIS, MINUTE_MILLIS};

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
    let horizon = &attempt.view.facility().horizon;
    match horizon.opening_of(&attempt.slot) {
        Some((_, opening)) => Finding::Kept(Some(Conflict::OutsideHours { open: vec![*opening] })),
        None => {
            let open = horizon.openings_on_day_of(attempt.slot.start).to_vec();
            Finding::Broken(vec![Conflict::OutsideHours { open }])
        }
    }
}

/// The grid is that of the opening that the slot begins in; outside of all there is none.
pub(super) fn off_grid(attempt: &Attempt<'_>) -> Finding {
    let start = attempt.slot.start;
    let Some((day, opening)) = attempt.view.facility().horizon.opening_at(start) else { return Finding::kept() };
    if day.on_grid(opening, start) || day.slot_millis <= 0 {
        return Finding::kept();
    }
    let before = start.plus(-((start.0 - opening.start.0) % day.slot_millis));
    Finding::Broken(vec![Conflict::OffGrid { before, after: before.plus(day.slot_millis) }])
}

pub(super) fn invalid_duration(attempt: &Attempt<'_>) -> Finding {
    let millis = attempt.slot.millis();
    let (slot, min, max) =
        (attempt.settings.slot_minutes, attempt.settings.min_duration_minutes, attempt.settings.max_duration_minutes);
    let whole = millis % (i64::from(slot.max(1)) * MINUTE_MILLIS) == 0;
    let fits = (i64::from(min) * MINUTE_MILLIS..=i64::from(max) * MINUTE_MILLIS).contains(&millis);
    let facts = Conflict::InvalidDuration { minutes: millis / MINUTE_MILLIS, slot, min, max };
    Finding::compared(facts, !(whole && fits))
}
