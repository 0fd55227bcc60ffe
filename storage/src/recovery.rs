//! Start-up: one ordered scan of the frames, and every question that can be asked about whether
//! they are all there.
//!
//! Invariant: what comes out is exactly what was answered, or nothing comes out. The end of the
//! frames is held against the witness, the middle against the account in the last header, each
//! group's entries against gaps, each snapshot against its chunks.

use std::collections::BTreeMap;
use std::io;

use raft::{Entry, GroupId};

use crate::codec::{Header, Kind, Note, Published, Record, State, WitnessNote, decode_appended};
use crate::frame::Frame;
use crate::frames::{ChunkSet, FrameStore};
use crate::ledger::{GroupLedger, Ledger};
use crate::view::View;
use crate::witness::Testimony;

/// A store as it was found.
pub(crate) struct Recovered {
    pub(crate) ledger: Ledger,
    pub(crate) views: Vec<(GroupId, View)>,
    /// Last frame; 0 for none.
    pub(crate) last: u64,
    /// Checksum of its body.
    pub(crate) body: u32,
    /// Number of the next frame.
    pub(crate) next: u64,
    /// All sets of chunks with their number of parts.
    pub(crate) sets: BTreeMap<ChunkSet, u32>,
}

/// Reads all frames. An error of kind `InvalidData` says what is damaged.
pub(crate) fn recover(store: &dyn FrameStore, testimony: &Testimony) -> io::Result<Recovered> {
    let mut replay = Replay::default();
    store.frames(&mut |number, bytes| replay.frame(number, bytes))?;
    replay.check_end(testimony)?;
    if let Some((torn, what)) = &replay.broken {
        // It was the last and nobody had been told: a commit that the power or a kill cut short.
        tracing::warn!("dropped frame {torn}, which was being written when the node stopped: {what}");
        store.discard(*torn)?;
    }
    let sets: BTreeMap<_, _> = store.chunk_sets()?.into_iter().collect();
    replay.check_account()?;
    for (group, ledger) in replay.ledger.groups() {
        check_group(group, ledger, &sets)?;
    }
    let last = replay.last.map_or(0, |header| header.number);
    let next = replay.broken.as_ref().map_or(last, |(torn, _)| last.max(*torn)) + 1;
    let body = replay.last.map_or(0, |header| header.body);
    let views = replay.views(&sets);
    Ok(Recovered { ledger: replay.ledger, views, last, body, next, sets })
}

#[derive(Default)]
struct Replay {
    ledger: Ledger,
    /// Newest version of each entry, and the frame it came from; some may be dead.
    entries: BTreeMap<GroupId, BTreeMap<u64, (u64, Entry)>>,
    last: Option<Header>,
    broken: Option<(u64, String)>,
}

impl Replay {
    fn frame(&mut self, number: u64, bytes: &[u8]) -> io::Result<()> {
        if let Some((broken, what)) = &self.broken {
            return Err(damaged(format!("frame {broken} is broken ({what}), though frame {number} follows it")));
        }
        let read = Frame::parse(number, bytes).and_then(|frame| Ok((frame.header, frame.records()?)));
        let (header, records) = match read {
            Ok(read) => read,
            Err(what) => {
                self.broken = Some((number, what.to_string()));
                return Ok(());
            }
        };
        self.ledger.begin(number);
        for record in records {
            self.record(number, record).map_err(|what| damaged(format!("frame {number}: {what}")))?;
        }
        self.ledger.finish(bytes.len());
        self.last = Some(header);
        Ok(())
    }

    fn record(&mut self, number: u64, record: Record<'_>) -> Result<(), crate::codec::Malformed> {
        let size = record.size();
        match record.kind {
            Kind::Appended | Kind::Rewritten => {
                let (group, entries) = decode_appended(record.payload)?;
                let sizes: Vec<_> = entries.iter().map(|entry| (entry.entry.log_id.index, entry.size())).collect();
                match (record.kind, sizes.first()) {
                    (Kind::Appended, Some((first, _))) => {
                        self.ledger.append(group, *first, sizes.iter().map(|(_, size)| *size));
                    }
                    _ => sizes.iter().for_each(|(index, size)| self.ledger.put_entry(group, *index, *size)),
                }
                let kept = self.entries.entry(group).or_default();
                kept.extend(entries.into_iter().map(|entry| (entry.entry.log_id.index, (number, entry.entry))));
            }
            Kind::State => {
                let (group, state) = State::decode(record.payload)?;
                self.ledger.put_state(group, state, size);
            }
            Kind::Published => self.ledger.put_snapshot(Published::decode(record.payload)?, size),
            _ => return Err(crate::codec::Malformed("a record that does not belong in a frame")),
        }
        Ok(())
    }

