//! Frames in memory, for tests and simulations: durable as long as the value lives.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Change, ChunkSet, FrameStore, Visit};

/// Frames and chunks in maps.
#[derive(Debug, Default)]
pub(crate) struct MemoryFrames {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    frames: BTreeMap<u64, Vec<u8>>,
    chunks: BTreeMap<(ChunkSet, u32), Vec<u8>>,
}

impl MemoryFrames {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FrameStore for MemoryFrames {
    fn commit(&self, change: &Change) -> io::Result<()> {
        let mut kept = self.kept();
        for (set, part, bytes) in &change.chunks {
            kept.chunks.insert((*set, *part), bytes.clone());
        }
        for dead in &change.dead_chunks {
            for part in dead.parts.clone() {
                kept.chunks.remove(&(dead.set, part));
            }
        }
        if let Some((number, bytes)) = &change.frame {
            kept.frames.insert(*number, bytes.clone());
        }
        for number in &change.dead_frames {
            kept.frames.remove(number);
        }
        Ok(())
    }

    fn frame(&self, number: u64) -> io::Result<Option<Vec<u8>>> {
        Ok(self.kept().frames.get(&number).cloned())
    }

    fn frames(&self, visit: &mut Visit<'_>) -> io::Result<()> {
        self.kept().frames.iter().try_for_each(|(number, bytes)| visit(*number, bytes))
    }

    fn discard(&self, number: u64) -> io::Result<()> {
        self.kept().frames.remove(&number);
        Ok(())
    }

    fn chunk(&self, set: ChunkSet, part: u32) -> io::Result<Option<Vec<u8>>> {
        Ok(self.kept().chunks.get(&(set, part)).cloned())
    }

    fn chunk_sets(&self) -> io::Result<Vec<(ChunkSet, u32)>> {
        let mut sets = BTreeMap::new();
        for (set, part) in self.kept().chunks.keys() {
            sets.insert(*set, part + 1);
        }
        Ok(sets.into_iter().collect())
    }
}
