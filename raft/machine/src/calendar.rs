//! The calendar as data: one day of a facility, its local hours already turned into instants by
//! the proposer, so that no replica ever consults a time-zone table.
//! The lookup from an instant to its day is in `horizon`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Instant, Interval};

/// A date in the facility's zone, written `YYYY-MM-DD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LocalDate {
    /// Year of the Gregorian calendar.
    pub year: i16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One local day of a facility, in instants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarDay {
    /// The local date.
    pub date: LocalDate,
    /// From local midnight to the next: 23 to 25 hours long where clocks change.
    pub span: Interval,
    /// When the courts are open, in order, disjoint. An opening past midnight belongs to the day
    /// it began on.
    pub open: Vec<Interval>,
    /// Length of a slot in milliseconds; the grid runs in elapsed time from each opening.
    pub slot_millis: i64,
    /// When prime prices hold, in order, disjoint.
    pub prime: Vec<Interval>,
}

impl CalendarDay {
    /// The opening that a slot lies in, wholly.
    pub fn opening_of(&self, slot: &Interval) -> Option<&Interval> {
        self.open.iter().find(|open| open.contains(slot))
    }

    /// Whether `at` is on the grid of `opening`.
    pub fn on_grid(&self, opening: &Interval, at: Instant) -> bool {
        self.slot_millis > 0 && (at.0 - opening.start.0) % self.slot_millis == 0
    }
}
