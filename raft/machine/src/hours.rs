//! When a court is open: the facility's calendar, and what blocks of kind `extended` add to it.
//!
//! An extension has a grid of its own from its own start; where it lies over an opening of the calendar,
//! the opening's grid stays. A slot may run from one into the other, as long as all of it is open.

use crate::{CalendarDay, CourtId, Facility, Instant, Interval, LocalDate};

/// An opening, and the grid on which slots begin in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hours {
    /// The local day it belongs to.
    pub(crate) date: LocalDate,
    /// When it is open; the grid runs from its start.
    pub(crate) open: Interval,
    /// Length of a step of the grid, in milliseconds.
    pub(crate) step: i64,
}

impl Hours {
    fn of(day: &CalendarDay, open: Interval) -> Self {
        Self { date: day.date, open, step: day.slot_millis }
    }

    /// Whether a slot that begins at `at` begins on the grid.
    pub(crate) fn on_grid(&self, at: Instant) -> bool {
        self.step > 0 && (at.0 - self.open.start.0) % self.step == 0
    }

    /// The first start on the grid that is not before `at`; `None` where there is no grid.
    pub(crate) fn first_start(&self, at: Instant) -> Option<Instant> {
        let behind = at.0.saturating_sub(self.open.start.0).max(0);
        let steps = behind.checked_add(self.step - 1)?.checked_div(self.step).filter(|_| self.step > 0)?;
        Some(self.open.start.plus(steps.saturating_mul(self.step)))
    }
}

impl Facility {
    /// The openings of a court that share an instant with `span`, those of the calendar first.
    pub(crate) fn hours_meeting(&self, court: &CourtId, span: Interval) -> Vec<Hours> {
        let calendar =
            self.horizon.days_meeting(span).flat_map(|day| day.open.iter().map(|open| Hours::of(day, *open)));
        let extended = self.blocks.extensions(court, span).filter_map(|open| {
            let day = self.horizon.day_of(open.start)?;
            Some(Hours::of(day, open))
        });
        calendar.chain(extended).filter(|hours| hours.open.overlaps(&span)).collect()
    }

    /// Whether all of `slot` is open on a court, in one opening or in several that touch.
    pub fn is_open(&self, court: &CourtId, slot: &Interval) -> bool {
        if self.horizon.opening_of(slot).is_some() {
            return true;
        }
        let mut pieces: Vec<Interval> = self.hours_meeting(court, *slot).iter().map(|hours| hours.open).collect();
        pieces.sort_unstable();
        let open_until = pieces
            .iter()
            .fold(slot.start, |until, piece| if piece.start <= until { until.max(piece.end) } else { until });
        open_until >= slot.end
    }

    /// The opening in which a slot that begins at `at` begins; that of the calendar before an extension.
    pub(crate) fn hours_at(&self, court: &CourtId, at: Instant) -> Option<Hours> {
        if let Some((day, open)) = self.horizon.opening_at(at) {
            return Some(Hours::of(day, *open));
        }
        let moment = Interval { start: at, end: at.plus(1) };
        self.hours_meeting(court, moment).into_iter().next()
    }
}
