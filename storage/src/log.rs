//! The log of one group, as openraft wants it.
//!
//! Every change goes to memory and to the writer in one step; reads come from memory alone.

use std::fmt::Debug;
use std::io;
use std::ops::RangeBounds;

use openraft::storage::{IOFlushed, LogState, RaftLogStorage};
use openraft::{OptionalSend, RaftLogReader};
use raft::{Config, Entry, GroupId, LogId, Vote};

use crate::codec::encode_appended;
use crate::operation::{Done, Operation, Queue, Submission, reply};
use crate::view::SharedView;

/// A reader that may stop early does so at about this many bytes: one message to a peer.
const READ_BYTES: usize = 1 << 20;

/// Reads and writes the log of one group. A group has one writer: openraft's core.
#[derive(Debug)]
pub struct GroupLog {
    group: GroupId,
    view: SharedView,
    queue: Queue,
}

/// Reads the log of one group, from memory.
#[derive(Clone, Debug)]
pub struct GroupLogReader {
    view: SharedView,
}

impl GroupLog {
    pub(crate) fn new(group: GroupId, view: SharedView, queue: Queue) -> Self {
        Self { group, view, queue }
    }

    fn submission(&self, operation: Operation, done: Done) -> Submission {
        Submission { group: self.group, operation, done }
    }
}

impl RaftLogStorage<Config> for GroupLog {
    type LogReader = GroupLogReader;

    async fn get_log_state(&mut self) -> io::Result<LogState<Config>> {
        let view = self.view.lock();
        Ok(LogState { last_purged_log_id: view.purged, last_log_id: view.last() })
    }

    async fn get_log_reader(&mut self) -> GroupLogReader {
        GroupLogReader { view: self.view.clone() }
    }

    async fn save_vote(&mut self, vote: &Vote) -> io::Result<()> {
        let room = self.queue.room().await?;
        let (done, told) = reply();
        {
            let mut view = self.view.lock();
            view.vote = Some(*vote);
            room.send(self.submission(Operation::Vote(*vote), done));
        }
        self.queue.wait(told).await
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> io::Result<()> {
        let room = self.queue.room().await?;
        let mut view = self.view.lock();
        view.committed = committed;
        room.send(self.submission(Operation::Committed(committed), Done::Nobody));
        Ok(())
    }

    async fn read_committed(&mut self) -> io::Result<Option<LogId>> {
        Ok(self.view.lock().committed)
    }

    async fn append<I>(&mut self, entries: I, callback: IOFlushed<Config>) -> io::Result<()>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries: Vec<Entry> = entries.into_iter().collect();
        let Some(first) = entries.first().map(|entry| entry.log_id.index) else {
            callback.io_completed(Ok(()));
            return Ok(());
        };
        let room = match self.queue.room().await {
            Ok(room) => room,
            Err(error) => {
                callback.io_completed(Err(io::Error::other(error.to_string())));
                return Err(error);
            }
        };
        // The record is encoded here, on the group's own task: the one writer only strings
        // together what all groups have prepared.
        let (record, sizes) = encode_appended(self.group, &entries);
        let mut view = self.view.lock();
        if let Err(error) = view.append(entries) {
            callback.io_completed(Err(io::Error::other(error.to_string())));
            return Err(error);
        }
        // Order: into the queue while the view is locked, so that both see the same order.
        room.send(self.submission(Operation::Append { first, record, sizes }, Done::Flushed(callback)));
        Ok(())
    }

    async fn truncate_after(&mut self, last_log_id: Option<LogId>) -> io::Result<()> {
        let room = self.queue.room().await?;
        let (done, told) = reply();
        let keep = last_log_id.map(|id| id.index);
        {
            let mut view = self.view.lock();
            view.keep_before(keep.map_or(0, |index| index + 1));
            room.send(self.submission(Operation::Truncate(keep), done));
        }
        self.queue.wait(told).await
    }

    async fn purge(&mut self, log_id: LogId) -> io::Result<()> {
        let room = self.queue.room().await?;
        let mut view = self.view.lock();
        view.purge(log_id);
        room.send(self.submission(Operation::Purge(log_id), Done::Nobody));
        Ok(())
    }
}

impl RaftLogReader<Config> for GroupLogReader {
    async fn try_get_log_entries<RB>(&mut self, range: RB) -> io::Result<Vec<Entry>>
    where
        RB: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        Ok(self.view.lock().read(range, usize::MAX))
    }

    async fn read_vote(&mut self) -> io::Result<Option<Vote>> {
        Ok(self.view.lock().vote)
    }

    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> io::Result<Vec<Entry>> {
        Ok(self.view.lock().read(start..end, READ_BYTES))
    }
}
