//! A wall clock that stands still until the script moves it, for three nodes in one process.
//!
//! It stands still so that a busy machine cannot push a step past a deadline. The nodes compare clocks by
//! their own steady ones and hear each other five times a second, far within the half second they allow.

use std::sync::atomic::{AtomicI64, Ordering};

use cluster::Clock;
use machine::Instant;

/// A wall clock that somebody moves.
#[derive(Debug)]
pub struct Steered(AtomicI64);

impl Steered {
    /// One that shows this.
    pub fn at(now: Instant) -> Self {
        Self(AtomicI64::new(now.0))
    }

    /// It shows this from now on.
    pub fn set(&self, now: Instant) {
        self.0.store(now.0, Ordering::SeqCst);
    }

    /// What it shows.
    pub fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }
}

impl Clock for Steered {
    fn now_millis(&self) -> i64 {
        self.now().0
    }
}
