//! The history of the plain file engine: one file of changes, and in memory where each value is.
//!
//! A block is `[length u32][crc32c u32]` and the changes of one commit. It is only ever appended
//! to: what was replaced stays in the file, as is good enough for a yardstick and an exit.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::VisitHistory;
use super::sled::sync;

const BLOCK_HEAD: usize = 8;

/// Stands for the length of a value that was removed.
const REMOVED: u32 = u32::MAX;

/// Keys and values in a file.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    end: u64,
    places: BTreeMap<Vec<u8>, (u64, usize)>,
}

impl Journal {
    /// Reads all blocks. A torn one at the end is cut off: nobody was told of it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        let bytes = fs::read(path)?;
        let mut journal = Self { file, end: 0, places: BTreeMap::new() };
        let mut rest = &bytes[..];
        while let Some((block, after)) = read_block(rest) {
            let at = journal.end + BLOCK_HEAD as u64;
            journal.take(at, block).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a broken history"))?;
            journal.end = at + block.len() as u64;
            rest = after;
        }
        if !rest.is_empty() {
            tracing::warn!("dropped {} bytes at the end of the history, which were being written", rest.len());
            journal.file.set_len(journal.end)?;
            journal.file.sync_all()?;
        }
        Ok(journal)
    }

    /// Returns once all changes are durable.
    pub(super) fn write(&mut self, changes: &[(Vec<u8>, Option<Vec<u8>>)]) -> io::Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut block = vec![0; BLOCK_HEAD];
        for (key, value) in changes {
            block.extend_from_slice(&length_of(key)?.to_le_bytes());
            block.extend_from_slice(key);
            block.extend_from_slice(&value.as_ref().map_or(Ok(REMOVED), |value| length_of(value))?.to_le_bytes());
            block.extend_from_slice(value.as_deref().unwrap_or_default());
        }
        let (length, sum) = (length_of(&block[BLOCK_HEAD..])?, crc32c::crc32c(&block[BLOCK_HEAD..]));
        block[..4].copy_from_slice(&length.to_le_bytes());
        block[4..BLOCK_HEAD].copy_from_slice(&sum.to_le_bytes());
        self.file.write_all_at(&block, self.end)?;
        sync(&self.file)?;
        let at = self.end + BLOCK_HEAD as u64;
        self.take(at, &block[BLOCK_HEAD..]).ok_or_else(|| io::Error::other("a block that was just written"))?;
        self.end += block.len() as u64;
        Ok(())
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        self.places.get(key).map(|place| self.value(*place)).transpose()
    }

    /// The values of the keys from `from` to before `to`, in order.
    pub(super) fn range(&self, from: &[u8], to: &[u8], visit: &mut VisitHistory<'_>) -> io::Result<()> {
        for (key, place) in self.places.range(from.to_vec()..to.to_vec()) {
            if !visit(key, &self.value(*place)?)? {
                break;
            }
        }
        Ok(())
    }

    /// The last of them.
    pub(super) fn last(&self, from: &[u8], to: &[u8]) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
        let last = self.places.range(from.to_vec()..to.to_vec()).next_back();
        last.map(|(key, place)| Ok((key.clone(), self.value(*place)?))).transpose()
    }

    fn value(&self, (at, length): (u64, usize)) -> io::Result<Vec<u8>> {
        let mut value = vec![0; length];
        self.file.read_exact_at(&mut value, at)?;
        Ok(value)
    }

    /// Takes the changes of the block at `at` into the places; nothing where they make no sense.
    fn take(&mut self, at: u64, block: &[u8]) -> Option<()> {
        let mut rest = block;
        while !rest.is_empty() {
            let key = take_bytes(&mut rest)?.to_vec();
            if rest.first_chunk() == Some(&REMOVED.to_le_bytes()) {
                rest = &rest[4..];
                self.places.remove(&key);
                continue;
            }
            let value = take_bytes(&mut rest)?;
            let start = block.len() - rest.len() - value.len();
            self.places.insert(key, (at + start as u64, value.len()));
        }
        Some(())
    }
}

fn take_bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (bytes, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(bytes)
}

fn read_block(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (sum, rest) = rest.split_first_chunk()?;
    let (block, after) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    (crc32c::crc32c(block) == u32::from_le_bytes(*sum) && !block.is_empty()).then_some((block, after))
}

fn length_of(bytes: &[u8]) -> io::Result<u32> {
    u32::try_from(bytes.len()).map_err(|_| io::Error::other("a value of 4 GiB"))
}
