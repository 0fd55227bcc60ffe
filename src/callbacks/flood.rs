//! How many texts of one number are answered: a flood from one telephone costs neither a log nor answers.
//!
//! Each node counts for itself. A number is known here by its hash alone, and only while it counts.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Texts that one number may send at once.
const TEXTS_AT_ONCE: u32 = 10;
/// Then one more each time so long has passed.
const TEXT_EVERY: Duration = Duration::from_secs(15);
/// Numbers that are counted at a time; more than these share one count.
const NUMBERS_MAX: usize = 4096;

/// Counts the texts of each number.
#[derive(Debug)]
pub(crate) struct FloodGate {
    names: RandomState,
    started: Instant,
    /// When each number may send all of them at once again, since the start.
    full_at: Mutex<HashMap<u64, Duration>>,
}

impl FloodGate {
    pub(crate) fn new() -> Self {
        Self { names: RandomState::new(), started: Instant::now(), full_at: Mutex::default() }
    }

    /// Counts a text of a number; whether it is to be answered.
    pub(crate) fn admits(&self, number: &str) -> bool {
        self.admits_at(number, self.started.elapsed())
    }

    fn admits_at(&self, number: &str, now: Duration) -> bool {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let mut name = self.names.hash_one(number);
        if !full_at.contains_key(&name) && full_at.len() + 1 >= NUMBERS_MAX {
            full_at.retain(|_, at| *at > now);
            if full_at.len() + 1 >= NUMBERS_MAX {
                name = 0;
            }
        }
        let at = full_at.entry(name).or_default();
        let filled = (*at).max(now) + TEXT_EVERY;
        let fits = filled <= now + TEXT_EVERY * TEXTS_AT_ONCE;
        if fits {
            *at = filled;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_answered_some_times_at_once_and_then_now_and_again() {
        let gate = FloodGate::new();
        let at = |seconds| gate.admits_at("+12065550100", Duration::from_secs(seconds));
        let admitted = (0..100).filter(|_| at(0)).count();
        assert_eq!(admitted, 10);
        assert!(gate.admits_at("+12065550101", Duration::ZERO), "another number");
        assert!(!at(14) && at(15) && !at(15) && at(30));
        assert_eq!((0..100).filter(|_| at(3_600)).count(), 10);
    }

    #[test]
    fn a_flood_of_numbers_is_counted_in_bounded_memory() {
        let gate = FloodGate::new();
        let admitted = (0..3 * NUMBERS_MAX).filter(|n| gate.admits_at(&n.to_string(), Duration::ZERO)).count();
        assert!(gate.full_at.lock().unwrap().len() <= NUMBERS_MAX);
        assert!((NUMBERS_MAX - 1..NUMBERS_MAX + 10).contains(&admitted), "{admitted}: the others share one count");
        assert!(gate.admits_at("new", Duration::from_secs(3_600)), "when all may again, there is room again");
    }
}
