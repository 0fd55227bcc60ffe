//! The history of one group: rows in, rows out, whether they are durable yet or not.

use std::io;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use raft::{Cursor, Ended, Family, GroupId, HistoryStore, Listed, Listing, Row, RowLimit};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::lists::Newer;
use super::memory::{Next, Piece, SharedMemory};
use super::page::row_bytes;
use super::read::Shelf;
use super::{erase, keys};
use crate::frames::FrameStore;
use crate::operation::{Done, Operation, Queue, Submission, reply};
use crate::store::FramesHandle;

/// The history of one group. Cheap to clone.
#[derive(Clone)]
pub struct GroupHistory(Arc<Inner>);

struct Inner {
    group: GroupId,
    memory: SharedMemory,
    queue: Queue,
    frames: FramesHandle,
    /// One at a time brings everything to the disk, so that nothing is erased twice at once.
    flushing: Mutex<()>,
}

impl GroupHistory {
    /// Reads the last page: blocks for a moment.
    pub(crate) fn open(group: GroupId, queue: Queue, frames: FramesHandle) -> io::Result<Self> {
        let (durable, end) = Shelf { frames: &*frames.get()?, group, erased: &[] }.end()?;
        let memory = SharedMemory::new(durable, end);
        Ok(Self(Arc::new(Inner { group, memory, queue, frames, flushing: Mutex::default() })))
    }

    /// Whether an ended record of that id is among the rows that are not durable.
    pub(crate) fn waits_with(&self, family: Family, id: &str) -> bool {
        self.0.memory.lock().ended(family, id).is_some()
    }
}

impl HistoryStore for GroupHistory {
    fn append(&self, rows: Vec<Row>) {
        if !rows.is_empty() {
            self.0.memory.lock().append(rows);
        }
    }

    fn offer(&self) -> bool {
        let is_worth_it = self.0.memory.lock().is_worth_writing();
        // Order: room first, so that what is taken out of memory reaches the queue before anything
        // that is taken out later.
        if is_worth_it && let Some(room) = self.0.queue.room_now() {
            let memory = &self.0.memory;
            if let Next::Write(piece) = memory.next(self.0.group, u64::MAX, true) {
                room.send(self.0.submission(piece, Done::Nobody));
            }
        }
        self.0.memory.lock().is_full()
    }

    fn flush(&self, upto: u64) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(self.0.flush(upto))
    }

    fn count(&self) -> u64 {
        self.0.memory.lock().count()
    }

    fn end(&self) -> Cursor {
        self.0.memory.lock().end()
    }

    fn rows(&self, after: Cursor, upto: u64, limit: RowLimit) -> BoxFuture<'_, io::Result<Vec<Row>>> {
        Box::pin(self.0.rows(after, upto, limit))
    }

    fn ended(&self, family: Family, id: String) -> BoxFuture<'_, io::Result<Option<Row>>> {
        Box::pin(async move {
            if let Some(row) = self.0.memory.lock().ended(family, &id) {
                return Ok(Some(Row::clone(row)));
            }
            self.0.look(move |shelf| shelf.ended(family, &id)).await
        })
    }

    fn list_ended(&self, listing: Listing) -> BoxFuture<'_, io::Result<Vec<Listed>>> {
        Box::pin(async move {
            let newer = self.0.newer(listing.family, listing.owner.as_deref());
            self.0.look(move |shelf| shelf.list(&listing, &newer)).await
        })
    }
}

impl Inner {
    fn submission(&self, piece: Piece, done: Done) -> Submission {
        Submission { group: self.group, operation: Operation::History(piece), done }
    }

    async fn flush(&self, upto: u64) -> io::Result<()> {
        let _one_at_a_time = self.flushing.lock().await;
        loop {
            let room = self.queue.room().await?;
            let (done, told) = reply();
            let erasing = match self.memory.next(self.group, upto, false) {
                Next::Nothing { under_way: false } => return Ok(()),
                Next::Write(piece) => {
                    room.send(self.submission(piece, done));
                    None
                }
                // An operation behind all that is under way is told when they are durable.
                Next::Nothing { under_way: true } => {
                    room.send(self.submission(self.memory.replacement(Vec::new()), done));
                    None
                }
                Next::Erase(member, cursor) => {
                    room.send(self.submission(self.memory.replacement(Vec::new()), done));
                    Some((member, cursor))
                }
            };
            self.queue.wait(told).await?;
            if let Some((member, cursor)) = erasing {
                // Order: all rows before are durable now, so that none is missed.
                self.erase(member, cursor).await?;
            }
        }
    }

    async fn erase(&self, member: String, before: Cursor) -> io::Result<()> {
        let mut from = Some(keys::pages(self.group).0);
        while let Some(start) = from {
            let (frames, group, member) = (self.frames.get()?, self.group, member.clone());
            let rewriting = spawn_blocking(move || erase::rewritten(&*frames, group, &member, before, &start));
            let (values, go_on) = rewriting.await.map_err(io::Error::other)??;
            let room = self.queue.room().await?;
            let (done, told) = reply();
            room.send(self.submission(self.memory.replacement(values), done));
            self.queue.wait(told).await?;
            from = go_on;
        }
        self.memory.lock().has_erased(before);
        Ok(())
    }

    async fn rows(&self, after: Cursor, upto: u64, limit: RowLimit) -> io::Result<Vec<Row>> {
        // Order: memory first. A row that leaves it meanwhile is then in both, and never in none.
        let (new, reaches, durable) = {
            let memory = self.memory.lock();
            (memory.rows(after, upto, limit.rows), memory.reaches(after), memory.durable())
        };
        let (mut rows, all) = match reaches {
            true => (Vec::new(), true),
            false => self.look(move |shelf| shelf.rows(after, upto, limit, durable)).await?,
        };
        if all {
            let last = rows.last().map_or(after, |row| row.cursor);
            let mut bytes: usize = rows.iter().map(row_bytes).sum();
            for row in new.into_iter().filter(|row| row.cursor > last) {
                bytes += row_bytes(&row);
                if !rows.is_empty() && (rows.len() >= limit.rows || bytes > limit.bytes) {
                    break;
                }
                rows.push(Arc::unwrap_or_clone(row));
            }
        }
        Ok(rows)
    }

    /// The latest versions of ended records that are not durable, all of them or an owner's.
    fn newer(&self, family: Family, owner: Option<&str>) -> Newer {
        let mut newer = Newer::new();
        let wanted =
            |ended: &&Ended| ended.family == family && owner.is_none_or(|owner| ended.owner.as_deref() == Some(owner));
        for row in self.memory.lock().latest() {
            for ended in row.told.ends.iter().filter(wanted) {
                newer.entry(ended.id.clone()).or_insert_with(|| (ended.sort, Arc::clone(row)));
            }
        }
        newer
    }

    /// Looks into the store on a thread that may wait for the disk.
    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Shelf<'_>) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let (frames, group): (Arc<dyn FrameStore>, _) = (self.frames.get()?, self.group);
        let erased = self.memory.lock().erasures();
        let looking = spawn_blocking(move || look(&Shelf { frames: &*frames, group, erased: &erased }));
        looking.await.map_err(io::Error::other)?
    }
}

impl std::fmt::Debug for GroupHistory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GroupHistory({})", self.0.group)
    }
}
