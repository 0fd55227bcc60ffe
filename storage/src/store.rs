//! The store of one node: opened, handed out group by group, closed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use raft::{Family, GroupId};
use tokio::sync::watch;

use crate::failure::Failure;
use crate::frames::{FileFrames, FrameStore, MemoryFrames, SledFrames, guarded};
use crate::history;
use crate::operation::{Operation, Queue};
use crate::recovery::recover;
use crate::view::Views;
use crate::witness::{Testimony, Witness};
use crate::writer::{Committer, Counters, Writer};
use crate::{Engine, GroupHistory, GroupLog, GroupSnapshots, Identity, OpenError, Options, Stats};

/// All groups of one node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    queue: Queue,
    views: Views,
    frames: FramesHandle,
    /// The histories in use: one memory a group.
    histories: Arc<Mutex<BTreeMap<GroupId, GroupHistory>>>,
    failure: Failure,
    counters: Arc<Counters>,
    writer: Arc<Mutex<Option<JoinHandle<()>>>>,
    is_new: bool,
}

impl Store {
    /// Opens the store in `dir`, and makes one where there is none. Reads all of the log: blocks.
    pub fn open(dir: &Path, identity: &Identity, options: Options) -> Result<Self, OpenError> {
        let io = |source| OpenError::Io { folder: dir.to_owned(), source };
        fs::create_dir_all(dir).map_err(io)?;
        let lock = lock(dir)?;
        let (frames, is_new): (Arc<dyn FrameStore>, bool) = match options.engine {
            Engine::Sled => {
                let (frames, is_new) = SledFrames::open(dir, identity, &options, lock)?;
                (Arc::new(frames), is_new)
            }
            Engine::File => {
                let (frames, is_new) = FileFrames::open(dir, identity, lock)?;
                (Arc::new(frames), is_new)
            }
        };
        let (witness, testimony) = Witness::open(dir).map_err(io)?;
        let found = guarded(|| Self::start(frames, Some(witness), &testimony, is_new));
        let found = found.unwrap_or_else(|what| Err(io::Error::new(io::ErrorKind::InvalidData, what)));
        found.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                OpenError::Damaged { folder: dir.to_owned(), what: error.to_string() }
            }
            _ => io(error),
        })
    }

    /// A store that lives in memory, for tests and simulations. `identity` is asked for so that
    /// callers are written as for a real one.
    pub fn in_memory(_identity: &Identity) -> Self {
        Self::start(Arc::new(MemoryFrames::default()), None, &Testimony::Absent, true)
            .expect("memory without anything in it can be read, and a thread can be started at start-up")
    }

    fn start(
        frames: Arc<dyn FrameStore>,
        witness: Option<Witness>,
        testimony: &Testimony,
        is_new: bool,
    ) -> io::Result<Self> {
        let mut found = recover(&*frames, testimony)?;
        let views = Views::new(std::mem::take(&mut found.views));
        let failure = Failure::new();
        let counters = Arc::new(Counters::default());
        let (queue, receiver) = Queue::new(failure.clone());
        let committer = Committer::new(Arc::clone(&frames), found, views.clone(), Arc::clone(&counters));
        let writer = Writer::start(receiver, committer, failure.clone(), witness)?;
        let writer = Arc::new(Mutex::new(Some(writer)));
        let (frames, histories) = (FramesHandle::new(frames), Arc::default());
        Ok(Self { queue, views, frames, histories, failure, counters, writer, is_new })
    }

    /// Nothing was there before.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Groups with any state.
    pub fn groups(&self) -> Vec<GroupId> {
        self.views.groups()
    }

    /// The log of `group`, empty where there was none. For one user at a time.
    pub fn log(&self, group: GroupId) -> GroupLog {
        GroupLog::new(group, self.views.of(group), self.queue.clone())
    }

    /// The snapshots of `group`.
    pub fn snapshots(&self, group: GroupId) -> GroupSnapshots {
        GroupSnapshots::new(group, self.views.of(group), self.queue.clone(), self.frames.clone())
    }

    /// The history of `group`; the same one whoever asks. Reads its last page: blocks for a moment.
    /// An error of kind `InvalidData` says what is damaged.
    pub fn history(&self, group: GroupId) -> io::Result<GroupHistory> {
        let mut histories = self.histories.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(history) = histories.get(&group) {
            return Ok(history.clone());
        }
        let history = GroupHistory::open(group, self.queue.clone(), self.frames.clone())?;
        histories.insert(group, history.clone());
        Ok(history)
    }

    /// The groups with an ended record of that id: those whose histories are in use here, and those
    /// that have it in the store. One look, however many groups there are.
    pub async fn groups_with_ended(&self, family: Family, id: &str) -> io::Result<BTreeSet<GroupId>> {
        let (frames, id) = (self.frames.get()?, id.to_owned());
        // Order: memory first. A row that leaves it meanwhile is then in both, and never in none.
        let histories = self.histories.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let looking = tokio::task::spawn_blocking(move || {
            let waiting = histories.iter().filter(|(_, history)| history.waits_with(family, &id));
            let mut groups: BTreeSet<GroupId> = waiting.map(|(group, _)| *group).collect();
            groups.extend(history::holders(&*frames, family, &id)?);
            Ok(groups)
        });
        looking.await.map_err(io::Error::other)?
    }

    /// Turns into the sentence for the operator once anything has failed. That is final: nothing
    /// more is written, and the node must stop.
    pub fn failed(&self) -> watch::Receiver<Option<String>> {
        self.failure.subscribe()
    }

    /// What was done since the store was opened.
    pub fn stats(&self) -> Stats {
        self.counters.read()
    }

    /// Writes what waits, stops the writer and lets go of the folder. What comes later fails.
    pub async fn close(&self) {
        // Closed already, or failed: both leave nothing to wait for but the thread.
        drop(self.queue.submit(0, Operation::Close).await);
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.frames.take();
        if let Some(writer) = writer {
            let joined = tokio::task::spawn_blocking(move || writer.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                self.failure.set("the log writer ended with a panic");
            }
        }
    }
}

/// The frame store, until it is closed.
#[derive(Clone)]
pub(crate) struct FramesHandle(Arc<Mutex<Option<Arc<dyn FrameStore>>>>);

impl FramesHandle {
    fn new(frames: Arc<dyn FrameStore>) -> Self {
        Self(Arc::new(Mutex::new(Some(frames))))
    }

    pub(crate) fn get(&self) -> io::Result<Arc<dyn FrameStore>> {
        let frames = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        frames.ok_or_else(|| io::Error::other("the store is closed"))
    }

    fn take(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl std::fmt::Debug for FramesHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FramesHandle")
    }
}

fn lock(dir: &Path) -> Result<File, OpenError> {
    let io = |source| OpenError::Io { folder: dir.to_owned(), source };
    let file = File::options().create(true).truncate(false).write(true).open(dir.join("lock")).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked(dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}
