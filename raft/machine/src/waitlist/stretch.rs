//! The whole free gap around what became free, and the slots that fit into it.
//!
//! A gap reaches to the neighbouring claims, blocks and the end of the opening: what was free beside the
//! freed interval may only now be long enough for somebody.

use super::WaitlistEntry;
use crate::hours::Hours;
use crate::{CourtId, Facility, Instant, Interval};

/// An opening of the calendar closes at most a day after its own day, and so does what extends it.
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// A gap between claims, and the grid on which slots begin in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    hours: Hours,
    free: Interval,
}

impl Stretch {
    /// The local day of the slots.
    pub(super) fn date(&self) -> crate::LocalDate {
        self.hours.date
    }

    /// The slots in it that an entry would take.
    pub(super) fn slots(&self, entry: &WaitlistEntry) -> impl Iterator<Item = Interval> {
        let (window, long) = (entry.wish.window, entry.duration_millis());
        let (from, last) = (self.free.start.max(window.start), window.end.min(self.hours.open.end));
        // Most of those who wait for a day want another part of it.
        let fits = from < last && from.plus(long) <= self.free.end;
        let first = if fits { self.hours.first_start(from) } else { None };
        let step = self.hours.step;
        let starts = std::iter::successors(first, move |start| Some(start.plus(step)));
        let slots = starts.map(move |start| Interval { start, end: start.plus(long) });
        let free_until = self.free.end;
        slots.take_while(move |slot| slot.start < last && slot.end <= free_until)
    }
}

/// The gaps of a court that touch `span`.
pub(super) fn around(facility: &Facility, court: &CourtId, span: Interval) -> Vec<Stretch> {
    let touches = |stretch: &Stretch| stretch.free.start <= span.end && span.start <= stretch.free.end;
    // What lies behind the neighbours touches nothing, and need not be looked at.
    let near = facility.book.with_neighbours(court, span);
    // A slot that ends in an extension may begin in the opening before it.
    let back = if facility.blocks.has_extensions() { DAY_MILLIS } else { 0 };
    let hours = facility.hours_meeting(court, Interval { start: span.start.plus(-back), end: span.end });
    hours.into_iter().flat_map(|hours| in_hours(facility, court, hours, near)).filter(touches).collect()
}

/// The openings of a court that meet `span`, as if nothing claimed it.
pub(super) fn whole(facility: &Facility, court: &CourtId, span: Interval) -> Vec<Stretch> {
    let hours = facility.hours_meeting(court, span);
    hours.into_iter().map(|hours| Stretch { hours, free: hours.open }).collect()
}

/// The gaps of a court on a day.
pub(super) fn on_day(facility: &Facility, court: &CourtId, date: crate::LocalDate) -> Vec<Stretch> {
    let Some(day) = facility.calendar_day(date) else { return Vec::new() };
    let reach = Interval { start: day.span.start, end: day.span.end.plus(DAY_MILLIS) };
    let hours = facility.hours_meeting(court, reach).into_iter().filter(|hours| hours.date == date);
    hours.flat_map(|hours| in_hours(facility, court, hours, Interval::EVER)).collect()
}

/// The gaps in an opening, as far as they lie in `part`, which ends where claims end or the opening does.
fn in_hours(facility: &Facility, court: &CourtId, hours: Hours, part: Interval) -> Vec<Stretch> {
    // A slot that begins in an opening may end in an extension of it; the rules see to what is open.
    let end = if facility.blocks.has_extensions() { hours.open.end.plus(DAY_MILLIS) } else { hours.open.end };
    let reach = Interval { start: hours.open.start.max(facility.now).max(part.start), end: end.min(part.end) };
    if reach.start >= hours.open.end.min(reach.end) {
        return Vec::new();
    }
    let free = free_parts(busy(facility, court, reach), reach);
    free.into_iter().map(|free| Stretch { hours, free }).collect()
}

/// What claims a court, by start. Everything due has been settled, so what is indexed as live is live.
fn busy(facility: &Facility, court: &CourtId, span: Interval) -> Vec<Interval> {
    let claims = facility.book.live_in(court, Some(span)).map(|record| record.reservation.slot);
    let mut busy: Vec<Interval> = claims.chain(facility.blocks.claims_in(court, span).map(|(time, _)| time)).collect();
    busy.sort_unstable();
    busy
}

fn free_parts(busy: Vec<Interval>, within: Interval) -> Vec<Interval> {
    let mut free = Vec::new();
    let mut from: Instant = within.start;
    for claim in busy {
        if from < claim.start {
            free.push(Interval { start: from, end: claim.start });
        }
        from = from.max(claim.end);
    }
    if from < within.end {
        free.push(Interval { start: from, end: within.end });
    }
    free
}
