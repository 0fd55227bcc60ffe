//! Waiting for a condition with a deadline: the only way in which these tests wait.

use std::fmt::Debug;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often a condition is looked at; short beside everything that is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Looks until `look` says `Ok`, and panics with its last word once `within` has passed.
pub async fn eventually<T, E: Debug>(within: Duration, what: &str, look: impl AsyncFnMut() -> Result<T, E>) -> T {
    match look_until(within, look).await {
        Ok(found) => found,
        Err(reason) => panic!("not within {within:?}: {what}: {reason:?}"),
    }
}

/// Looks until `look` says `Ok`; its last word once `within` has passed.
pub async fn look_until<T, E>(within: Duration, mut look: impl AsyncFnMut() -> Result<T, E>) -> Result<T, E> {
    let deadline = Instant::now() + within;
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        match look().await {
            Err(_) if Instant::now() < deadline => {}
            done => return done,
        }
    }
}

/// Waits until the wall clock shows `millis`, to the millisecond.
pub async fn until(millis: i64) {
    let mut looks = interval(Duration::from_millis(1));
    while now_millis() < millis {
        looks.tick().await;
    }
}

/// The wall clock in milliseconds since 1970, as the nodes on this machine see it.
pub fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    i64::try_from(since.as_millis()).expect("milliseconds fit for millions of years")
}
