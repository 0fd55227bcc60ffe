//! The state of one replica, shared by those who apply to it and those who read it.
//!
//! One lock holds the machine, its position and the ring of changes, so that a reader sees whole
//! entries, and changes that fit the state it saw. Nothing here waits for a disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::{Notify, watch};

use crate::ring::Ring;
use crate::{Batch, Change, Cursor, HistoryStore, LogId, Replies, Row, SnapshotMeta, StateMachine, StoredMembership};

/// An entry panicked in the machine: the replica is lost, and so is every other one that applies
/// the same entry.
#[derive(Debug, thiserror::Error)]
#[error("failed to apply the entry at {index}: the state machine panicked")]
pub(crate) struct ApplyPanicked {
    pub(crate) index: u64,
}

/// One replica's state.
pub(crate) struct Replica<M: StateMachine> {
    state: RwLock<State<M>>,
    applied: watch::Sender<u64>,
    log_since: LogSince,
    history: Arc<dyn HistoryStore>,
    /// Rung when a snapshot is worth its price.
    pub(crate) snapshot_due: Notify,
}

struct State<M: StateMachine> {
    machine: M,
    position: Option<LogId>,
    membership: StoredMembership,
    /// Rows of history up to the position: follows from the log, as the state does.
    rows: u64,
    ring: Ring<M::Event>,
}

/// What a snapshot would save from being replayed, and what the last one cost.
struct LogSince {
    entries_min: u64,
    entries: AtomicU64,
    bytes: AtomicU64,
    last_size: AtomicU64,
    asked: AtomicBool,
    /// The next entry makes a snapshot due, whatever its price.
    hurried: AtomicBool,
}

impl<M: StateMachine> Replica<M> {
    /// A replica before its first entry.
    pub(crate) fn empty(snapshot_entries: u64, history: Arc<dyn HistoryStore>) -> Self {
        let state = State {
            machine: M::empty(),
            position: None,
            membership: StoredMembership::default(),
            rows: 0,
            ring: Ring::starting_after(None),
        };
        let log_since = LogSince {
            entries_min: snapshot_entries,
            entries: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            last_size: AtomicU64::new(0),
            asked: AtomicBool::new(false),
            hurried: AtomicBool::new(false),
        };
        let (state, applied) = (RwLock::new(state), watch::Sender::new(0));
        Self { state, applied, log_since, history, snapshot_due: Notify::new() }
    }

    /// Applies all commands of an entry; the replies only where somebody waits for them.
    pub(crate) fn apply_batch(&self, at: LogId, batch: &Batch, wanted: bool) -> Result<Replies, ApplyPanicked> {
        let index = at.index;
        // Order: the panic is caught outside the lock, which so is poisoned: nobody reads half an entry.
        let replies = catch_unwind(AssertUnwindSafe(|| {
            let mut state = self.state.write().expect("an entry panicked before");
            let mut replies = Vec::with_capacity(if wanted { batch.0.len() } else { 0 });
            let (mut events, mut told) = (Vec::new(), Vec::new());
            for command in &batch.0 {
                let applied = state.machine.apply(index, command, wanted);
                events.extend(applied.events);
                told.extend(applied.told);
                if wanted {
                    replies.push(applied.reply.unwrap_or_default());
                }
            }
            let erased = told.iter().any(|told| told.erases.is_some());
            state.rows += told.len() as u64;
            let rows = (0u32..).zip(told).map(|(ordinal, told)| Row { cursor: Cursor { index, ordinal }, told });
            // Order: the history has the rows before anybody reads a state that they led to.
            self.history.append(rows.collect());
            state.ring.push_entry(index, events);
            state.position = Some(at);
            (replies, erased)
        }));
        let (replies, erased) = replies.map_err(|_| ApplyPanicked { index })?;
        if erased {
            // Order: counted before the index is announced. What is to be forgotten is in the
            // snapshot and in the log behind it until there is a new one.
            self.log_since.hurry();
        }
        let bytes = batch.0.iter().map(|command| command.len() as u64).sum();
        self.moved(index, bytes);
        Ok(Replies(replies))
    }

