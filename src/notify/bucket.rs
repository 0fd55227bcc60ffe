//! A bucket of tokens: so many a second, so many at once, and some kept back for what is urgent.

use std::time::Duration;

use machine::Urgency;
use tokio::time::Instant;

/// How much may be sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Messages a second, in the long run.
    pub per_second: f64,
    /// Messages that are not urgent and may go at once after a rest.
    pub burst: u32,
    /// Messages that are under way at the same time and not urgent.
    pub in_flight: u32,
}

impl Pace {
    /// So many a second, a second's worth at once, and so many under way.
    pub fn new(per_second: f64, in_flight: u32) -> Self {
        // A rate beyond any provider's is no limit at all, and fits.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded up from 1 to a million")]
        let burst = per_second.clamp(1.0, 1e6).ceil() as u32;
        Self { per_second, burst, in_flight }
    }

    /// How many of `whole` are added on top for what is urgent: a quarter, and one at least.
    pub(super) fn reserve(whole: u32) -> u32 {
        whole.div_ceil(4).max(1)
    }

    /// How many of a reserve stay untouched by what has this urgency.
    pub(super) fn kept_back(reserve: u32, urgency: Urgency) -> u32 {
        match urgency {
            Urgency::Offer => 0,
            Urgency::Soon => reserve.div_ceil(2),
            Urgency::Ordinary => reserve,
        }
    }
}

/// Tokens, one a message.
#[derive(Debug)]
pub(super) struct Bucket {
    per_second: f64,
    reserve: u32,
    most: f64,
    tokens: f64,
    filled_at: Instant,
}

impl Bucket {
    /// A full one.
    pub(super) fn new(pace: Pace, now: Instant) -> Self {
        let reserve = Pace::reserve(pace.burst);
        let most = f64::from(pace.burst) + f64::from(reserve);
        Self { per_second: pace.per_second, reserve, most, tokens: most, filled_at: now }
    }

    /// How many tokens there are for what has this urgency.
    pub(super) fn room(&mut self, urgency: Urgency, now: Instant) -> usize {
        self.fill(now);
        // Sums of small fractions fall short of the whole number by a hair.
        let free = self.tokens - self.kept_back(urgency) + 1e-6;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut down, and not below nothing")]
        let whole = free.max(0.0) as usize;
        whole
    }

    /// Takes one.
    pub(super) fn take(&mut self, now: Instant) {
        self.fill(now);
        self.tokens = (self.tokens - 1.0).max(0.0);
    }

    /// Gives one back that was not used.
    pub(super) fn give_back(&mut self) {
        self.tokens = (self.tokens + 1.0).min(self.most);
    }

    /// How long until there is one for what has this urgency.
    pub(super) fn wait(&mut self, urgency: Urgency, now: Instant) -> Duration {
        self.fill(now);
        let missing = self.kept_back(urgency) + 1.0 - self.tokens;
        Duration::try_from_secs_f64(missing.max(0.0) / self.per_second).unwrap_or(Duration::MAX)
    }

    fn kept_back(&self, urgency: Urgency) -> f64 {
        f64::from(Pace::kept_back(self.reserve, urgency))
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.per_second).min(self.most);
        self.filled_at = self.filled_at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(bucket: &mut Bucket, urgency: Urgency, now: Instant) -> usize {
        let mut count = 0;
        while bucket.room(urgency, now) > 0 {
            bucket.take(now);
            count += 1;
        }
        count
    }

    #[test]
    fn what_is_ordinary_leaves_room_for_what_is_urgent() {
        let now = Instant::now();
        let mut bucket = Bucket::new(Pace::new(8.0, 1), now);
        assert_eq!(taken(&mut bucket, Urgency::Ordinary, now), 8);
        assert_eq!(taken(&mut bucket, Urgency::Soon, now), 1);
        assert_eq!(taken(&mut bucket, Urgency::Offer, now), 1);
        assert_eq!(bucket.wait(Urgency::Offer, now), Duration::from_millis(125));
        assert_eq!(bucket.wait(Urgency::Ordinary, now), Duration::from_millis(375));
    }

    #[test]
    fn a_slow_rate_lets_everything_through_in_time() {
        let now = Instant::now();
        let mut bucket = Bucket::new(Pace::new(0.5, 1), now);
        assert_eq!(taken(&mut bucket, Urgency::Ordinary, now), 1);
        assert_eq!(taken(&mut bucket, Urgency::Offer, now), 1);
        assert_eq!(taken(&mut bucket, Urgency::Ordinary, now + Duration::from_secs(3)), 0);
        assert_eq!(taken(&mut bucket, Urgency::Ordinary, now + Duration::from_secs(4)), 1);
    }

    #[test]
    fn a_rest_fills_it_once_and_what_was_not_used_comes_back() {
        let now = Instant::now();
        let mut bucket = Bucket::new(Pace::new(8.0, 1), now);
        assert_eq!(taken(&mut bucket, Urgency::Offer, now), 10);
        let later = now + Duration::from_secs(3600);
        assert_eq!(taken(&mut bucket, Urgency::Offer, later), 10);
        bucket.give_back();
        assert_eq!(bucket.room(Urgency::Offer, later), 1);
    }
}
