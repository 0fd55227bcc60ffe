//! Tells everybody in time: proposes `Tick` at the moment a deadline is reached.
//!
//! Nothing becomes *true* by a tick: every command settles what is due first. It is only for those
//! who watch. Between deadlines the job sleeps; a facility with nothing due writes nothing.

use std::time::Duration;

use machine::Command;

use super::Group;

/// Between one tick and the next of the same facility: deadlines a hair apart share one.
const TICK_EVERY_MIN: Duration = Duration::from_millis(2);
/// After a tick that was not decided.
const RETRY_AFTER: Duration = Duration::from_millis(200);
/// The longest sleep: a wall clock that was set does not hold a deadline up for longer.
const SLEEP_MAX: Duration = Duration::from_secs(10);

/// Runs until the caller drops it: when the term ends.
pub(super) async fn run(group: &impl Group) {
    let mut applied = group.applied();
    loop {
        applied.borrow_and_update();
        let Some(deadline) = group.read(machine::Facility::next_deadline) else {
            if applied.changed().await.is_err() {
                return;
            }
            continue;
        };
        let wait = until(deadline.0, group.now().0);
        if wait.is_zero() {
            let proposed = group.propose(format!("tick-{}", deadline.0), Command::Tick).await;
            let pause = if proposed.is_some() { TICK_EVERY_MIN } else { RETRY_AFTER };
            tokio::time::sleep(pause).await;
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep(wait.min(SLEEP_MAX)) => {}
            changed = applied.changed() => if changed.is_err() { return },
        }
    }
}

/// Zero once `now >= deadline`, as the machine has it.
pub(super) fn until(deadline: i64, now: i64) -> Duration {
    Duration::from_millis(u64::try_from(deadline.saturating_sub(now)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_reached_at_its_very_millisecond() {
        assert_eq!(until(1000, 999), Duration::from_millis(1));
        assert_eq!(until(1000, 1000), Duration::ZERO);
        assert_eq!(until(1000, 5000), Duration::ZERO);
    }
}
