//! The guard with the node's real clocks: what proposals are stamped with.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use raft::NodeId;

use super::guard::{ClockGuard, Reading, Stamp};
use crate::Clock;

/// Reads the clocks and asks the guard.
pub(crate) struct Stamps {
    wall: Arc<dyn Clock>,
    started: Instant,
    nodes: AtomicUsize,
    guard: Mutex<ClockGuard>,
}

impl Stamps {
    /// Over this wall clock, in a cluster of `nodes`.
    pub(crate) fn new(wall: Arc<dyn Clock>, nodes: usize) -> Self {
        Self { wall, started: Instant::now(), nodes: AtomicUsize::new(nodes), guard: Mutex::default() }
    }

    /// How many nodes there are, this one included.
    pub(crate) fn set_nodes(&self, nodes: usize) {
        self.nodes.store(nodes.max(1), Ordering::Relaxed);
    }

    /// The wall clock as it is, for peers to compare with.
    pub(crate) fn wall(&self) -> i64 {
        self.wall.now_millis()
    }

    /// Milliseconds that never jump.
    pub(crate) fn steady(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// The time to stamp.
    pub(crate) fn stamp(&self) -> Stamp {
        let reading = self.reading();
        self.guard().stamp(self.nodes.load(Ordering::Relaxed), reading)
    }

    /// Whether a majority agrees with our wall clock.
    pub(crate) fn is_trusted(&self) -> bool {
        self.guard().is_trusted(self.nodes.load(Ordering::Relaxed), self.reading())
    }

    /// Whether peers contradict our clock: this node should not lead.
    pub(crate) fn is_contradicted(&self) -> bool {
        self.guard().is_contradicted(self.nodes.load(Ordering::Relaxed), self.reading())
    }

    /// A peer's clock less ours, where it was heard lately.
    pub(crate) fn offset(&self, peer: NodeId) -> Option<i64> {
        self.guard().offset(peer, self.reading())
    }

    /// A peer's clock, asked for at `sent` and told by `back`.
    pub(crate) fn observe(&self, peer: NodeId, wall: i64, sent: i64, back: i64) {
        self.guard().observe(peer, wall, sent, back);
    }

    fn reading(&self) -> Reading {
        Reading { wall: self.wall(), steady: self.steady() }
    }

    fn guard(&self) -> MutexGuard<'_, ClockGuard> {
        self.guard.lock().expect("nothing panics while it holds this lock")
    }
}
