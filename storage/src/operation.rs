//! What is asked of the writer, and whom it tells.

use std::io;

use openraft::storage::IOFlushed;
use raft::{Config, GroupId, LogId, Vote};
use tokio::sync::{mpsc, oneshot};

use crate::codec::Published;
use crate::failure::Failure;
use crate::frames::ChunkSet;
use crate::history::Piece;

/// Operations that may wait: as many as one frame takes, so that a full queue is one commit away
/// from having room, and a caller beyond that waits instead of filling memory.
pub(crate) const QUEUE_OPERATIONS_MAX: usize = 4_096;

/// One change of one group.
pub(crate) enum Operation {
    /// An encoded record of entries from `first` on.
    Append { first: u64, record: Vec<u8>, sizes: Vec<u32> },
    /// A vote, durable before anybody is told of it.
    Vote(Vote),
    /// Nothing after this index remains; nothing at all for `None`.
    Truncate(Option<u64>),
    /// Entries up to here are not needed. Rides on the next frame.
    Purge(LogId),
    /// Entries up to here are committed. Rides on the next frame.
    Committed(Option<LogId>),
    /// Pieces of a snapshot.
    Chunks { set: ChunkSet, first: u32, chunks: Vec<Vec<u8>> },
    /// A snapshot is whole.
    Publish(Published),
    /// Rows of history. They ride along with whatever is written next.
    History(Piece),
    /// The last operation of a store.
    Close,
}

impl Operation {
    /// Whether somebody waits for a frame with this in it.
    pub(crate) fn is_urgent(&self) -> bool {
        !matches!(self, Self::Purge(_) | Self::Committed(_) | Self::Chunks { .. } | Self::History(_))
    }

    /// It is durable.
    pub(crate) fn written(&self) {
        if let Self::History(piece) = self {
            piece.written();
        }
    }

    /// About what it adds to a commit.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Append { record, .. } => record.len(),
            Self::Chunks { chunks, .. } => chunks.iter().map(Vec::len).sum(),
            Self::History(piece) => piece.bytes(),
            _ => 128,
        }
    }
}

/// Who is told, exactly once.
pub(crate) enum Done {
    /// Nobody.
    Nobody,
    /// openraft.
    Flushed(IOFlushed<Config>),
    /// Somebody who waits.
    Reply(oneshot::Sender<io::Result<()>>),
}

impl Done {
    pub(crate) fn tell(self, outcome: io::Result<()>) {
        match self {
            Self::Nobody => {}
            Self::Flushed(flushed) => flushed.io_completed(outcome),
            // The caller may have given up waiting; what it asked for is done all the same.
            Self::Reply(reply) => drop(reply.send(outcome)),
        }
    }
}

/// One operation on its way to the writer.
pub(crate) struct Submission {
    pub(crate) group: GroupId,
    pub(crate) operation: Operation,
    pub(crate) done: Done,
}

/// The way to the writer. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    sender: mpsc::Sender<Submission>,
    failure: Failure,
}

/// Room in the queue for one operation.
pub(crate) type Room<'a> = mpsc::Permit<'a, Submission>;

impl Queue {
    pub(crate) fn new(failure: Failure) -> (Self, mpsc::Receiver<Submission>) {
        let (sender, receiver) = mpsc::channel(QUEUE_OPERATIONS_MAX);
        (Self { sender, failure }, receiver)
    }

    /// Waits for room. Taken before memory changes, so that giving up changes nothing.
    pub(crate) async fn room(&self) -> io::Result<Room<'_>> {
        self.sender.reserve().await.map_err(|_| self.failure.error())
    }

    /// Room, if there is any right now.
    pub(crate) fn room_now(&self) -> Option<Room<'_>> {
        self.sender.try_reserve().ok()
    }

    /// Submits and waits until it is durable.
    pub(crate) async fn submit(&self, group: GroupId, operation: Operation) -> io::Result<()> {
        let room = self.room().await?;
        let (done, told) = reply();
        room.send(Submission { group, operation, done });
        self.wait(told).await
    }

    /// Waits for what a [`reply`] brings.
    pub(crate) async fn wait(&self, told: oneshot::Receiver<io::Result<()>>) -> io::Result<()> {
        told.await.unwrap_or_else(|_| Err(self.failure.error()))
    }
}

/// A way for the writer to answer, and its other end.
pub(crate) fn reply() -> (Done, oneshot::Receiver<io::Result<()>>) {
    let (sender, receiver) = oneshot::channel();
    (Done::Reply(sender), receiver)
}
