//! One commit: a batch of operations becomes one frame and one change of the frame store.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use raft::{GroupId, LogId};

use super::compact::{Sparse, compact};
use super::counters::Counters;
use super::garbage::Garbage;
use crate::Stats;
use crate::codec::{Published, State};
use crate::frame::FrameBuilder;
use crate::frames::{Change, ChunkSet, FrameStore};
use crate::ledger::Ledger;
use crate::operation::{Operation, Submission};
use crate::recovery::Recovered;
use crate::view::Views;

/// Turns operations into frames.
pub(crate) struct Committer {
    frames: Arc<dyn FrameStore>,
    ledger: Ledger,
    views: Views,
    counters: Arc<Counters>,
    /// Groups whose state is not in a frame yet.
    dirty: BTreeSet<GroupId>,
    /// Purges that wait for a snapshot.
    held_back: BTreeMap<GroupId, LogId>,
    sets: BTreeMap<ChunkSet, u32>,
    garbage: Garbage,
    last: u64,
    body: u32,
    next: u64,
    pub(super) sparse: Sparse,
    /// Bytes written again with the last frame.
    pub(super) moved: u64,
}

impl Committer {
    pub(crate) fn new(
        frames: Arc<dyn FrameStore>,
        mut found: Recovered,
        views: Views,
        counters: Arc<Counters>,
    ) -> Self {
        let mut garbage = Garbage::default();
        garbage.add_frames(found.ledger.take_dead());
        // Pieces of snapshots that were never published, or are older than the published one.
        let published = |set: &ChunkSet| {
            let snapshot = found.ledger.group(set.group).and_then(|group| group.snapshot.as_ref());
            snapshot.is_some_and(|snapshot| snapshot.sequence == set.sequence)
        };
        let orphans: Vec<_> = found.sets.extract_if(.., |set, _| !published(set)).collect();
        orphans.into_iter().for_each(|(set, parts)| garbage.add_set(set, parts));
        let Recovered { ledger, sets, last, body, next, .. } = found;
        let (dirty, held_back) = (BTreeSet::new(), BTreeMap::new());
        Self {
            frames,
            ledger,
            views,
            counters,
            dirty,
            held_back,
            sets,
            garbage,
            last,
            body,
            next,
            sparse: Sparse::default(),
            moved: 0,
        }
    }