    /// Takes note of an entry without commands, which may carry a membership.
    pub(crate) fn apply_marker(&self, at: LogId, membership: Option<openraft::Membership<u64, openraft::EmptyNode>>) {
        {
            let mut state = self.state.write().expect("an entry panicked before");
            if let Some(membership) = membership {
                state.membership = StoredMembership::new(Some(at), membership);
            }
            state.ring.push_entry(at.index, Vec::new());
            state.position = Some(at);
        }
        self.moved(at.index, 0);
    }

    /// Replaces everything by a snapshot of `size` bytes, which has `rows` rows of history behind it.
    pub(crate) fn restore(&self, meta: &SnapshotMeta, machine: M, rows: u64, size: usize) {
        let index = meta.last_log_id.map(|id| id.index);
        {
            let mut state = self.state.write().expect("an entry panicked before");
            *state = State {
                machine,
                position: meta.last_log_id,
                membership: meta.last_membership.clone(),
                rows,
                ring: Ring::starting_after(index),
            };
        }
        self.log_since.start_over();
        self.log_since.last_size.store(size as u64, Ordering::Relaxed);
        self.applied.send_replace(index.unwrap_or(0));
    }

    /// A cheap copy with its position and rows of history; encoding it is the caller's work.
    pub(crate) fn freeze(&self) -> (SnapshotMeta, u64, Box<dyn FnOnce() -> Vec<u8> + Send>) {
        let state = self.read_state();
        self.log_since.start_over();
        let meta = SnapshotMeta { last_log_id: state.position, last_membership: state.membership.clone() };
        (meta, state.rows, state.machine.freeze())
    }

    /// A snapshot asked for is durable.
    pub(crate) fn snapshot_done(&self, size: usize) {
        self.log_since.last_size.store(size as u64, Ordering::Relaxed);
        self.log_since.asked.store(false, Ordering::Release);
    }

    /// Position and membership as of the last whole entry, also where the one after it panicked.
    pub(crate) fn position(&self) -> (Option<LogId>, StoredMembership) {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        (state.position, state.membership.clone())
    }

    /// Position of the last whole entry.
    pub(crate) fn last_applied(&self) -> Option<LogId> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).position
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&M, u64) -> T) -> T {
        let state = self.read_state();
        look(&state.machine, state.position.map_or(0, |id| id.index))
    }

    pub(crate) fn changes_since(&self, cursor: Cursor) -> Option<Vec<Arc<Change<M::Event>>>> {
        self.read_state().ring.since(cursor)
    }

    pub(crate) fn applied(&self) -> watch::Receiver<u64> {
        self.applied.subscribe()
    }

    fn read_state(&self) -> RwLockReadGuard<'_, State<M>> {
        self.state.read().expect("an entry panicked, and the process is about to end")
    }

    fn moved(&self, index: u64, bytes: u64) {
        // Order: the index is announced only when state and changes can be read at it.
        self.applied.send_replace(index);
        if self.log_since.grow(bytes) {
            self.snapshot_due.notify_one();
        }
    }
}

impl LogSince {
    /// Counts an entry; true once when a snapshot has become worth its price: many entries to
    /// replay, and at least as many bytes of commands as the snapshot has to write. A big state
    /// so is not written again and again for small changes.
    fn grow(&self, bytes: u64) -> bool {
        let entries = self.entries.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let due = entries >= self.entries_min && bytes >= self.last_size.load(Ordering::Relaxed);
        let due = due || self.hurried.load(Ordering::Relaxed);
        due && !self.asked.swap(true, Ordering::AcqRel)
    }

    fn hurry(&self) {
        self.hurried.store(true, Ordering::Relaxed);
    }

    fn start_over(&self) {
        self.hurried.store(false, Ordering::Relaxed);
        self.entries.store(0, Ordering::Relaxed);
        self.bytes.store(0, Ordering::Relaxed);
    }
}
