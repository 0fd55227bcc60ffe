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

impl LocalDate {
    /// Its place in the row of all days: the difference of two is the number of days between them.
    pub fn day_number(self) -> i64 {
        // A year that begins in March has its leap day at its end, and its months in a pattern of five.
        let (year, month) = (i64::from(self.year), i64::from(self.month));
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        year * 365 + leap_days + (month * 153 + 2) / 5 + i64::from(self.day)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_over_months_leap_years_and_centuries() {
        let days = |(year, month, day): (i16, u8, u8)| LocalDate { year, month, day }.day_number();
        let between = |from, to| days(to) - days(from);
        assert_eq!(between((2026, 12, 31), (2027, 1, 1)), 1);
        assert_eq!(between((2028, 2, 28), (2028, 3, 1)), 2);
        assert_eq!(between((2026, 2, 28), (2026, 3, 1)), 1);
        assert_eq!(between((2100, 2, 28), (2100, 3, 1)), 1);
        assert_eq!(between((1970, 1, 1), (2000, 1, 1)), 10_957);
        assert_eq!(between((2000, 1, 1), (2400, 1, 1)), 146_097);
        let whole_year: Vec<i64> = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].to_vec();
        for (month, length) in (1u8..).zip(whole_year) {
            let next = if month == 12 { (2027, 1, 1) } else { (2026, month + 1, 1) };
            assert_eq!(between((2026, month, 1), next), length, "month {month}");
        }
    }
}
