//! The clock of a run: tokio's paused one, on which months pass as fast as there is something to do.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// 2026-10-19T00:00:00Z, a Monday: the clocks of Europe and of America change within the next two weeks.
const BASE_MILLIS: i64 = 1_792_368_000_000;

/// A minute in milliseconds.
pub const MINUTE: i64 = 60_000;
/// An hour in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// A day in milliseconds.
pub const DAY: i64 = 24 * HOUR;

/// What every node of a run has for a wall clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: Instant,
}

impl Clock {
    /// It shows the beginning of the run.
    pub fn start() -> Self {
        Self { began: Instant::now() }
    }

    /// What it showed at the beginning.
    pub fn began(self) -> machine::Instant {
        machine::Instant(BASE_MILLIS)
    }

    /// What it shows.
    pub fn now(self) -> machine::Instant {
        self.began().plus(i64::try_from(self.began.elapsed().as_millis()).expect("a run is no million years"))
    }

    /// Waits until it shows `at`.
    pub async fn reach(self, at: machine::Instant) {
        let ahead = u64::try_from(at.0 - BASE_MILLIS).unwrap_or(0);
        let instant = self.began + Duration::from_millis(ahead);
        while Instant::now() < instant {
            sleep_until(instant).await;
        }
    }

    /// Lets so many milliseconds pass.
    pub async fn pass(self, millis: i64) {
        self.reach(self.now().plus(millis)).await;
    }
}
