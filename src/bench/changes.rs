//! The changes that sockets watch: at a rate, or as many as the sockets can be told of.
//!
//! Saturated, a writer makes its next change once nearly all sockets have seen the last ones: the
//! node has always something to deliver, and never falls behind for good.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep};

use super::args::WatchArgs;
use super::club::Club;
use super::wire::{self, Wire};

/// Changes a second of one writer, whose requests follow one another.
const CHANGES_PER_WRITER: u32 = 100;

/// Writers that saturate the sockets.
const SATURATING_WRITERS: u32 = 8;

/// Changes that are on their way to the sockets of one club while they are saturated.
const CHANGES_ON_THEIR_WAY: u64 = 32;

/// Between two looks whether there is room for another.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// Slots for a second of saturation; a change needs half a slot.
const SATURATED_SLOTS: u64 = 1_000;

/// A change that was answered: its log index and when it was asked for.
pub(super) type Change = (u64, Instant);

/// How many deliveries are due, and were made.
#[derive(Debug, Default)]
pub(super) struct Flow {
    due: AtomicU64,
    delivered: AtomicU64,
}

impl Flow {
    pub(super) fn delivered(&self, count: usize) {
        self.delivered.fetch_add(count as u64, Ordering::Relaxed);
    }

    fn on_their_way(&self) -> u64 {
        self.due.load(Ordering::Relaxed).saturating_sub(self.delivered.load(Ordering::Relaxed))
    }
}

/// How many slots the changes need.
pub(super) fn slots(args: &WatchArgs) -> u64 {
    let seconds = u64::from(args.load.seconds);
    seconds * if args.saturate { SATURATED_SLOTS } else { u64::from(args.changes) }
}

/// Makes changes; those of each club, in no order.
pub(super) async fn make(args: &WatchArgs, clubs: &Arc<Vec<Club>>, flow: &Arc<Flow>) -> Result<Vec<Vec<Change>>> {
    let writers = if args.saturate { SATURATING_WRITERS } else { args.changes.div_ceil(CHANGES_PER_WRITER).max(1) };
    let turn = Arc::new(AtomicU64::new(0));
    let mut running = JoinSet::new();
    for at in 0..writers as usize {
        let pace = if args.saturate {
            let sockets = u64::from(args.load.clients).div_ceil(clubs.len() as u64);
            Pace::Saturate { sockets, at_most: CHANGES_ON_THEIR_WAY * sockets, flow: Arc::clone(flow) }
        } else {
            Pace::beat(Duration::from_secs(1) * writers / args.changes)
        };
        let wire = Wire::new(&wire::authority(&args.load.urls[at % args.load.urls.len()])?);
        let lasting = Duration::from_secs(args.load.seconds.into());
        running.spawn(writer(wire, Arc::clone(clubs), Arc::clone(&turn), pace, lasting));
    }
    let mut changes = vec![Vec::new(); clubs.len()];
    while let Some(made) = running.join_next().await {
        for (club, change) in made?? {
            changes[club].push(change);
        }
    }
    Ok(changes)
}

/// When the next change is made.
enum Pace {
    Beat(Interval),
    Saturate { sockets: u64, at_most: u64, flow: Arc<Flow> },
}

impl Pace {
    fn beat(every: Duration) -> Self {
        let mut beats = interval(every);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self::Beat(beats)
    }

    /// Waits for the next change's time; false when there is none before the end.
    async fn next(&mut self, end: Instant) -> bool {
        match self {
            Self::Beat(beats) => drop(beats.tick().await),
            Self::Saturate { sockets, at_most, flow } => {
                while flow.on_their_way() >= *at_most {
                    if Instant::now() >= end {
                        return false;
                    }
                    sleep(LOOK_EVERY).await;
                }
                flow.due.fetch_add(*sockets, Ordering::Relaxed);
            }
        }
        true
    }
}

/// Holds a slot at one time and releases it at the next.
async fn writer(
    mut wire: Wire,
    clubs: Arc<Vec<Club>>,
    turn: Arc<AtomicU64>,
    mut pace: Pace,
    lasting: Duration,
) -> Result<Vec<(usize, Change)>> {
    wire.connect().await?;
    let mut made = Vec::new();
    let end = Instant::now() + lasting;
    while Instant::now() < end {
        let at = usize::try_from(turn.fetch_add(1, Ordering::Relaxed) % clubs.len() as u64)?;
        let club = &clubs[at];
        let Some(slot) = club.take() else { break };
        if !pace.next(end).await {
            break;
        }
        let sent = Instant::now();
        let held = wire.post("/attempt", club.attempt(slot, slot.court)).await?;
        if held.status != 200 {
            bail!("an attempt on a free slot answered {}: {}", held.status, String::from_utf8_lossy(&held.body));
        }
        made.push((at, (held.index, sent)));
        if !pace.next(end).await {
            break;
        }
        let sent = Instant::now();
        let released = wire.post("/release", club.of_hold(held.field("holdId").unwrap_or_default())).await?;
        if released.status != 200 {
            bail!("a release answered {}: {}", released.status, String::from_utf8_lossy(&released.body));
        }
        made.push((at, (released.index, sent)));
    }
    Ok(made)
}
