//! The state machine as openraft sees it: entries and snapshots in, replies out.
//!
//! A snapshot's bytes end with the number of rows of history that belong to it, so that one is
//! never taken for whole without the other.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use openraft::storage::{EntryResponder, RaftSnapshotBuilder, RaftStateMachine};
use openraft::{EntryPayload, OptionalSend, Snapshot};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::keeper::Keeper;
use crate::replica::Replica;
use crate::{Config, HistoryStore, LogId, Replies, SnapshotMeta, StateMachine, StoredMembership, StoredSnapshot};

/// Snapshot as openraft hands it about.
pub(crate) type RaftSnapshot = openraft::alias::SnapshotOf<Config, Bytes>;

/// Applies entries to a [`Replica`], and keeps its snapshots.
pub(crate) struct Adapter<M: StateMachine> {
    pub(crate) replica: Arc<Replica<M>>,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) history: Arc<dyn HistoryStore>,
    pub(crate) permits: Arc<Semaphore>,
}

impl<M: StateMachine> Adapter<M> {
    /// Brings the replica to the newest snapshot, before openraft replays the log behind it.
    pub(crate) async fn load(&self) -> io::Result<()> {
        let Some(snapshot) = self.keeper.newest().await? else {
            return Ok(());
        };
        let size = snapshot.bytes.len();
        let (machine, rows) = decode::<M>(snapshot.bytes).await?;
        self.must_have(rows)?;
        self.replica.restore(&snapshot.meta, machine, rows, size);
        Ok(())
    }

    // Invariant: no state stands without the history that led to it.
    fn must_have(&self, rows: u64) -> io::Result<()> {
        let found = self.history.count();
        if found >= rows {
            return Ok(());
        }
        let what = format!("the history has {found} rows where the snapshot has {rows} behind it");
        Err(io::Error::new(io::ErrorKind::InvalidData, what))
    }
}

impl<M: StateMachine> RaftStateMachine<Config> for Adapter<M> {
    type SnapshotData = Bytes;
    type SnapshotBuilder = Builder<M>;

    async fn applied_state(&mut self) -> io::Result<(Option<LogId>, StoredMembership)> {
        Ok(self.replica.position())
    }

    async fn apply<S>(&mut self, mut entries: S) -> io::Result<()>
    where
        S: Stream<Item = Result<EntryResponder<Config>, io::Error>> + Unpin + OptionalSend,
    {
        while let Some(entry) = entries.next().await {
            let (entry, responder) = entry?;
            let replies = match entry.payload {
                EntryPayload::Normal(batch) => {
                    self.replica.apply_batch(entry.log_id, &batch, responder.is_some()).map_err(io::Error::other)?
                }
                EntryPayload::Blank => {
                    self.replica.apply_marker(entry.log_id, None);
                    Replies::default()
                }
                EntryPayload::Membership(membership) => {
                    self.replica.apply_marker(entry.log_id, Some(membership));
                    Replies::default()
                }
            };
            if let Some(responder) = responder {
                responder.send(replies);
            }
            if self.history.offer() {
                self.history.flush(u64::MAX).await?;
            }
        }
        Ok(())
    }

    async fn get_snapshot_builder(&mut self) -> Builder<M> {
        Builder {
            replica: Arc::clone(&self.replica),
            keeper: Arc::clone(&self.keeper),
            history: Arc::clone(&self.history),
            permits: Arc::clone(&self.permits),
        }
    }

    async fn install_snapshot(&mut self, meta: &SnapshotMeta, bytes: Bytes) -> io::Result<()> {
        let size = bytes.len();
        let (machine, rows) = decode::<M>(bytes.clone()).await?;
        // Order: the history first, which whoever brought the snapshot has brought before; then
        // durable before it replaces the state, and the log behind it is purged right after.
        self.must_have(rows)?;
        self.history.flush(meta.last_log_id.map_or(0, |id| id.index)).await?;
        self.keeper.keep(StoredSnapshot { meta: meta.clone(), bytes }).await?;
        self.replica.restore(meta, machine, rows, size);
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> io::Result<Option<RaftSnapshot>> {
        let found = self.keeper.newest().await?;
        Ok(found.map(|snapshot| Snapshot { meta: snapshot.meta, snapshot: snapshot.bytes }))
    }
}

/// Builds one snapshot while entries go on being applied.
pub(crate) struct Builder<M: StateMachine> {
    replica: Arc<Replica<M>>,
    keeper: Arc<Keeper>,
    history: Arc<dyn HistoryStore>,
    permits: Arc<Semaphore>,
}

impl<M: StateMachine> RaftSnapshotBuilder<Config> for Builder<M> {
    type SnapshotData = Bytes;

    async fn build_snapshot(&mut self) -> io::Result<RaftSnapshot> {
        let _permit = self.permits.acquire().await.map_err(io::Error::other)?;
        // Order: frozen only now, so that a snapshot that had to wait its turn is not stale.
        let (meta, rows, encode) = self.replica.freeze();
        let mut bytes = spawn_blocking(encode).await.map_err(io::Error::other)?;
        bytes.extend_from_slice(&rows.to_le_bytes());
        let bytes = Bytes::from(bytes);
        // Order: history is durable before the snapshot that no longer holds it is published, and
        // that before the log is purged.
        self.history.flush(meta.last_log_id.map_or(0, |id| id.index)).await?;
        self.keeper.keep(StoredSnapshot { meta: meta.clone(), bytes: bytes.clone() }).await?;
        self.replica.snapshot_done(bytes.len());
        Ok(Snapshot { meta, snapshot: bytes })
    }
}

/// The state, and how many rows of history are behind it.
async fn decode<M: StateMachine>(bytes: Bytes) -> io::Result<(M, u64)> {
    let decoding = spawn_blocking(move || {
        let (state, rows) = bytes.split_last_chunk().ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok((M::restore(state)?, u64::from_le_bytes(*rows)))
    });
    decoding.await.map_err(io::Error::other)?
}
