//! Frames in plain segment files: the yardstick that sled is measured against, and the way out.
//!
//! A segment is a row of blocks `[number u64][length u32][crc32c u32][frame]` and goes as a whole
//! once none of its frames is needed. A snapshot is one file with its chunks at fixed places.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::journal::Journal;
use super::sled::{VALUE_BYTES_MAX, check_identity, damaged, sync, sync_folder};
use super::{Change, ChunkSet, FrameStore, Visit, VisitHistory};
use crate::{Identity, OpenError, codec};

/// A segment that is larger is followed by a new one.
const SEGMENT_BYTES: u64 = 8 << 20;

const BLOCK_HEAD: usize = 16;
const CHUNK_STRIDE: u64 = VALUE_BYTES_MAX as u64 + 4;

/// Frames in segments, snapshots in files, history in a journal.
#[derive(Debug)]
pub(crate) struct FileFrames {
    segments: PathBuf,
    snapshots: PathBuf,
    kept: Mutex<Kept>,
    history: Mutex<Journal>,
    _lock: File,
}

#[derive(Debug, Default)]
struct Kept {
    places: BTreeMap<u64, Place>,
    /// How many frames of each segment are still needed.
    needed: BTreeMap<u64, u64>,
    current: Option<Segment>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    segment: u64,
    offset: u64,
    length: usize,
}

#[derive(Debug)]
struct Segment {
    first: u64,
    file: File,
    bytes: u64,
}

impl FileFrames {
    /// Opens or creates the store in `folder`. The second value: there was nothing before.
    pub(crate) fn open(folder: &Path, identity: &Identity, lock: File) -> Result<(Self, bool), OpenError> {
        let io = |source| OpenError::Io { folder: folder.to_owned(), source };
        let segments = folder.join("frames");
        let new = !segments.exists();
        let snapshots = folder.join("snapshots");
        fs::create_dir_all(&segments).and_then(|()| fs::create_dir_all(&snapshots)).map_err(io)?;
        let history = Journal::open(&folder.join("history")).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => damaged(folder, error.to_string()),
            _ => io(error),
        })?;
        let store = Self { snapshots, segments, kept: Mutex::default(), history: Mutex::new(history), _lock: lock };
        let named = folder.join("identity");
        if named.exists() {
            check_identity(folder, &fs::read(&named).map_err(io)?, identity)?;
        } else {
            let mut file = File::create(&named).map_err(io)?;
            file.write_all(&codec::encode_identity(identity)).and_then(|()| file.sync_all()).map_err(io)?;
        }
        sync_folder(folder).map_err(io)?;
        Ok((store, new))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn segment_path(&self, first: u64) -> PathBuf {
        self.segments.join(format!("{first:016x}"))
    }

    fn snapshot_path(&self, set: ChunkSet) -> PathBuf {
        self.snapshots.join(format!("{:016x}-{:016x}", set.group, set.sequence))
    }

    fn segment_names(&self) -> io::Result<Vec<u64>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.segments)? {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| u64::from_str_radix(name, 16).ok());
            names.push(number.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a file that is no segment"))?);
        }
        names.sort_unstable();
        Ok(names)
    }

    fn write_frame(&self, kept: &mut Kept, number: u64, frame: &[u8]) -> io::Result<()> {
        if kept.current.as_ref().is_none_or(|segment| segment.bytes > SEGMENT_BYTES) {
            let file = OpenOptions::new().create_new(true).write(true).open(self.segment_path(number))?;
            sync_folder(&self.segments)?;
            kept.current = Some(Segment { first: number, file, bytes: 0 });
        }
        let Some(segment) = kept.current.as_mut() else { return Ok(()) };
        let block = block(number, frame)?;
        segment.file.write_all_at(&block, segment.bytes)?;
        sync(&segment.file)?;
        let offset = segment.bytes + BLOCK_HEAD as u64;
        kept.places.insert(number, Place { segment: segment.first, offset, length: frame.len() });
        *kept.needed.entry(segment.first).or_default() += 1;
        segment.bytes += block.len() as u64;
        Ok(())
    }

    fn forget(&self, kept: &mut Kept, number: u64) -> io::Result<()> {
        let Some(place) = kept.places.remove(&number) else { return Ok(()) };
        let needed = kept.needed.entry(place.segment).or_default();
        *needed = needed.saturating_sub(1);
        let current = kept.current.as_ref().is_some_and(|segment| segment.first == place.segment);
        if *needed == 0 && !current {
            kept.needed.remove(&place.segment);
            fs::remove_file(self.segment_path(place.segment))?;
        }
        Ok(())
    }

    fn write_chunks(&self, change: &Change) -> io::Result<()> {
        for group in change.chunks.chunk_by(|(one, ..), (other, ..)| one == other) {
            let file =
                OpenOptions::new().create(true).write(true).truncate(false).open(self.snapshot_path(group[0].0))?;
            for (_, part, bytes) in group {
                let at = u64::from(*part) * CHUNK_STRIDE;
                file.write_all_at(&length_of(bytes)?, at)?;
                file.write_all_at(bytes, at + 4)?;
            }
            sync(&file)?;
            sync_folder(&self.snapshots)?;
        }
        Ok(())
    }

    fn scan_segment(&self, first: u64, visit: &mut Visit<'_>) -> io::Result<()> {
        let bytes = fs::read(self.segment_path(first))?;
        let mut offset = 0;
        let mut next = first;
        while offset < bytes.len() {
            let Some((number, frame)) = read_block(&bytes[offset..]) else {
                return visit(next, &[]);
            };
            let place = Place { segment: first, offset: (offset + BLOCK_HEAD) as u64, length: frame.len() };
            let mut kept = self.kept();
            kept.places.insert(number, place);
            *kept.needed.entry(first).or_default() += 1;
            drop(kept);
            visit(number, frame)?;
            offset += BLOCK_HEAD + frame.len();
            next = number + 1;
        }
        Ok(())
    }
}

