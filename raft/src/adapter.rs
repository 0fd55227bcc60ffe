//! The state machine as openraft sees it: entries and snapshots in, replies out.

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
use crate::{Config, LogId, Replies, SnapshotMeta, StateMachine, StoredMembership, StoredSnapshot};

/// Snapshot as openraft hands it about.
pub(crate) type RaftSnapshot = openraft::alias::SnapshotOf<Config, Bytes>;

/// Applies entries to a [`Replica`], and keeps its snapshots.
pub(crate) struct Adapter<M: StateMachine> {
    pub(crate) replica: Arc<Replica<M>>,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) permits: Arc<Semaphore>,
}

impl<M: StateMachine> Adapter<M> {
    /// Brings the replica to the newest snapshot, before openraft replays the log behind it.
    pub(crate) async fn load(&self) -> io::Result<()> {
        let Some(snapshot) = self.keeper.newest().await? else {
            return Ok(());
        };
        let size = snapshot.bytes.len();
        let machine = decode::<M>(snapshot.bytes).await?;
        self.replica.restore(&snapshot.meta, machine, size);
        Ok(())
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
        }
        Ok(())
    }

    async fn get_snapshot_builder(&mut self) -> Builder<M> {
        Builder {
            replica: Arc::clone(&self.replica),
            keeper: Arc::clone(&self.keeper),
            permits: Arc::clone(&self.permits),
        }
    }

    async fn install_snapshot(&mut self, meta: &SnapshotMeta, bytes: Bytes) -> io::Result<()> {
        let size = bytes.len();
        let machine = decode::<M>(bytes.clone()).await?;
        // Order: durable before it replaces the state; the log behind it is purged right after.
        self.keeper.keep(StoredSnapshot { meta: meta.clone(), bytes }).await?;
        self.replica.restore(meta, machine, size);
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
    permits: Arc<Semaphore>,
}

impl<M: StateMachine> RaftSnapshotBuilder<Config> for Builder<M> {
    type SnapshotData = Bytes;

    async fn build_snapshot(&mut self) -> io::Result<RaftSnapshot> {
        let _permit = self.permits.acquire().await.map_err(io::Error::other)?;
        // Order: frozen only now, so that a snapshot that had to wait its turn is not stale.
        let (meta, encode) = self.replica.freeze();
        let bytes = Bytes::from(spawn_blocking(encode).await.map_err(io::Error::other)?);
        self.keeper.keep(StoredSnapshot { meta: meta.clone(), bytes: bytes.clone() }).await?;
        self.replica.snapshot_done(bytes.len());
        Ok(Snapshot { meta, snapshot: bytes })
    }
}

async fn decode<M: StateMachine>(bytes: Bytes) -> io::Result<M> {
    spawn_blocking(move || M::restore(&bytes)).await.map_err(io::Error::other)?
}
