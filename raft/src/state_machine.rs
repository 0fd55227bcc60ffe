//! What a group replicates, and where its snapshots are kept.

use std::future::Future;
use std::io;

use bytes::Bytes;

use crate::{SnapshotMeta, Told};

/// What one command did.
#[derive(Debug)]
pub struct Applied<E> {
    /// The encoded reply, where somebody waits for it.
    pub reply: Option<Bytes>,
    /// What watchers get to see, in order.
    pub events: Vec<E>,
    /// The same for the history, one for each event; none at all for a machine without a history.
    pub told: Vec<Told>,
}

/// A deterministic state machine: the facility's, and the directory's.
pub trait StateMachine: Send + Sync + Sized + 'static {
    /// What watchers get to see.
    type Event: Send + Sync + 'static;

    /// A state before the first entry.
    fn empty() -> Self;

    /// Applies one encoded command of the entry at `index`. The reply is encoded only where
    /// somebody waits for it. Bytes that make no sense are a reply, never a panic: they are in the
    /// log of every replica.
    fn apply(&mut self, index: u64, command: &[u8], wanted: bool) -> Applied<Self::Event>;

    /// A cheap copy of the state, to be encoded elsewhere while commands go on.
    fn freeze(&self) -> Box<dyn FnOnce() -> Vec<u8> + Send>;

    /// A state from the bytes of [`StateMachine::freeze`].
    fn restore(bytes: &[u8]) -> io::Result<Self>;
}

/// A snapshot of one group, whole, with what it covers.
#[derive(Clone, Debug)]
pub struct StoredSnapshot {
    /// The last entry in it, and the membership as of then.
    pub meta: SnapshotMeta,
    /// The encoded state.
    pub bytes: Bytes,
}

/// Keeps the newest snapshot of one group.
pub trait SnapshotStore: Send + Sync + 'static {
    /// Keeps `snapshot` in place of an older one; returns once it is durable.
    fn save(&self, snapshot: StoredSnapshot) -> impl Future<Output = io::Result<()>> + Send;

    /// The newest one.
    fn load(&self) -> impl Future<Output = io::Result<Option<StoredSnapshot>>> + Send;
}
