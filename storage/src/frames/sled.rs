//! Frames in sled: a frame is cut into values, a commit is one flush and one `fdatasync`.
//!
//! Measured: sled's own flush ends in `sync_file_range` and loses data with the power; values
//! above about 7 KiB spill into files that it never syncs; a damaged file makes it panic. Hence
//! the descriptor of our own, [`VALUE_BYTES_MAX`], and [`guarded`].

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Change, ChunkSet, FrameStore, Visit, VisitHistory, seek};
use crate::{Identity, OpenError, Options, codec};

/// Largest value that is ever written. Above about 7 KiB sled would move it to a file of its own.
pub(crate) const VALUE_BYTES_MAX: usize = 6 * 1024;

/// sled lets go of its lock a moment after it is dropped.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);

const FOLDER: &str = "sled";
const IDENTITY_KEY: &[u8] = b"identity";

/// Frames, chunks and history in three trees of sled.
#[derive(Debug)]
pub(crate) struct SledFrames {
    frames: sled::Tree,
    chunks: sled::Tree,
    history: sled::Tree,
    db: sled::Db,
    file: File,
    /// Parts of dead frames that a crash left. They go with the next commit: a store that turns out to
    /// be damaged stays as it is.
    left: Mutex<Vec<sled::IVec>>,
    /// Last: given back once sled is gone.
    _lock: File,
}

impl SledFrames {
    /// Opens or creates the store in `folder`. The second value: there was nothing before.
    pub(crate) fn open(
        folder: &Path,
        identity: &Identity,
        options: &Options,
        lock: File,
    ) -> Result<(Self, bool), OpenError> {
        let path = folder.join(FOLDER);
        let new = !path.join("db").exists();
        let config = sled::Config::new().path(&path).cache_capacity(options.cache_capacity).flush_every_ms(None);
        let db = open_patiently(&config, folder)?;
        let opened = guarded(|| prepare(db, folder, identity, lock)).unwrap_or_else(|what| Err(damaged(folder, what)));
        opened.map(|store| (store, new))
    }
}

impl FrameStore for SledFrames {
    fn commit(&self, change: &Change) -> io::Result<()> {
        if !change.history.is_empty() {
            self.history.apply_batch(history_batch(change)).map_err(to_io)?;
        }
        self.put_chunks(change)?;
        self.put_frame(change)?;
        self.db.flush().map_err(to_io)?;
        // Order: flush hands the bytes to the file system; only this brings them to the platter.
        sync(&self.file)
    }

    fn frame(&self, number: u64) -> io::Result<Option<Vec<u8>>> {
        let mut whole = None;
        for item in self.frames.scan_prefix(number.to_be_bytes()) {
            let (_, value) = item.map_err(to_io)?;
            whole.get_or_insert_with(Vec::new).extend_from_slice(&value);
        }
        Ok(whole)
    }

    fn frames(&self, visit: &mut Visit<'_>) -> io::Result<()> {
        let mut whole = Vec::new();
        let mut reading = None;
        for item in self.frames.iter() {
            let (key, value) = item.map_err(to_io)?;
            let (number, part) = split_frame_key(&key)?;
            if reading.map(|(frame, _)| frame) != Some(number) {
                if part > 0 {
                    // What a crash left of a dead frame. Were it a live one, the account would tell.
                    self.left().push(key);
                    continue;
                }
                if let Some((frame, _)) = reading {
                    visit(frame, &whole)?;
                }
                whole.clear();
                reading = Some((number, 0));
            }
            let Some((_, next)) = reading.as_mut() else { continue };
            // A missing part leaves the frame short, which its checksum tells.
            if part == *next {
                whole.extend_from_slice(&value);
                *next += 1;
            }
        }
        reading.map_or(Ok(()), |(frame, _)| visit(frame, &whole))
    }

    fn discard(&self, number: u64) -> io::Result<()> {
        self.commit(&Change { dead_frames: vec![number], ..Change::default() })
    }

    fn chunk(&self, set: ChunkSet, part: u32) -> io::Result<Option<Vec<u8>>> {
        read_guarded(|| Ok(self.chunks.get(chunk_key(set, part)).map_err(to_io)?.map(|value| value.to_vec())))
    }

