//! A log and a snapshot in memory that outlive the group: what a disk is to a restart.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::ops::RangeBounds;
use std::sync::{Arc, Mutex};

use openraft::storage::{IOFlushed, LogState, RaftLogStorage};
use openraft::{OptionalSend, RaftLogReader};
use raft::{Config, Entry, LogId, SnapshotStore, StoredSnapshot, Vote};

/// A log; clones share it.
#[derive(Clone, Default)]
pub(crate) struct MemoryLog(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    vote: Option<Vote>,
    committed: Option<LogId>,
    purged: Option<LogId>,
    entries: BTreeMap<u64, Entry>,
}

impl MemoryLog {
    /// Batches in the log: how many commands each of its entries has.
    pub(crate) fn batches(&self) -> Vec<usize> {
        let kept = self.0.lock().unwrap();
        let sizes = kept.entries.values().filter_map(|entry| match &entry.payload {
            openraft::EntryPayload::Normal(batch) => Some(batch.0.len()),
            _ => None,
        });
        sizes.collect()
    }
}

impl RaftLogReader<Config> for MemoryLog {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: R,
    ) -> io::Result<Vec<Entry>> {
        Ok(self.0.lock().unwrap().entries.range(range).map(|(_, entry)| entry.clone()).collect())
    }

    async fn read_vote(&mut self) -> io::Result<Option<Vote>> {
        Ok(self.0.lock().unwrap().vote)
    }
}

impl RaftLogStorage<Config> for MemoryLog {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> io::Result<LogState<Config>> {
        let kept = self.0.lock().unwrap();
        let last = kept.entries.values().next_back().map(|entry| entry.log_id);
        Ok(LogState { last_purged_log_id: kept.purged, last_log_id: last.or(kept.purged) })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> io::Result<()> {
        self.0.lock().unwrap().vote = Some(*vote);
        Ok(())
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> io::Result<()> {
        self.0.lock().unwrap().committed = committed;
        Ok(())
    }

    async fn read_committed(&mut self) -> io::Result<Option<LogId>> {
        Ok(self.0.lock().unwrap().committed)
    }

    async fn append<I>(&mut self, entries: I, flushed: IOFlushed<Config>) -> io::Result<()>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries = entries.into_iter().map(|entry| (entry.log_id.index, entry));
        self.0.lock().unwrap().entries.extend(entries);
        flushed.io_completed(Ok(()));
        Ok(())
    }

    async fn truncate_after(&mut self, last: Option<LogId>) -> io::Result<()> {
        let next = last.map_or(0, |id| id.index + 1);
        self.0.lock().unwrap().entries.split_off(&next);
        Ok(())
    }

    async fn purge(&mut self, upto: LogId) -> io::Result<()> {
        let mut kept = self.0.lock().unwrap();
        kept.entries = kept.entries.split_off(&(upto.index + 1));
        kept.purged = Some(upto);
        Ok(())
    }
}

/// A snapshot; clones share it.
#[derive(Clone, Default)]
pub(crate) struct MemorySnapshots(Arc<Mutex<Shelf>>);

#[derive(Default)]
struct Shelf {
    newest: Option<StoredSnapshot>,
    saves: usize,
}

impl MemorySnapshots {
    /// How often one was written.
    pub(crate) fn saves(&self) -> usize {
        self.0.lock().unwrap().saves
    }

    /// Size of the newest one, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.0.lock().unwrap().newest.as_ref().map_or(0, |snapshot| snapshot.bytes.len())
    }
}

impl SnapshotStore for MemorySnapshots {
    async fn save(&self, snapshot: StoredSnapshot) -> io::Result<()> {
        let mut shelf = self.0.lock().unwrap();
        shelf.newest = Some(snapshot);
        shelf.saves += 1;
        Ok(())
    }

    async fn load(&self) -> io::Result<Option<StoredSnapshot>> {
        Ok(self.0.lock().unwrap().newest.clone())
    }
}
