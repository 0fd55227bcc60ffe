//! The newest snapshot of one group: saved in pieces between the log's frames, published whole.
//!
//! A piece is small, so that no booking waits long behind a snapshot of another facility.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use raft::{GroupId, SnapshotStore, StoredSnapshot};

use crate::codec::{HEAD, Kind, Published, Reader, put, take};
use crate::frames::{ChunkSet, FrameStore, VALUE_BYTES_MAX};
use crate::operation::{Operation, Queue};
use crate::store::FramesHandle;
use crate::view::SharedView;

/// Bytes of a snapshot in one chunk.
const CHUNK_BYTES: usize = VALUE_BYTES_MAX - HEAD;

/// Chunks in one commit: about 200 KB, less than a millisecond of writing.
const PIECE_CHUNKS: usize = 32;

/// Keeps the newest snapshot of one group.
#[derive(Clone, Debug)]
pub struct GroupSnapshots {
    group: GroupId,
    view: SharedView,
    queue: Queue,
    frames: FramesHandle,
}

impl GroupSnapshots {
    pub(crate) fn new(group: GroupId, view: SharedView, queue: Queue, frames: FramesHandle) -> Self {
        Self { group, view, queue, frames }
    }

    fn begin(&self) -> ChunkSet {
        let mut view = self.view.lock();
        view.sequence += 1;
        ChunkSet { group: self.group, sequence: view.sequence }
    }

    fn published(&self) -> Option<Published> {
        self.view.lock().published.clone()
    }
}

impl SnapshotStore for GroupSnapshots {
    async fn save(&self, snapshot: StoredSnapshot) -> io::Result<()> {
        let set = self.begin();
        let mut parts = 0;
        for piece in snapshot.bytes.chunks(PIECE_CHUNKS * CHUNK_BYTES) {
            let chunks: Vec<_> = piece.chunks(CHUNK_BYTES).map(encode_chunk).collect();
            let count = u32::try_from(chunks.len()).map_err(io::Error::other)?;
            self.queue.submit(self.group, Operation::Chunks { set, first: parts, chunks }).await?;
            parts += count;
        }
        // Order: every chunk is durable before the record that says so.
        let published = Published {
            group: self.group,
            sequence: set.sequence,
            meta: snapshot.meta,
            parts,
            length: snapshot.bytes.len() as u64,
            checksum: crc32c::crc32c(&snapshot.bytes),
        };
        self.queue.submit(self.group, Operation::Publish(published)).await
    }

    async fn load(&self) -> io::Result<Option<StoredSnapshot>> {
        loop {
            let Some(published) = self.published() else { return Ok(None) };
            let frames = self.frames.get()?;
            let wanted = published.clone();
            let read = tokio::task::spawn_blocking(move || read_whole(&frames, &wanted));
            let outcome = read.await.map_err(io::Error::other)?;
            // While it was read a newer one may have been published and its chunks removed.
            if outcome.is_ok() || self.published().is_some_and(|now| now.sequence == published.sequence) {
                return outcome.map(|bytes| Some(StoredSnapshot { meta: published.meta, bytes }));
            }
        }
    }
}

fn encode_chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = Vec::with_capacity(HEAD + bytes.len());
    put(&mut chunk, Kind::Chunk, |out| out.extend_from_slice(bytes));
    chunk
}

fn read_whole(frames: &Arc<dyn FrameStore>, published: &Published) -> io::Result<Bytes> {
    let damaged = |what: &str| {
        let (group, sequence) = (published.group, published.sequence);
        io::Error::new(io::ErrorKind::InvalidData, format!("snapshot {sequence} of group {group} is damaged: {what}"))
    };
    let set = ChunkSet { group: published.group, sequence: published.sequence };
    let mut whole = Vec::new();
    for part in 0..published.parts {
        let chunk = frames.chunk(set, part)?.ok_or_else(|| damaged("a piece is missing"))?;
        let record = take(&mut Reader::new(&chunk)).map_err(|error| damaged(&error.to_string()))?;
        whole.extend_from_slice(record.payload);
    }
    if whole.len() as u64 != published.length || crc32c::crc32c(&whole) != published.checksum {
        return Err(damaged("the whole does not fit its checksum"));
    }
    Ok(whole.into())
}
