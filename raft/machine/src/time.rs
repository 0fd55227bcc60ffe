//! Instants and intervals. An instant is integer milliseconds UTC; an interval is half-open.
//!
//! There is no clock here and no zone: an instant comes from outside and is only compared. Sums stop at
//! the ends of the number line, so that no input can wrap around into another year.

use serde::{Deserialize, Serialize};

/// A minute in milliseconds.
pub(crate) const MINUTE_MILLIS: i64 = 60_000;
/// A day of 24 hours in milliseconds.
pub(crate) const DAY_MILLIS: i64 = 24 * 60 * MINUTE_MILLIS;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Instant(pub i64);

impl Instant {
    /// This instant and `millis` more; stops at the ends of the number line.
    #[must_use]
    pub fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

/// `[start, end)`: adjacent intervals do not overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Interval {
    /// First instant inside.
    pub start: Instant,
    /// First instant after.
    pub end: Instant,
}

impl Interval {
    /// From the first instant to the last.
    pub(crate) const EVER: Self = Self { start: Instant(i64::MIN), end: Instant(i64::MAX) };

    /// Whether the two share an instant.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether `other` lies wholly inside.
    pub fn contains(&self, other: &Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// How many milliseconds the two share.
    pub fn shared_millis(&self, other: &Self) -> i64 {
        self.end.min(other.end).0.saturating_sub(self.start.max(other.start).0).max(0)
    }

    /// Length in milliseconds.
    pub fn millis(&self) -> i64 {
        self.end.0.saturating_sub(self.start.0)
    }
}
