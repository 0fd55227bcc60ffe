//! Where frames, snapshot chunks and history are kept: sled, plain files, or memory.
//!
//! A frame store knows numbers, keys and bytes, not what is in them. It is the one place that
//! decides what *durable* means.

mod change;
mod file;
mod journal;
mod memory;
mod seek;
mod sled;

use std::io;

pub(crate) use change::{Change, ChunkSet, DeadChunks};
pub(crate) use file::FileFrames;
pub(crate) use memory::MemoryFrames;
pub(crate) use sled::{SledFrames, VALUE_BYTES_MAX, guarded};

/// Gets to see one frame: its number and its bytes.
pub(crate) type Visit<'a> = dyn FnMut(u64, &[u8]) -> io::Result<()> + 'a;

/// Gets to see one value of the history and its key; says whether to go on.
pub(crate) type VisitHistory<'a> = dyn FnMut(&[u8], &[u8]) -> io::Result<bool> + 'a;

/// Keeps frames, chunks and history. Written by one thread; chunks and history may be read by
/// others.
pub(crate) trait FrameStore: Send + Sync {
    /// Returns once all of `change` is durable; after an error nothing is known.
    fn commit(&self, change: &Change) -> io::Result<()>;

    /// One frame.
    fn frame(&self, number: u64) -> io::Result<Option<Vec<u8>>>;

    /// All frames in order. A torn one is shown as far as it can be read.
    fn frames(&self, visit: &mut Visit<'_>) -> io::Result<()>;

    /// Forgets a torn frame at the end.
    fn discard(&self, number: u64) -> io::Result<()>;

    /// One chunk.
    fn chunk(&self, set: ChunkSet, part: u32) -> io::Result<Option<Vec<u8>>>;

    /// All sets of chunks, with one more than the number of the last part in each.
    fn chunk_sets(&self) -> io::Result<Vec<(ChunkSet, u32)>>;

    /// One value of the history.
    fn history(&self, key: &[u8]) -> io::Result<Option<Vec<u8>>>;

    /// The values of the history from `from` to before `to`, in order.
    fn history_from(&self, from: &[u8], to: &[u8], visit: &mut VisitHistory<'_>) -> io::Result<()>;

    /// The last value of the history from `from` to before `to`, with its key.
    fn history_last(&self, from: &[u8], to: &[u8]) -> io::Result<Option<(Vec<u8>, Vec<u8>)>>;
}