    fn chunk_sets(&self) -> io::Result<Vec<(ChunkSet, u32)>> {
        let mut sets = Vec::new();
        let mut next = self.chunks.first().map_err(to_io)?;
        // From set to set, without a look at the chunks between.
        while let Some((key, _)) = next {
            let (set, _) = split_chunk_key(&key)?;
            let end = chunk_key(set, u32::MAX);
            let last = seek::last_in(&self.chunks, &key, &end).map_err(to_io)?;
            let parts = last.map_or(Ok(0), |(key, _)| split_chunk_key(&key).map(|(_, part)| part + 1))?;
            sets.push((set, parts));
            next = self.chunks.get_gt(end).map_err(to_io)?;
        }
        Ok(sets)
    }

    fn history(&self, key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        read_guarded(|| Ok(self.history.get(key).map_err(to_io)?.map(|value| value.to_vec())))
    }

    fn history_from(&self, from: &[u8], to: &[u8], visit: &mut VisitHistory<'_>) -> io::Result<()> {
        read_guarded(|| {
            for item in self.history.range(from..to) {
                let (key, value) = item.map_err(to_io)?;
                if !visit(&key, &value)? {
                    break;
                }
            }
            Ok(())
        })
    }

    fn history_last(&self, from: &[u8], to: &[u8]) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
        read_guarded(|| {
            let last = seek::last_in(&self.history, from, to).map_err(to_io)?;
            Ok(last.map(|(key, value)| (key.to_vec(), value.to_vec())))
        })
    }
}

// One insertion after the other and not as a `sled::Batch`: a batch costs sled a second write to the
// disk, and what it adds is not needed here. sled's log keeps the order, so a crash leaves the first of
// them, and a frame that is not whole is dropped when the store is opened. Nobody reads a frame or a
// chunk while it is written; pages of the history are read at any time, so they do go as a batch.
impl SledFrames {
    fn put_frame(&self, change: &Change) -> io::Result<()> {
        if let Some((number, bytes)) = &change.frame {
            for (part, value) in (0..).zip(bytes.chunks(VALUE_BYTES_MAX)) {
                self.frames.insert(frame_key(*number, part), value).map_err(to_io)?;
            }
        }
        for key in std::mem::take(&mut *self.left()) {
            self.frames.remove(key).map_err(to_io)?;
        }
        change.dead_frames.iter().try_for_each(|number| self.remove_frame(*number))
    }

    fn left(&self) -> MutexGuard<'_, Vec<sled::IVec>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remove_frame(&self, number: u64) -> io::Result<()> {
        // Order: from the first part on; a frame without it is no frame, see `frames`.
        for part in 0.. {
            if self.frames.remove(frame_key(number, part)).map_err(to_io)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn put_chunks(&self, change: &Change) -> io::Result<()> {
        for (set, part, bytes) in &change.chunks {
            self.chunks.insert(chunk_key(*set, *part), &bytes[..]).map_err(to_io)?;
        }
        for dead in &change.dead_chunks {
            for part in dead.parts.clone() {
                self.chunks.remove(chunk_key(dead.set, part)).map_err(to_io)?;
            }
        }
        Ok(())
    }
}

/// Runs what reads a file that may be damaged: sled panics on some of those.
pub(crate) fn guarded<T>(read: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(read)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
        format!("the engine gave up reading: {text}")
    })
}

fn read_guarded<T>(read: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    guarded(read).unwrap_or_else(|what| Err(io::Error::other(what)))
}

fn open_patiently(config: &sled::Config, folder: &Path) -> Result<sled::Db, OpenError> {
    let started = Instant::now();
    loop {
        match guarded(|| config.open()) {
            Ok(Ok(db)) => return Ok(db),
            Ok(Err(error)) if is_lock(&error) && started.elapsed() < LOCK_PATIENCE => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Ok(Err(error)) if is_lock(&error) => return Err(OpenError::Locked(folder.to_owned())),
            Ok(Err(sled::Error::Io(source))) => return Err(OpenError::Io { folder: folder.to_owned(), source }),
            Ok(Err(error)) => return Err(damaged(folder, error.to_string())),
            Err(what) => return Err(damaged(folder, what)),
        }
    }
}

