//! What the storage tests share: entries, a way to wait for a flush, and the three engines.
#![allow(dead_code, reason = "each test file uses its part of it")]

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use openraft::EntryPayload;
use openraft::RaftLogReader;
use openraft::impls::leader_id_adv::LeaderId;
use openraft::storage::{IOFlushed, RaftLogStorage};
use openraft::type_config::TypeConfigExt;
use raft::{Batch, Config, Entry, LogId, SnapshotMeta, StoredMembership, StoredSnapshot, Vote};
use storage::{Engine, GroupLog, Identity, Options, Store};

/// Longer than any of this takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn identity() -> Identity {
    Identity { cluster_id: "test".into(), node: 1 }
}

pub(crate) fn open(dir: &Path, engine: Engine) -> Store {
    Store::open(dir, &identity(), Options { engine, ..Options::default() }).unwrap()
}

pub(crate) fn id(term: u64, index: u64) -> LogId {
    LogId { leader_id: LeaderId { term, node_id: 1 }, index }
}

pub(crate) fn vote(term: u64) -> Vote {
    Vote { leader_id: LeaderId { term, node_id: 1 }, committed: true }
}

pub(crate) fn entry(term: u64, index: u64, payload: &[u8]) -> Entry {
    Entry { log_id: id(term, index), payload: EntryPayload::Normal(Batch(vec![Bytes::copy_from_slice(payload)])) }
}

pub(crate) fn snapshot(term: u64, index: u64, bytes: Vec<u8>) -> StoredSnapshot {
    let meta = SnapshotMeta { last_log_id: Some(id(term, index)), last_membership: StoredMembership::default() };
    StoredSnapshot { meta, bytes: bytes.into() }
}

/// Appends and waits until it is durable.
pub(crate) async fn append(log: &mut GroupLog, entries: Vec<Entry>) -> io::Result<()> {
    let (flushed, told) = Config::oneshot();
    log.append(entries, IOFlushed::signal(flushed)).await?;
    tokio::time::timeout(PATIENCE, told).await.expect("told in time").expect("told at all")
}

/// All that a log holds.
pub(crate) async fn entries(log: &mut GroupLog) -> Vec<Entry> {
    log.get_log_reader().await.try_get_log_entries(..).await.unwrap()
}

/// A store as sled has it.
///
/// Whoever had it before may be done with it and its lock not yet given back: sled's threads do that.
pub(crate) fn database(dir: &Path) -> sled::Db {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match sled::open(dir.join("sled")) {
            Err(sled::Error::Io(error)) if error.to_string().contains("lock") && Instant::now() < deadline => {
                std::thread::yield_now();
            }
            opened => return opened.unwrap(),
        }
    }
}
