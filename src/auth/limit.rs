//! How much one caller may ask of this node: a bucket of tokens for each, in bounded memory.
//!
//! A bucket is one number, the instant at which it will be full again; a full bucket is no bucket
//! at all. Each node counts for itself: a caller that spreads over three nodes has three quotas.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::access::{Quota, RateLimits};
use super::address::household;
use super::caller::Who;
use super::need::Role;

/// Buckets are spread over this many locks, so that callers do not wait for each other.
const SHARDS: usize = 16;
/// Buckets behind one lock: 64 Ki callers at once on a node, 2 MiB of memory.
const BUCKETS_A_SHARD_MAX: usize = 4096;
/// The least time between two sweeps of a lock's buckets.
const SWEEP_REST: Duration = Duration::from_secs(1);

/// Everybody's buckets.
pub(super) struct Limiter {
    limits: RateLimits,
    shards: [Mutex<Shard>; SHARDS],
    names: RandomState,
    started: Instant,
}

/// Where a caller stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The name of its policy.
    pub(crate) policy: &'static str,
    /// What the policy allows.
    pub(crate) quota: Quota,
    /// Requests it may still make at once.
    pub(crate) remaining: u32,
    /// Seconds until it may make all of them again.
    pub(crate) reset_seconds: u32,
    /// Seconds to wait, where this one was too many.
    pub(crate) retry_after_seconds: Option<u32>,
}

#[derive(Default)]
struct Shard {
    /// When each bucket is full again, since the start.
    full_at: HashMap<u64, Duration>,
    swept_at: Duration,
}

impl Limiter {
    pub(super) fn new(limits: RateLimits) -> Self {
        Self { limits, shards: Default::default(), names: RandomState::new(), started: Instant::now() }
    }

    /// Counts a request of `who` from `address`; `None` where nobody counts.
    pub(super) fn take(&self, who: &Who, address: IpAddr) -> Option<Standing> {
        let role = who.role();
        let bucket = match who {
            Who::Public => self.names.hash_one((role, household(address))),
            Who::Known { .. } => self.names.hash_one((role, who.principal())),
        };
        self.take_at(role, bucket, self.started.elapsed())
    }

    fn take_at(&self, role: Role, bucket: u64, now: Duration) -> Option<Standing> {
        let quota = self.limits.of(role);
        let window = Duration::from_secs(quota.seconds.into());
        let step = window.checked_div(quota.requests)?;
        let place = usize::try_from(bucket % SHARDS as u64).expect("a small number");
        let mut shard = self.shards[place].lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = shard.bucket(bucket, self.names.hash_one(role), now);
        let filled = (*full_at).max(now) + step;
        let fits = filled <= now + window;
        if fits {
            *full_at = filled;
        }
        let empty_for = (*full_at).saturating_sub(now);
        let remaining = window.saturating_sub(empty_for).as_nanos().checked_div(step.as_nanos()).unwrap_or(0);
        Some(Standing {
            policy: role.word(),
            quota,
            remaining: u32::try_from(remaining).unwrap_or(u32::MAX),
            reset_seconds: seconds(empty_for),
            retry_after_seconds: (!fits).then(|| seconds(filled.saturating_sub(now + window)).max(1)),
        })
    }
}

impl Shard {
    /// The bucket of that name. Where there is no room for another one, strangers share `shared`.
    fn bucket(&mut self, name: u64, shared: u64, now: Duration) -> &mut Duration {
        let is_new = !self.full_at.contains_key(&name);
        if is_new && self.full_at.len() >= BUCKETS_A_SHARD_MAX && self.swept_at + SWEEP_REST <= now {
            self.swept_at = now;
            self.full_at.retain(|_, full_at| *full_at > now);
        }
        // One place is kept for the bucket that is shared.
        let has_room = self.full_at.len() + 1 < BUCKETS_A_SHARD_MAX;
        self.full_at.entry(if is_new && !has_room { shared } else { name }).or_default()
    }
}

/// Whole seconds, rounded up: who waits that long has waited long enough.
fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(requests: u32, seconds: u32) -> Limiter {
        Limiter::new(RateLimits { public: Quota { requests, seconds }, ..RateLimits::default() })
    }

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_bucket_empties_at_once_and_fills_again_steadily() {
        let limiter = limiter(3, 60);
        let take = |now| limiter.take_at(Role::Public, 1, at(now)).unwrap();
        let standing = |now| (take(now).remaining, take(now).reset_seconds);
        assert_eq!(take(0).remaining, 2);
        assert_eq!(standing(0), (1, 60));
        let refused = take(0);
        assert_eq!((refused.remaining, refused.retry_after_seconds), (0, Some(20)));
        assert_eq!(take(19_999).retry_after_seconds, Some(1));
        let allowed = take(20_000);
        assert_eq!((allowed.remaining, allowed.reset_seconds, allowed.retry_after_seconds), (0, 60, None));
        // A minute later it is as if it had never asked.
        assert_eq!(take(80_000).remaining, 2);
        assert_eq!((allowed.policy, allowed.quota), ("public", Quota { requests: 3, seconds: 60 }));
    }

    #[test]
    fn everybody_has_a_bucket_of_their_own_and_0_is_no_limit() {
        let one_each = limiter(1, 60);
        for bucket in 0..100 {
            assert_eq!(one_each.take_at(Role::Public, bucket, at(0)).unwrap().retry_after_seconds, None);
            assert!(one_each.take_at(Role::Public, bucket, at(0)).unwrap().retry_after_seconds.is_some());
        }
        assert_eq!(limiter(0, 60).take_at(Role::Public, 1, at(0)), None);
    }

    #[test]
    fn a_household_and_a_principal_are_counted_together_wherever_they_ask_from() {
        let limiter = Limiter::new(RateLimits {
            public: Quota { requests: 1, seconds: 60 },
            operator: Quota { requests: 1, seconds: 60 },
            ..RateLimits::default()
        });
        let refused = |who: &Who, address: &str| {
            limiter.take(who, address.parse().unwrap()).unwrap().retry_after_seconds.is_some()
        };
        assert!(!refused(&Who::Public, "2001:db8::1") && refused(&Who::Public, "2001:db8::2"));
        assert!(!refused(&Who::Public, "198.51.100.1") && !refused(&Who::Public, "198.51.100.2"));
        let ops = Who::operator("key_1");
        assert!(!refused(&ops, "198.51.100.1") && refused(&ops, "198.51.100.2"));
        assert!(!refused(&Who::operator("key_2"), "198.51.100.1"));
    }

    #[test]
    fn a_flood_of_strangers_is_counted_in_bounded_memory() {
        let limiter = limiter(2, 60);
        let strangers = u64::try_from(3 * SHARDS * BUCKETS_A_SHARD_MAX).unwrap();
        let held = || limiter.shards.iter().map(|shard| shard.lock().unwrap().full_at.len()).sum::<usize>();
        for stranger in 0..strangers {
            limiter.take_at(Role::Public, stranger, at(0));
        }
        assert!(held() <= SHARDS * BUCKETS_A_SHARD_MAX, "{}", held());
        // Those who came too late share what one of them would have had.
        let late = limiter.take_at(Role::Public, strangers - 1, at(0)).unwrap();
        assert!(late.retry_after_seconds.is_some());
        // Those who were first keep theirs.
        assert_eq!(limiter.take_at(Role::Public, 0, at(0)).unwrap().retry_after_seconds, None);
        // When all are full again, there is room again.
        for stranger in 0..1000 {
            limiter.take_at(Role::Public, strangers + stranger, at(120_000));
        }
        assert!(held() <= 1000 + SHARDS, "{}", held());
    }
}
