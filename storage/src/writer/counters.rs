//! What the writer has done, for whoever asks.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::Stats;

/// Only ever added to.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    frames: AtomicU64,
    operations: AtomicU64,
    entries: AtomicU64,
    payload_bytes: AtomicU64,
    commits: AtomicU64,
}

impl Counters {
    pub(crate) fn add(&self, more: Stats) {
        self.frames.fetch_add(more.frames, Ordering::Relaxed);
        self.operations.fetch_add(more.operations, Ordering::Relaxed);
        self.entries.fetch_add(more.entries, Ordering::Relaxed);
        self.payload_bytes.fetch_add(more.payload_bytes, Ordering::Relaxed);
        self.commits.fetch_add(more.commits, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Stats {
        Stats {
            frames: self.frames.load(Ordering::Relaxed),
            operations: self.operations.load(Ordering::Relaxed),
            entries: self.entries.load(Ordering::Relaxed),
            payload_bytes: self.payload_bytes.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
        }
    }
}