    /// Holds the end of the frames against the witness.
    fn check_end(&self, testimony: &Testimony) -> io::Result<()> {
        let last = self.last.map_or(0, |header| header.number);
        let note = match testimony {
            Testimony::Said(note) => note,
            Testimony::Absent | Testimony::Unreadable if last == 0 && self.broken.is_none() => return Ok(()),
            Testimony::Absent => return Err(damaged("the witness files beside it are missing".into())),
            Testimony::Unreadable => return Err(damaged("neither of its witness files can be read".into())),
        };
        if let Some((broken, what)) = self.broken.as_ref().filter(|(broken, _)| *broken <= note.frame) {
            return Err(damaged(format!("frame {broken}, which was durable, is broken: {what}")));
        }
        if last < note.frame {
            return Err(damaged(format!("its frames end at {last}, though frame {} was durable", note.frame)));
        }
        if self.last.is_some_and(|header| header.number == note.frame && header.body != note.body) {
            return Err(damaged(format!("frame {last} is not the one that was written")));
        }
        note.groups.iter().try_for_each(|group| self.check_note(note, last, group))
    }

    fn check_note(&self, witness: &WitnessNote, last: u64, note: &Note) -> io::Result<()> {
        let group = note.group;
        let Some(found) = self.ledger.group(group) else {
            return Err(damaged(format!("group {group} is missing")));
        };
        if found.state.vote < note.vote {
            let (found, noted) = (found.state.vote, note.vote);
            return Err(damaged(format!("the vote of group {group} is {found:?}, though {noted:?} was durable")));
        }
        // Later frames may have truncated; at the very frame of the note nothing may differ.
        if last == witness.frame && found.last() != note.last {
            let (found, noted) = (found.last(), note.last);
            return Err(damaged(format!("the log of group {group} ends at {found:?}, though it ended at {noted:?}")));
        }
        if found.snapshot.as_ref().map_or(0, |published| published.sequence) < note.snapshot {
            return Err(damaged(format!("snapshot {} of group {group} is missing", note.snapshot)));
        }
        Ok(())
    }

    /// Holds the frames that turned out to be needed against the account in the last header.
    fn check_account(&self) -> io::Result<()> {
        let Some(header) = self.last else { return Ok(()) };
        let (live, fold) = self.ledger.live();
        if (live, fold) != (header.live, header.fold) {
            let expected = header.live;
            return Err(damaged(format!("{live} frames are needed where {expected} should be, or others than those")));
        }
        Ok(())
    }

    fn views(&mut self, sets: &BTreeMap<ChunkSet, u32>) -> Vec<(GroupId, View)> {
        let mut views: BTreeMap<GroupId, View> = BTreeMap::new();
        for (group, ledger) in self.ledger.groups() {
            let mut entries = self.entries.remove(&group).unwrap_or_default();
            // Invariant: the newest version of a live entry is the one in the frame it lives in.
            let live = ledger.entries.keys().filter_map(|index| entries.remove(index).map(|(_, entry)| entry));
            let view = View {
                vote: ledger.state.vote,
                committed: ledger.state.committed,
                purged: ledger.state.purged,
                published: ledger.snapshot.clone(),
                sequence: ledger.snapshot.as_ref().map_or(0, |published| published.sequence),
                entries: live.collect(),
            };
            views.insert(group, view);
        }
        for set in sets.keys() {
            let view = views.entry(set.group).or_default();
            view.sequence = view.sequence.max(set.sequence);
        }
        views.into_iter().collect()
    }
}

fn check_group(group: GroupId, ledger: &GroupLedger, sets: &BTreeMap<ChunkSet, u32>) -> io::Result<()> {
    let purged = ledger.state.purged.map(|id| id.index);
    let mut expected = purged.map(|index| index + 1);
    for index in ledger.entries.keys() {
        if expected.is_some_and(|expected| expected != *index) {
            return Err(damaged(format!("the log of group {group} has a hole before {index}")));
        }
        expected = Some(index + 1);
    }
    let Some(published) = &ledger.snapshot else {
        return purged.map_or(Ok(()), |_| Err(damaged(format!("group {group} was purged and has no snapshot"))));
    };
    let set = ChunkSet { group, sequence: published.sequence };
    if sets.get(&set).copied().unwrap_or(0) != published.parts {
        return Err(damaged(format!("snapshot {} of group {group} is not whole", published.sequence)));
    }
    Ok(())
}

fn damaged(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
