//! openraft's own suite for log stores, on each of the three engines.

mod support;

use std::io;
use std::sync::{Arc, Mutex};

use futures_util::{Stream, TryStreamExt};
use openraft::storage::{EntryResponder, RaftStateMachine, Snapshot};
use openraft::testing::log::{StoreBuilder, Suite};
use openraft::{EntryPayload, OptionalSend, RaftSnapshotBuilder, StorageError};
use raft::{Config, LogId, Replies, SnapshotMeta, StoredMembership};
use storage::{Engine, GroupLog, Store};
use tempfile::TempDir;

/// A machine that remembers where it is: the suite asks no more of it.
#[derive(Clone, Default)]
struct Machine(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    applied: Option<LogId>,
    membership: StoredMembership,
    snapshot: Option<SnapshotMeta>,
}

impl RaftSnapshotBuilder<Config> for Machine {
    type SnapshotData = Vec<u8>;

    async fn build_snapshot(&mut self) -> io::Result<openraft::alias::SnapshotOf<Config, Vec<u8>>> {
        let mut kept = self.0.lock().unwrap();
        let meta = SnapshotMeta { last_log_id: kept.applied, last_membership: kept.membership.clone() };
        kept.snapshot = Some(meta.clone());
        Ok(Snapshot { meta, snapshot: Vec::new() })
    }
}

impl RaftStateMachine<Config> for Machine {
    type SnapshotData = Vec<u8>;
    type SnapshotBuilder = Self;

    async fn applied_state(&mut self) -> io::Result<(Option<LogId>, StoredMembership)> {
        let kept = self.0.lock().unwrap();
        Ok((kept.applied, kept.membership.clone()))
    }

    async fn apply<Strm>(&mut self, mut entries: Strm) -> io::Result<()>
    where
        Strm: Stream<Item = io::Result<EntryResponder<Config>>> + Unpin + OptionalSend,
    {
        while let Some((entry, responder)) = entries.try_next().await? {
            let mut kept = self.0.lock().unwrap();
            kept.applied = Some(entry.log_id);
            if let EntryPayload::Membership(membership) = entry.payload {
                kept.membership = StoredMembership::new(Some(entry.log_id), membership);
            }
            if let Some(responder) = responder {
                responder.send(Replies::default());
            }
        }
        Ok(())
    }

    async fn get_snapshot_builder(&mut self) -> Self {
        self.clone()
    }

    async fn install_snapshot(&mut self, meta: &SnapshotMeta, _snapshot: Vec<u8>) -> io::Result<()> {
        let snapshot = Some(meta.clone());
        *self.0.lock().unwrap() =
            Kept { applied: meta.last_log_id, membership: meta.last_membership.clone(), snapshot };
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> io::Result<Option<openraft::alias::SnapshotOf<Config, Vec<u8>>>> {
        let kept = self.0.lock().unwrap();
        Ok(kept.snapshot.clone().map(|meta| Snapshot { meta, snapshot: Vec::new() }))
    }
}

struct Builder(Option<Engine>);

impl StoreBuilder<Config, GroupLog, Machine, (Option<TempDir>, Store)> for Builder {
    async fn build(&self) -> Result<((Option<TempDir>, Store), GroupLog, Machine), StorageError<Config>> {
        let dir = self.0.map(|_| tempfile::tempdir().unwrap());
        let store = match (&dir, self.0) {
            (Some(dir), Some(engine)) => support::open(dir.path(), engine),
            _ => Store::in_memory(&support::identity()),
        };
        let log = store.log(7);
        Ok(((dir, store), log, Machine::default()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_in_sled_is_one_that_openraft_accepts() {
    Suite::test_all(Builder(Some(Engine::Sled))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_in_files_is_one_that_openraft_accepts() {
    Suite::test_all(Builder(Some(Engine::File))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_in_memory_is_one_that_openraft_accepts() {
    Suite::test_all(Builder(None)).await.unwrap();
}
