//! When a delivery is tried again: what came of a try, as the outbox keeps it.

use std::time::Duration;

use machine::{Instant, Outcome};

use super::Sending;

/// What the first wait is at most; each one after it at most twice the one before.
const FIRST_WAIT_MAX: Duration = Duration::from_secs(4);
/// No wait is longer, whatever the number of the try.
const WAIT_MAX: Duration = Duration::from_secs(15 * 60);
/// No wait is shorter: what failed just now fails again.
const WAIT_MIN: Duration = Duration::from_millis(500);
/// How long a medium is left alone that does not work by its settings.
pub(super) const MISCONFIGURED_PAUSE: Duration = Duration::from_secs(60);

/// How long to wait after the try of that number, from 1. `jitter` is a random number from 0 to 1 and
/// spreads the waits over the whole time up to the longest, so that what failed together does not come
/// back together.
pub fn backoff(attempt: u32, jitter: f64) -> Duration {
    let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
    let longest = FIRST_WAIT_MAX.saturating_mul(doubled).min(WAIT_MAX);
    longest.mul_f64(jitter.clamp(0.0, 1.0)).max(WAIT_MIN)
}

impl Sending {
    /// What the outbox is told of the try of that number, which ended at `now`.
    pub fn outcome(self, attempt: u32, now: Instant, jitter: f64) -> Outcome {
        let later = |wait: Duration| now.plus(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        match self {
            Self::Accepted { provider_id } => Outcome::Accepted { provider_id },
            Self::Refused { because, detail } => Outcome::Refused { because, detail },
            Self::Again { after, detail } => {
                Outcome::Again { at: later(after.unwrap_or_else(|| backoff(attempt, jitter))), detail }
            }
            Self::Unknown { detail } => Outcome::Unknown { detail },
            // The longer it is tried in vain, the longer it stands back: what looks like a wrong setting may be
            // about one number alone, and must not keep the medium closed for all others.
            Self::Misconfigured { detail } => {
                Outcome::Again { at: later(backoff(attempt, jitter).max(MISCONFIGURED_PAUSE)), detail }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let longest: Vec<u64> = (1..=10).map(|attempt| backoff(attempt, 1.0).as_secs()).collect();
        assert_eq!(longest, [4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(backoff(u32::MAX, 1.0), WAIT_MAX);
        assert_eq!(backoff(0, 1.0), FIRST_WAIT_MAX);
    }

    #[test]
    fn waits_are_spread_from_nearly_nothing_to_the_longest() {
        assert_eq!(backoff(9, 0.0), WAIT_MIN);
        assert_eq!(backoff(9, 0.5), WAIT_MAX / 2);
        assert_eq!(backoff(1, f64::MAX), FIRST_WAIT_MAX);
    }

    #[test]
    fn what_came_of_a_try_is_told_to_the_outbox() {
        let now = Instant(1_000);
        let told = |sending: Sending| sending.outcome(2, now, 0.5);
        assert_eq!(told(Sending::accepted(None)), Outcome::Accepted { provider_id: None });
        let again = |at, detail: &str| Outcome::Again { at: Instant(at), detail: detail.to_owned() };
        assert_eq!(told(Sending::again("http_500")), again(5_000, "http_500"));
        let after = Some(Duration::from_secs(9));
        assert_eq!(told(Sending::Again { after, detail: "http_429".to_owned() }), again(10_000, "http_429"));
        assert_eq!(told(Sending::unknown("timeout")), Outcome::Unknown { detail: "timeout".to_owned() });
        assert_eq!(told(Sending::misconfigured("http_401")), again(61_000, "http_401"));
    }
}
