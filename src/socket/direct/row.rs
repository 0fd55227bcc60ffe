//! A row: the viewers of one facility who want to see the same, spread over the workers.
//!
//! The hub gives a row its bytes once for each worker that has some of it. Who sits where only
//! the workers know; the hub knows how many.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::sync::mpsc;

use super::super::hub::Note;

/// Names rows apart, over all hubs of a process.
static ROWS: AtomicU64 = AtomicU64::new(0);

/// Viewers of one facility who want to see the same.
#[derive(Debug)]
pub(crate) struct Row {
    id: u64,
    /// How many sit with each worker, or are on their way there.
    viewers: Box<[AtomicUsize]>,
    hub: mpsc::Sender<Note>,
}

impl Row {
    pub(crate) fn new(workers: usize, hub: mpsc::Sender<Note>) -> Arc<Self> {
        let id = ROWS.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self { id, viewers: (0..workers).map(|_| AtomicUsize::new(0)).collect(), hub })
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// The workers that have some of its viewers.
    pub(crate) fn workers(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.viewers.len()).filter(|worker| self.viewers[*worker].load(Ordering::SeqCst) > 0)
    }

    /// Whether nobody watches.
    pub(crate) fn is_empty(&self) -> bool {
        self.workers().next().is_none()
    }

    /// One more, on its way to a worker.
    pub(super) fn enter(&self, worker: usize) {
        self.viewers[worker].fetch_add(1, Ordering::SeqCst);
    }

    /// One less; the last one tells the hub.
    pub(super) fn leave(&self, worker: usize) {
        // Order: counted before it is told. Where the inbox is full, the hub looks at the count after
        // one of the notes that fill it.
        self.viewers[worker].fetch_sub(1, Ordering::SeqCst);
        if self.is_empty() {
            let _ = self.hub.try_send(Note::RowEmpty);
        }
    }
}
