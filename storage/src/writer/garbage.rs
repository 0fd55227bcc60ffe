//! What is to be removed, a little with each commit.
//!
//! Invariant: something gets here only once the frame that made it superfluous is durable.

use std::collections::{BTreeMap, VecDeque};

use crate::codec::Published;
use crate::frames::{Change, ChunkSet, DeadChunks};

/// Frames removed with one commit: about half a millisecond of sled's time.
const FRAMES_A_COMMIT: usize = 64;

/// Chunks removed with one commit: about a millisecond.
const CHUNKS_A_COMMIT: u32 = 128;

/// Frames and chunks that nobody needs.
#[derive(Debug, Default)]
pub(crate) struct Garbage {
    frames: VecDeque<u64>,
    chunks: VecDeque<DeadChunks>,
}

impl Garbage {
    pub(crate) fn add_frames(&mut self, frames: Vec<u64>) {
        self.frames.extend(frames);
    }

    /// The sets of a group that are older than its published one.
    pub(crate) fn add_older(&mut self, sets: &mut BTreeMap<ChunkSet, u32>, published: &Published) {
        let first = ChunkSet { group: published.group, sequence: 0 };
        let end = ChunkSet { group: published.group, sequence: published.sequence };
        for (set, parts) in sets.extract_if(first..end, |_, _| true) {
            self.chunks.push_back(DeadChunks { set, parts: 0..parts, whole: true });
        }
    }

    /// One set as a whole.
    pub(crate) fn add_set(&mut self, set: ChunkSet, parts: u32) {
        self.chunks.push_back(DeadChunks { set, parts: 0..parts, whole: true });
    }

    /// Adds a little of it to `change`.
    pub(crate) fn sweep_into(&mut self, change: &mut Change) {
        let frames = self.frames.len().min(FRAMES_A_COMMIT);
        change.dead_frames.extend(self.frames.drain(..frames));
        let mut room = CHUNKS_A_COMMIT;
        while let Some(mut dead) = self.chunks.pop_front() {
            let end = dead.parts.end.min(dead.parts.start.saturating_add(room));
            room -= end - dead.parts.start;
            let rest = end..dead.parts.end;
            if !rest.is_empty() {
                let set = dead.set;
                change.dead_chunks.push(DeadChunks { set, parts: dead.parts.start..end, whole: false });
                dead.parts = rest;
                self.chunks.push_front(dead);
                return;
            }
            change.dead_chunks.push(dead);
        }
    }
}
