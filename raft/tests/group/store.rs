//! A log, a snapshot and a history in memory that outlive the group: what a disk is to a restart.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::ops::RangeBounds;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use openraft::storage::{IOFlushed, LogState, RaftLogStorage};
use openraft::{OptionalSend, RaftLogReader};
use raft::{
    Config, Cursor, Entry, Family, HistoryStore, Listed, Listing, LogId, Row, RowLimit, SnapshotStore, StoredSnapshot,
    Vote,
};

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

/// A history whose rows are durable once they are flushed; clones share it.
#[derive(Clone, Default)]
pub(crate) struct MemoryHistory(Arc<Mutex<Rows>>);

#[derive(Default)]
struct Rows {
    rows: BTreeMap<Cursor, Row>,
    durable: usize,
}

impl MemoryHistory {
    /// All rows.
    pub(crate) fn all(&self) -> Vec<Row> {
        self.0.lock().unwrap().rows.values().cloned().collect()
    }

    /// As after a kill: what was not flushed is gone.
    pub(crate) fn lose_what_is_not_durable(&self) {
        let mut kept = self.0.lock().unwrap();
        while kept.rows.len() > kept.durable {
            kept.rows.pop_last();
        }
    }
}

impl HistoryStore for MemoryHistory {
    fn append(&self, rows: Vec<Row>) {
        let mut kept = self.0.lock().unwrap();
        for row in rows {
            if kept.rows.last_key_value().is_none_or(|(last, _)| *last < row.cursor) {
                kept.rows.insert(row.cursor, row);
            }
        }
    }

    fn offer(&self) -> bool {
        false
    }

    fn flush(&self, upto: u64) -> BoxFuture<'_, io::Result<()>> {
        let mut kept = self.0.lock().unwrap();
        kept.durable = kept.durable.max(kept.rows.range(..=Cursor::after(upto)).count());
        Box::pin(std::future::ready(Ok(())))
    }

    fn count(&self) -> u64 {
        self.0.lock().unwrap().rows.len() as u64
    }

    fn end(&self) -> Cursor {
        self.0.lock().unwrap().rows.keys().next_back().copied().unwrap_or_default()
    }

    fn rows(&self, after: Cursor, upto: u64, limit: RowLimit) -> BoxFuture<'_, io::Result<Vec<Row>>> {
        let kept = self.0.lock().unwrap();
        let rows = kept.rows.range(..=Cursor::after(upto)).filter(|(cursor, _)| **cursor > after);
        let rows = rows.take(limit.rows).map(|(_, row)| row.clone()).collect();
        Box::pin(std::future::ready(Ok(rows)))
    }

    fn ended(&self, family: Family, id: String) -> BoxFuture<'_, io::Result<Option<Row>>> {
        let ends = |row: &&Row| row.told.ends.iter().any(|ended| ended.family == family && ended.id == id);
        let found = self.0.lock().unwrap().rows.values().rev().find(ends).cloned();
        Box::pin(std::future::ready(Ok(found)))
    }

    fn list_ended(&self, _: Listing) -> BoxFuture<'_, io::Result<Vec<Listed>>> {
        unreachable!("a group lists nothing")
    }
}
