//! What one commit writes and removes.

use std::ops::Range;

use raft::GroupId;

/// The chunks of one snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ChunkSet {
    pub(crate) group: GroupId,
    /// Which of the group's snapshots, counted from 1.
    pub(crate) sequence: u64,
}

/// Chunks that nobody needs any more.
#[derive(Clone, Debug)]
pub(crate) struct DeadChunks {
    pub(crate) set: ChunkSet,
    pub(crate) parts: Range<u32>,
    /// Nothing of the set remains.
    pub(crate) whole: bool,
}

/// What one commit writes and removes.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) frame: Option<(u64, Vec<u8>)>,
    pub(crate) dead_frames: Vec<u64>,
    pub(crate) chunks: Vec<(ChunkSet, u32, Vec<u8>)>,
    pub(crate) dead_chunks: Vec<DeadChunks>,
    /// Values of the history, in order; `None` removes one.
    pub(crate) history: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Change {
    pub(crate) fn is_empty(&self) -> bool {
        self.frame.is_none() && self.chunks.is_empty() && self.history.is_empty()
    }

    /// Bytes written.
    pub(crate) fn bytes(&self) -> usize {
        self.frame.as_ref().map_or(0, |(_, bytes)| bytes.len())
            + self.chunks.iter().map(|(.., bytes)| bytes.len()).sum::<usize>()
            + self.history.iter().filter_map(|(_, value)| value.as_ref()).map(Vec::len).sum::<usize>()
    }
}