    /// Number of the last durable frame; 0 for none.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Checksum of its body.
    pub(crate) fn body(&self) -> u32 {
        self.body
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Makes `batch` durable. After an error nothing may be told as done, nor tried again.
    pub(crate) fn commit(&mut self, batch: &mut [Submission]) -> io::Result<()> {
        let urgent = batch.iter().any(|submission| submission.operation.is_urgent());
        let mut done = Stats { operations: batch.len() as u64, ..Stats::default() };
        let mut change = Change::default();
        let mut frame = FrameBuilder::new();
        let mut published = Vec::new();
        if urgent {
            self.ledger.begin(self.next);
        }
        for submission in batch.iter_mut() {
            if let Operation::Append { sizes, .. } = &submission.operation {
                done.entries += sizes.len() as u64;
            }
            self.encode(submission, &mut frame, &mut change, &mut published)?;
        }
        if urgent {
            self.finish(frame, &mut change)?;
        }
        if !change.is_empty() {
            self.garbage.sweep_into(&mut change);
            done.payload_bytes = change.bytes() as u64;
            self.frames.commit(&change)?;
            done.commits = 1;
            done.frames = u64::from(change.frame.is_some());
        }
        // Order: history leaves memory only once it can be read from the store.
        batch.iter().for_each(|submission| submission.operation.written());
        if change.frame.is_some() {
            // Order: only what a durable frame made superfluous may ever be removed.
            self.garbage.add_frames(self.ledger.take_dead());
            published.iter().for_each(|snapshot| self.announce(snapshot));
        }
        self.counters.add(done);
        Ok(())
    }

    fn encode(
        &mut self,
        submission: &mut Submission,
        frame: &mut FrameBuilder,
        change: &mut Change,
        published: &mut Vec<Published>,
    ) -> io::Result<()> {
        let group = submission.group;
        match &mut submission.operation {
            Operation::Append { first, record, sizes } => {
                self.check_hole(group, *first)?;
                frame.records().extend_from_slice(record);
                self.ledger.append(group, *first, sizes.iter().copied());
            }
            Operation::Vote(vote) => self.change(group, |state| state.vote = Some(*vote)),
            Operation::Committed(committed) => self.change(group, |state| state.committed = *committed),
            Operation::Truncate(keep) => {
                self.ledger.cut(group, keep.map_or(0, |index| index + 1)..);
                self.dirty.insert(group);
            }
            Operation::Purge(upto) => self.purge(group, *upto),
            Operation::Chunks { set, first, chunks } => {
                let chunks = std::mem::take(chunks);
                for (part, chunk) in (*first..).zip(chunks) {
                    self.sets.insert(*set, part + 1);
                    change.chunks.push((*set, part, chunk));
                }
            }
            Operation::Publish(snapshot) => self.publish(snapshot, frame, published),
            Operation::History(piece) => change.history.append(&mut piece.values),
            Operation::Close => {}
        }
        Ok(())
    }

    /// The states of all groups that need one, and the header.
    fn finish(&mut self, mut frame: FrameBuilder, change: &mut Change) -> io::Result<()> {
        self.moved = compact(&*self.frames, &mut self.ledger, &mut frame, &mut self.dirty, self.sparse)?;
        for group in std::mem::take(&mut self.dirty) {
            let ledger = self.ledger.group_mut(group);
            let state = State { last: ledger.last(), ..ledger.state.clone() };
            let size = frame.measure(|out| state.encode(group, out));
            self.ledger.put_state(group, state, size);
        }
        if frame.is_empty() {
            self.ledger.abandon();
            return Ok(());
        }
        self.ledger.finish(frame.len());
        let number = self.next;
        let (live, fold) = self.ledger.live();
        let (bytes, body) = frame.finish(number, live, fold);
        change.frame = Some((number, bytes));
        (self.last, self.body, self.next) = (number, body, number + 1);
        Ok(())
    }

    fn change(&mut self, group: GroupId, change: impl FnOnce(&mut State)) {
        let state = &mut self.ledger.group_mut(group).state;
        let before = state.clone();
        change(state);
        if *state != before {
            self.dirty.insert(group);
        }
    }

    /// Invariant: what is purged is in a published snapshot. More than that is held back until
    /// there is one; raft is told nothing, since it never reads what it purged.
    fn purge(&mut self, group: GroupId, upto: LogId) {
        let ledger = self.ledger.group_mut(group);
        let covered = ledger.snapshot.as_ref().and_then(|snapshot| snapshot.meta.last_log_id);
        let allowed = if covered.is_some_and(|covered| covered.index >= upto.index) {
            Some(upto)
        } else {
            self.held_back.insert(group, upto);
            covered
        };
        let Some(allowed) = allowed.filter(|allowed| ledger.state.purged.is_none_or(|at| at.index < allowed.index))
        else {
            return;
        };
        ledger.state.purged = Some(allowed);
        self.ledger.cut(group, ..=allowed.index);
        self.dirty.insert(group);
    }

    fn publish(&mut self, snapshot: &Published, frame: &mut FrameBuilder, published: &mut Vec<Published>) {
        let index = |snapshot: &Published| snapshot.meta.last_log_id.map(|id| id.index);
        let group = snapshot.group;
        let current = self.ledger.group(group).and_then(|group| group.snapshot.as_ref());
        if current.is_some_and(|current| index(current) > index(snapshot) || current.sequence > snapshot.sequence) {
            // A newer one was published while this one was being written: it stands.
            let set = ChunkSet { group, sequence: snapshot.sequence };
            if let Some(parts) = self.sets.remove(&set) {
                self.garbage.add_set(set, parts);
            }
            return;
        }
        let size = frame.measure(|out| snapshot.encode(out));
        self.ledger.put_snapshot(snapshot.clone(), size);
        published.push(snapshot.clone());
        if let Some(upto) = self.held_back.remove(&group) {
            self.purge(group, upto);
        }
    }

    fn announce(&mut self, snapshot: &Published) {
        self.views.of(snapshot.group).lock().published = Some(snapshot.clone());
        self.garbage.add_older(&mut self.sets, snapshot);
    }

    /// Where a purge was held back because no snapshot covers it, entries may not go on behind
    /// it: after a restart there would be a hole.
    fn check_hole(&self, group: GroupId, first: u64) -> io::Result<()> {
        let next = self.ledger.group(group).and_then(|ledger| ledger.next());
        if next.is_some_and(|next| first > next) {
            let what = format!("group {group} appends at {first} behind a purge that no snapshot covers");
            return Err(io::Error::other(what));
        }
        Ok(())
    }
}
