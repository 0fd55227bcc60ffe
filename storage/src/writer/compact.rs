//! Live entries of sparse old frames, written again.
//!
//! A quiet group's few entries pin the frames that they share with busy ones. Once less than a
//! quarter of what is kept is live, the oldest frame's live part moves into the frame that is
//! being built: every byte written again frees three.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use raft::GroupId;

use crate::codec::{EncodedEntry, Kind, Record, decode_appended, encode_rewritten};
use crate::frame::{Frame, FrameBuilder};
use crate::frames::FrameStore;
use crate::ledger::Ledger;

/// When old frames are sparse enough to be emptied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sparse {
    /// Of kept bytes, one part in this many must be live.
    pub(super) live_share: u64,
    /// Below this many kept bytes nothing is worth the work.
    pub(super) least_bytes: u64,
}

impl Default for Sparse {
    fn default() -> Self {
        Self { live_share: 4, least_bytes: 1 << 20 }
    }
}

/// Live bytes moved in one commit.
const MOVED_BYTES_MAX: u64 = 64 << 10;

/// Frames looked at in one commit.
const FRAMES_MAX: usize = 8;

/// Moves what is live in the oldest sparse frames into `frame`. Adds the groups it touched to
/// `dirty`: their state must follow in the same frame. Returns the bytes moved.
pub(super) fn compact(
    store: &dyn FrameStore,
    ledger: &mut Ledger,
    frame: &mut FrameBuilder,
    dirty: &mut BTreeSet<GroupId>,
    sparse: Sparse,
) -> io::Result<u64> {
    let mut moved = 0;
    for _ in 0..FRAMES_MAX {
        let Some(victim) = ledger.sparse(sparse.live_share, sparse.least_bytes) else { break };
        moved += ledger.live_bytes_of(victim);
        let bytes = store.frame(victim)?.ok_or_else(|| broken(victim, "it is missing"))?;
        let parsed = Frame::parse(victim, &bytes).and_then(|frame| frame.records());
        let records = parsed.map_err(|what| broken(victim, &what.to_string()))?;
        move_frame(victim, &records, ledger, frame, dirty)?;
        if moved >= MOVED_BYTES_MAX {
            break;
        }
    }
    Ok(moved)
}

fn move_frame(
    victim: u64,
    records: &[Record<'_>],
    ledger: &mut Ledger,
    frame: &mut FrameBuilder,
    dirty: &mut BTreeSet<GroupId>,
) -> io::Result<()> {
    // The newest version of an index within the frame is the live one.
    let mut entries: BTreeMap<GroupId, BTreeMap<u64, EncodedEntry<'_>>> = BTreeMap::new();
    for record in records.iter().filter(|record| matches!(record.kind, Kind::Appended | Kind::Rewritten)) {
        let (group, read) = decode_appended(record.payload).map_err(|what| broken(victim, &what.to_string()))?;
        entries.entry(group).or_default().extend(read.into_iter().map(|entry| (entry.entry.log_id.index, entry)));
    }
    for (group, entries) in entries {
        let live = |index: &u64| {
            ledger.group(group).and_then(|ledger| ledger.entries.get(index)).is_some_and(|at| at.frame == victim)
        };
        let live: Vec<_> = entries.into_iter().filter(|(index, _)| live(index)).map(|(_, entry)| entry).collect();
        if !live.is_empty() {
            encode_rewritten(frame.records(), group, &live);
            live.iter().for_each(|entry| ledger.put_entry(group, entry.entry.log_id.index, entry.size()));
            // Order: the state behind them says where the log ends, so that no older frame's dead
            // entry comes back when the scan meets it.
            dirty.insert(group);
        }
    }
    move_rest(victim, ledger, frame, dirty);
    Ok(())
}

/// States and snapshot records that live in `victim`.
fn move_rest(victim: u64, ledger: &mut Ledger, frame: &mut FrameBuilder, dirty: &mut BTreeSet<GroupId>) {
    let mut published = Vec::new();
    for (group, found) in ledger.groups() {
        if found.state_at.is_some_and(|at| at.frame == victim) {
            dirty.insert(group);
        }
        if found.snapshot_at.is_some_and(|at| at.frame == victim) {
            published.extend(found.snapshot.clone());
        }
    }
    for snapshot in published {
        let size = frame.measure(|out| snapshot.encode(out));
        ledger.put_snapshot(snapshot, size);
    }
}

fn broken(frame: u64, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("frame {frame} is broken: {what}"))
}
