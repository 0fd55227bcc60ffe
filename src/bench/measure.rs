//! Latencies, counted in a histogram, and the figures taken from it.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Value, json};

/// Two digits: an error of 1 % for 20 KiB a histogram, of which each client has three.
const DIGITS: u8 = 2;

/// The longest latency told apart, in microseconds.
const MICROS_MAX: u64 = 60_000_000;

/// Latencies of one kind.
#[derive(Clone, Debug)]
pub(super) struct Latency(Histogram<u32>);

impl Latency {
    pub(super) fn new() -> Self {
        Self(Histogram::new_with_bounds(1, MICROS_MAX, DIGITS).expect("the bounds are constants"))
    }

    pub(super) fn record(&mut self, took: Duration) {
        self.0.saturating_record(u64::try_from(took.as_micros()).unwrap_or(MICROS_MAX));
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.0.add(&other.0).expect("all have the same bounds");
    }

    pub(super) fn count(&self) -> u64 {
        self.0.len()
    }

    /// In milliseconds; 0 where nothing was measured.
    pub(super) fn quantile(&self, quantile: f64) -> f64 {
        millis(self.0.value_at_quantile(quantile))
    }

    /// In milliseconds.
    pub(super) fn max(&self) -> f64 {
        millis(self.0.max())
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "p50Ms": self.quantile(0.5), "p95Ms": self.quantile(0.95), "p99Ms": self.quantile(0.99), "maxMs": self.max(),
        })
    }
}

/// Microseconds as milliseconds.
fn millis(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}

/// How many a second, to one decimal.
pub(super) fn rate(count: u64, over: Duration) -> f64 {
    if over.is_zero() { 0.0 } else { (count as f64 / over.as_secs_f64() * 10.0).round() / 10.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_what_was_recorded() {
        let mut latency = Latency::new();
        (1..=99).for_each(|_| latency.record(Duration::from_millis(2)));
        let mut other = Latency::new();
        other.record(Duration::from_secs(3_600));
        latency.add(&other);
        assert_eq!(latency.count(), 100);
        assert!((latency.quantile(0.5) - 2.0).abs() < 0.05, "{}", latency.quantile(0.5));
        assert!(latency.max() > 59_000.0);
        assert_eq!((rate(10, Duration::from_secs(4)), rate(1, Duration::ZERO)), (2.5, 0.0));
    }
}
