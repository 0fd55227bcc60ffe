//! Has a quiet facility forget in time: what is only to be forgotten waits for the next command, and a club
//! in its winter break has none.
//!
//! Nobody is told of it, so a day later is early enough; a facility that is used never needs it.

use std::time::Duration;

use machine::Command;

use super::Group;
use super::calendar::turn;
use super::tick::until;

/// What is due to be forgotten may wait this long for a command that comes anyway.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest sleep: what comes to be forgotten meanwhile may wait for that long as well.
const SLEEP_MAX: Duration = PATIENCE;
/// The shortest sleep, after a proposal that was not decided as well.
const SLEEP_MIN: Duration = Duration::from_secs(60);

/// Runs until the caller drops it: when the term ends.
pub(super) async fn run(group: &impl Group) {
    tokio::time::sleep(turn(group)).await;
    loop {
        let due = group.read(machine::Facility::next_to_forget);
        let wait = due.map_or(SLEEP_MAX, |due| until(due.0, group.now().0.saturating_sub(millis(PATIENCE))));
        if let Some(due) = due.filter(|_| wait.is_zero()) {
            group.propose(format!("forget-{}", due.0), Command::Tick).await;
        }
        tokio::time::sleep(wait.clamp(SLEEP_MIN, SLEEP_MAX)).await;
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
