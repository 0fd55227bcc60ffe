//! A group's log in memory: what raft and its replication read, and never the store.
//!
//! A view is ahead of the store by what waits in the queue: raft asks that an entry can be read
//! as soon as it was appended, and is told separately when it is durable.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::ops::{Bound, RangeBounds};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use raft::{Entry, GroupId, LogId, Vote};

use crate::codec::{Published, payload_bytes};

/// One group in memory.
#[derive(Debug, Default)]
pub(crate) struct View {
    pub(crate) vote: Option<Vote>,
    pub(crate) committed: Option<LogId>,
    pub(crate) purged: Option<LogId>,
    pub(crate) published: Option<Published>,
    /// Sequence of the newest snapshot that was begun.
    pub(crate) sequence: u64,
    pub(crate) entries: VecDeque<Entry>,
}

impl View {
    /// The last entry, or where the purge left off.
    pub(crate) fn last(&self) -> Option<LogId> {
        self.entries.back().map(|entry| entry.log_id).or(self.purged)
    }

    /// Nothing was ever said about the group.
    pub(crate) fn is_blank(&self) -> bool {
        self.vote.is_none() && self.published.is_none() && self.last().is_none()
    }

    /// Adds entries; what was at and after the first of them is replaced. Refuses a hole.
    pub(crate) fn append(&mut self, entries: Vec<Entry>) -> io::Result<()> {
        let Some(first) = entries.first().map(|entry| entry.log_id.index) else { return Ok(()) };
        let consecutive = (first..).zip(&entries).all(|(index, entry)| entry.log_id.index == index);
        let fits = self.last().is_none_or(|last| first <= last.index + 1);
        if !consecutive || !fits {
            let last = self.last().map(|last| last.index);
            return Err(io::Error::other(format!("entries from {first} on would leave a hole after {last:?}")));
        }
        self.keep_before(first);
        self.entries.extend(entries);
        Ok(())
    }

    /// Drops the entries at and after `end`.
    pub(crate) fn keep_before(&mut self, end: u64) {
        let keep = self.entries.partition_point(|entry| entry.log_id.index < end);
        self.entries.truncate(keep);
    }

    /// Drops the entries up to `upto`.
    pub(crate) fn purge(&mut self, upto: LogId) {
        let gone = self.entries.partition_point(|entry| entry.log_id.index <= upto.index);
        self.entries.drain(..gone);
        self.purged = self.purged.max(Some(upto));
    }

    /// The entries of `range` that are there, until they are worth `bytes`; at least one.
    pub(crate) fn read(&self, range: impl RangeBounds<u64>, bytes: usize) -> Vec<Entry> {
        let start = match range.start_bound() {
            Bound::Included(start) => *start,
            Bound::Excluded(start) => start.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let skip = self.entries.partition_point(|entry| entry.log_id.index < start);
        let mut worth = 0;
        self.entries
            .range(skip..)
            .take_while(|entry| range.contains(&entry.log_id.index))
            .take_while(|entry| {
                let fits = worth == 0 || worth + payload_bytes(entry) <= bytes;
                worth += payload_bytes(entry).max(1);
                fits
            })
            .cloned()
            .collect()
    }
}

/// A view that raft's tasks and the writer share. Never locked across an await.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedView(Arc<Mutex<View>>);

impl SharedView {
    pub(crate) fn new(view: View) -> Self {
        Self(Arc::new(Mutex::new(view)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, View> {
        // A panic while it was held cannot leave it half changed in a way that reaches the disk:
        // what is written was encoded before.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The views of all groups.
#[derive(Clone, Debug, Default)]
pub(crate) struct Views(Arc<Mutex<BTreeMap<GroupId, SharedView>>>);

impl Views {
    pub(crate) fn new(views: impl IntoIterator<Item = (GroupId, View)>) -> Self {
        let views = views.into_iter().map(|(group, view)| (group, SharedView::new(view)));
        Self(Arc::new(Mutex::new(views.collect())))
    }

    /// The view of `group`, made where there was none.
    pub(crate) fn of(&self, group: GroupId) -> SharedView {
        self.lock().entry(group).or_default().clone()
    }

    /// The groups that anything is known of.
    pub(crate) fn groups(&self) -> Vec<GroupId> {
        self.lock().iter().filter(|(_, view)| !view.lock().is_blank()).map(|(group, _)| *group).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<GroupId, SharedView>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