fn prepare(db: sled::Db, folder: &Path, identity: &Identity, lock: File) -> Result<SledFrames, OpenError> {
    migrations::migrate(&db).map_err(|error| match error {
        migrations::MigrateError::Store(error) => damaged(folder, error.to_string()),
        other => OpenError::Version(other),
    })?;
    let failed = |error: sled::Error| damaged(folder, error.to_string());
    let meta = db.open_tree(migrations::META_TREE).map_err(failed)?;
    match meta.get(IDENTITY_KEY).map_err(failed)? {
        Some(bytes) => check_identity(folder, &bytes, identity)?,
        None => drop(meta.insert(IDENTITY_KEY, codec::encode_identity(identity)).map_err(failed)?),
    }
    let frames = db.open_tree("frames").map_err(failed)?;
    let chunks = db.open_tree("snapshots").map_err(failed)?;
    let history = db.open_tree("history").map_err(failed)?;
    db.flush().map_err(failed)?;
    let io = |source| OpenError::Io { folder: folder.to_owned(), source };
    let path = folder.join(FOLDER);
    let file = File::open(path.join("db")).map_err(io)?;
    sync(&file).map_err(io)?;
    sync_folder(&path).and_then(|()| sync_folder(folder)).map_err(io)?;
    Ok(SledFrames { frames, chunks, history, db, file, left: Mutex::default(), _lock: lock })
}

/// Refuses a folder that is somebody else's.
pub(super) fn check_identity(folder: &Path, bytes: &[u8], identity: &Identity) -> Result<(), OpenError> {
    let found = codec::decode_identity(bytes).map_err(|error| damaged(folder, format!("its identity: {error}")))?;
    if found == *identity {
        return Ok(());
    }
    Err(OpenError::Foreign {
        found_cluster: found.cluster_id,
        found_node: found.node,
        cluster: identity.cluster_id.clone(),
        node: identity.node,
    })
}

/// Brings the bytes of `file` to the platter.
pub(super) fn sync(file: &File) -> io::Result<()> {
    #[cfg(feature = "planted-bugs")]
    if std::env::var_os("COURTD_TEST_SKIP_FDATASYNC").is_some_and(|value| value == "1") {
        return Ok(());
    }
    file.sync_data()
}

/// Brings the names in a folder to the platter.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

pub(super) fn damaged(folder: &Path, what: String) -> OpenError {
    OpenError::Damaged { folder: folder.to_owned(), what }
}

fn is_lock(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.to_string().contains("could not acquire lock"))
}

fn history_batch(change: &Change) -> sled::Batch {
    let mut batch = sled::Batch::default();
    for (key, value) in &change.history {
        match value {
            Some(value) => batch.insert(&key[..], &value[..]),
            None => batch.remove(&key[..]),
        }
    }
    batch
}

fn to_io(error: sled::Error) -> io::Error {
    match error {
        sled::Error::Io(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidData, other.to_string()),
    }
}

fn frame_key(number: u64, part: u32) -> [u8; 12] {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&number.to_be_bytes());
    key[8..].copy_from_slice(&part.to_be_bytes());
    key
}

fn split_frame_key(key: &[u8]) -> io::Result<(u64, u32)> {
    let key = <[u8; 12]>::try_from(key).map_err(|_| invalid("a frame under a key of the wrong length"))?;
    let [a, b, c, d, e, f, g, h, part @ ..] = key;
    Ok((u64::from_be_bytes([a, b, c, d, e, f, g, h]), u32::from_be_bytes(part)))
}

fn chunk_key(set: ChunkSet, part: u32) -> [u8; 20] {
    let mut key = [0; 20];
    key[..8].copy_from_slice(&set.group.to_be_bytes());
    key[8..].copy_from_slice(&frame_key(set.sequence, part));
    key
}

fn split_chunk_key(key: &[u8]) -> io::Result<(ChunkSet, u32)> {
    let (group, rest) =
        key.split_first_chunk::<8>().ok_or_else(|| invalid("a chunk under a key of the wrong length"))?;
    let (sequence, part) = split_frame_key(rest)?;
    Ok((ChunkSet { group: u64::from_be_bytes(*group), sequence }, part))
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
