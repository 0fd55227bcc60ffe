//! Has a quiet facility forget in time: what is only to be forgotten waits for the next command, and a club
//! in its winter break has none.
//!
//! Nobody is told of it, so once a day is often enough; a facility that is used never needs it.

use std::time::Duration;

use machine::Command;

use super::Group;
use super::calendar::turn;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(60 * 60);
/// What is due to be forgotten may wait this long for a command that comes anyway.
const PATIENCE_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// Runs until the caller drops it: when the term ends.
pub(super) async fn run(group: &impl Group) {
    tokio::time::sleep(turn(group)).await;
    loop {
        if let Some(due) = group.read(machine::Facility::next_to_forget)
            && due.plus(PATIENCE_MILLIS) <= group.now()
        {
            group.propose(format!("forget-{}", due.0), Command::Tick).await;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
