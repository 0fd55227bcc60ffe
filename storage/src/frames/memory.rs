//! Frames in memory, for tests and simulations: durable as long as the value lives.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Change, ChunkSet, FrameStore, Visit, VisitHistory};

/// Frames, chunks and history in maps.
#[derive(Debug, Default)]
pub(crate) struct MemoryFrames {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    frames: BTreeMap<u64, Vec<u8>>,
    chunks: BTreeMap<(ChunkSet, u32), Vec<u8>>,
    history: BTreeMap<Vec<u8>, Vec<u8>>,
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
        for (key, value) in &change.history {
            match value {
                Some(value) => kept.history.insert(key.clone(), value.clone()),
                None => kept.history.remove(key),
            };
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

    fn history(&self, key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        Ok(self.kept().history.get(key).cloned())
    }

    fn history_from(&self, from: &[u8], to: &[u8], visit: &mut VisitHistory<'_>) -> io::Result<()> {
        for (key, value) in self.kept().history.range(from.to_vec()..to.to_vec()) {
            if !visit(key, value)? {
                break;
            }
        }
        Ok(())
    }

    fn history_last(&self, from: &[u8], to: &[u8]) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
        let kept = self.kept();
        Ok(kept.history.range(from.to_vec()..to.to_vec()).next_back().map(|(key, value)| (key.clone(), value.clone())))
    }
}
