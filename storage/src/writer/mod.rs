//! The `log-writer` thread: the one place of a node that writes.
//!
//! It takes one operation and whatever else waits, has them made durable together, and tells
//! everybody in order. The running `fdatasync` is the only time that anything lingers. The first
//! error is the last thing it does: from then on every operation is answered with an error.

mod commit;
mod compact;
mod counters;
mod garbage;
#[cfg(test)]
mod proof;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::sync::mpsc;

pub(crate) use commit::Committer;
pub(crate) use counters::Counters;

use crate::failure::Failure;
use crate::operation::{Operation, QUEUE_OPERATIONS_MAX, Submission};
use crate::witness::Witness;

/// Bytes after which a batch is full: what waits behind a large snapshot piece or append waits
/// for one commit of this size at most, and one operation more.
const BATCH_BYTES_MAX: usize = 1 << 20;

/// How far the witness may lag behind the frames.
const WITNESS_EVERY: Duration = Duration::from_secs(1);

/// Owned by its thread.
pub(crate) struct Writer {
    queue: mpsc::Receiver<Submission>,
    committer: Committer,
    failure: Failure,
    /// Nothing in memory needs one.
    witness: Option<Witness>,
    witnessed: Instant,
    noted: u64,
    /// Only its clock is used: to wait for an operation no longer than the witness may lag.
    clock: Runtime,
}

impl Writer {
    pub(crate) fn start(
        queue: mpsc::Receiver<Submission>,
        committer: Committer,
        failure: Failure,
        witness: Option<Witness>,
    ) -> io::Result<JoinHandle<()>> {
        let clock = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let mut writer = Self { queue, committer, failure, witness, witnessed: Instant::now(), noted: u64::MAX, clock };
        // Before the first operation: a store that has frames has a witness.
        writer.note()?;
        std::thread::Builder::new().name("log-writer".into()).spawn(move || writer.run())
    }

    fn run(mut self) {
        while let Some(mut batch) = self.take() {
            let closing = batch.iter().any(|submission| matches!(submission.operation, Operation::Close));
            let outcome = self.write(&mut batch);
            for submission in batch {
                submission.done.tell(outcome.as_ref().map(|()| ()).map_err(|_| self.failure.error()));
            }
            if closing {
                break;
            }
        }
        self.queue.close();
        while let Some(late) = self.queue.blocking_recv() {
            late.done.tell(Err(self.failure.error()));
        }
    }

    /// One operation and whatever else waits. Nothing once nobody can ask any more.
    fn take(&mut self) -> Option<Vec<Submission>> {
        let first = self.next()?;
        let mut bytes = first.operation.bytes();
        let mut batch = vec![first];
        while batch.len() < QUEUE_OPERATIONS_MAX && bytes < BATCH_BYTES_MAX {
            let Ok(next) = self.queue.try_recv() else { break };
            bytes += next.operation.bytes();
            batch.push(next);
        }
        Some(batch)
    }

    fn next(&mut self) -> Option<Submission> {
        if let Ok(waiting) = self.queue.try_recv() {
            return Some(waiting);
        }
        if self.witness.is_some() && self.committer.last() != self.noted {
            let wait = WITNESS_EVERY.saturating_sub(self.witnessed.elapsed());
            let queue = &mut self.queue;
            match self.clock.block_on(async { tokio::time::timeout(wait, queue.recv()).await }) {
                Ok(next) => return next,
                Err(_) => self.note_or_fail(),
            }
        }
        self.queue.blocking_recv()
    }

    /// Has `batch` made durable. A panic of the engine is an error like any other.
    fn write(&mut self, batch: &mut [Submission]) -> io::Result<()> {
        if self.failure.subscribe().borrow().is_some() {
            return Err(self.failure.error());
        }
        let written = catch_unwind(AssertUnwindSafe(|| {
            self.committer.commit(batch)?;
            let closing = batch.iter().any(|submission| matches!(submission.operation, Operation::Close));
            if closing || self.witnessed.elapsed() >= WITNESS_EVERY { self.note() } else { Ok(()) }
        }));
        written.unwrap_or_else(|_| Err(io::Error::other("the log writer gave up"))).inspect_err(|error| {
            self.failure.set(&format!("failed to write the log: {error}"));
        })
    }

    fn note_or_fail(&mut self) {
        if let Err(error) = self.note() {
            self.failure.set(&format!("failed to write the witness: {error}"));
        }
    }

    fn note(&mut self) -> io::Result<()> {
        self.witnessed = Instant::now();
        let last = self.committer.last();
        let Some(witness) = self.witness.as_mut().filter(|_| self.noted != last) else { return Ok(()) };
        witness.note(last, self.committer.body(), self.committer.ledger())?;
        self.noted = last;
        Ok(())
    }
}