impl FrameStore for FileFrames {
    fn commit(&self, change: &Change) -> io::Result<()> {
        self.journal().write(&change.history)?;
        self.write_chunks(change)?;
        let mut kept = self.kept();
        if let Some((number, frame)) = &change.frame {
            self.write_frame(&mut kept, *number, frame)?;
        }
        for number in &change.dead_frames {
            self.forget(&mut kept, *number)?;
        }
        for dead in change.dead_chunks.iter().filter(|dead| dead.whole) {
            match fs::remove_file(self.snapshot_path(dead.set)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn frame(&self, number: u64) -> io::Result<Option<Vec<u8>>> {
        let Some(place) = self.kept().places.get(&number).copied() else { return Ok(None) };
        let mut frame = vec![0; place.length];
        File::open(self.segment_path(place.segment))?.read_exact_at(&mut frame, place.offset)?;
        Ok(Some(frame))
    }

    fn frames(&self, visit: &mut Visit<'_>) -> io::Result<()> {
        *self.kept() = Kept::default();
        self.segment_names()?.into_iter().try_for_each(|first| self.scan_segment(first, visit))
    }

    fn discard(&self, number: u64) -> io::Result<()> {
        let mut kept = self.kept();
        kept.places.remove(&number);
        // The torn block is the last thing in its segment: cut it off behind the frame before it.
        let Some(last) = self.segment_names()?.pop() else { return Ok(()) };
        let end = kept.places.values().filter(|place| place.segment == last);
        let end = end.map(|place| place.offset + place.length as u64).max().unwrap_or(0);
        if end == 0 {
            fs::remove_file(self.segment_path(last))?;
            return sync_folder(&self.segments);
        }
        let file = OpenOptions::new().write(true).open(self.segment_path(last))?;
        file.set_len(end)?;
        file.sync_all()
    }

    fn chunk(&self, set: ChunkSet, part: u32) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.snapshot_path(set)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let at = u64::from(part) * CHUNK_STRIDE;
        let mut length = [0; 4];
        file.read_exact_at(&mut length, at)?;
        let mut bytes = vec![0; usize::try_from(u32::from_le_bytes(length)).map_or(0, |n| n.min(VALUE_BYTES_MAX))];
        file.read_exact_at(&mut bytes, at + 4)?;
        Ok(Some(bytes))
    }

    fn chunk_sets(&self) -> io::Result<Vec<(ChunkSet, u32)>> {
        let mut sets = Vec::new();
        for entry in fs::read_dir(&self.snapshots)? {
            let entry = entry?;
            let name = entry.file_name();
            let parsed = name.to_str().and_then(|name| name.split_once('-')).and_then(|(group, sequence)| {
                let hex = |text| u64::from_str_radix(text, 16).ok();
                Some(ChunkSet { group: hex(group)?, sequence: hex(sequence)? })
            });
            let set = parsed.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a file that is no snapshot"))?;
            let parts = entry.metadata()?.len().div_ceil(CHUNK_STRIDE);
            sets.push((set, u32::try_from(parts).unwrap_or(u32::MAX)));
        }
        sets.sort_unstable();
        Ok(sets)
    }

    fn history(&self, key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        self.journal().get(key)
    }

    fn history_from(&self, from: &[u8], to: &[u8], visit: &mut VisitHistory<'_>) -> io::Result<()> {
        self.journal().range(from, to, visit)
    }

    fn history_last(&self, from: &[u8], to: &[u8]) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
        self.journal().last(from, to)
    }
}

fn length_of(bytes: &[u8]) -> io::Result<[u8; 4]> {
    u32::try_from(bytes.len()).map(u32::to_le_bytes).map_err(|_| io::Error::other("a frame of 4 GiB"))
}

fn block(number: u64, frame: &[u8]) -> io::Result<Vec<u8>> {
    let mut block = Vec::with_capacity(BLOCK_HEAD + frame.len());
    block.extend_from_slice(&number.to_le_bytes());
    block.extend_from_slice(&length_of(frame)?);
    let sum = crc32c::crc32c(&block);
    block.extend_from_slice(&sum.to_le_bytes());
    block.extend_from_slice(frame);
    Ok(block)
}

/// Number and frame of the block that `bytes` begin with; nothing where it is torn or broken.
fn read_block(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<BLOCK_HEAD>()?;
    let [number @ .., _, _, _, _, _, _, _, _] = head;
    let length = u32::from_le_bytes([head[8], head[9], head[10], head[11]]);
    let sum = u32::from_le_bytes([head[12], head[13], head[14], head[15]]);
    if crc32c::crc32c(&head[..12]) != sum {
        return None;
    }
    let length = usize::try_from(length).ok()?;
    // A frame that is cut short is shown as far as it goes: its own checksum tells.
    Some((u64::from_le_bytes(*number), &rest[..length.min(rest.len())]))
}
