//! The scan gives back what was committed, after every commit, while frames are moved and removed
//! as eagerly as possible.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use openraft::EntryPayload;
use openraft::impls::leader_id_adv::LeaderId;
use raft::{Batch, Entry, LogId, SnapshotMeta, StoredMembership, Vote};

use super::compact::Sparse;
use super::{Committer, Counters};
use crate::codec::{Published, WitnessNote, encode_appended};
use crate::frames::{FrameStore, MemoryFrames};
use crate::operation::{Done, Operation, Submission};
use crate::recovery::{Recovered, recover};
use crate::view::Views;
use crate::witness::Testimony;

#[derive(Clone, Default)]
struct Twin {
    vote: Option<Vote>,
    purged: Option<u64>,
    sequence: u64,
    entries: Vec<Entry>,
}

fn id(term: u64, index: u64) -> LogId {
    LogId { leader_id: LeaderId { term, node_id: 1 }, index }
}

fn scan(frames: &dyn FrameStore) -> Recovered {
    recover(frames, &Testimony::Said(WitnessNote::default())).unwrap()
}

/// A random operation, and what it does to the twin.
fn operation(group: u64, twin: &mut Twin, term: u64, rng: &mut fastrand::Rng) -> Vec<Operation> {
    let first = twin.purged.map_or(0, |purged| purged + 1);
    let next = first + twin.entries.len() as u64;
    match rng.u8(..8) {
        0 => {
            let vote = Vote { leader_id: LeaderId { term, node_id: 1 }, committed: rng.bool() };
            twin.vote = Some(vote);
            vec![Operation::Vote(vote)]
        }
        1 if !twin.entries.is_empty() => {
            twin.entries.truncate(rng.usize(..twin.entries.len()));
            let end = first + twin.entries.len() as u64;
            vec![Operation::Truncate(end.checked_sub(1))]
        }
        2 if !twin.entries.is_empty() => {
            let upto = twin.entries[rng.usize(..twin.entries.len())].log_id;
            twin.entries.retain(|entry| entry.log_id.index > upto.index);
            (twin.purged, twin.sequence) = (Some(upto.index), twin.sequence + 1);
            let meta = SnapshotMeta { last_log_id: Some(upto), last_membership: StoredMembership::default() };
            let published = Published { group, sequence: twin.sequence, meta, parts: 0, length: 0, checksum: 0 };
            vec![Operation::Publish(published), Operation::Purge(upto)]
        }
        _ => {
            // Now and then over what is there, as after a change of leader.
            let start = if rng.u8(..4) == 0 { rng.u64(first..=next) } else { next };
            let more: Vec<_> = (start..start + rng.u64(1..6))
                .map(|index| {
                    let command = Bytes::from(vec![rng.u8(..); rng.usize(..60)]);
                    Entry { log_id: id(term, index), payload: EntryPayload::Normal(Batch(vec![command])) }
                })
                .collect();
            twin.entries.retain(|entry| entry.log_id.index < start);
            let (record, sizes) = encode_appended(group, &more);
            twin.entries.extend(more);
            vec![Operation::Append { first: start, record, sizes }]
        }
    }
}

fn assert_equal(frames: &dyn FrameStore, twins: &BTreeMap<u64, Twin>, when: &str) {
    let views: BTreeMap<_, _> = scan(frames).views.into_iter().collect();
    for (group, twin) in twins {
        let Some(view) = views.get(group) else {
            assert!(twin.vote.is_none() && twin.entries.is_empty() && twin.purged.is_none(), "{when}: group {group}");
            continue;
        };
        assert_eq!(view.vote, twin.vote, "{when}: group {group}");
        assert_eq!(view.purged.map(|id| id.index), twin.purged, "{when}: group {group}");
        assert!(view.entries.iter().eq(&twin.entries), "{when}: group {group}");
    }
}

#[test]
fn whatever_is_moved_or_removed_the_scan_gives_back_what_was_committed() {
    for seed in 0..8 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let frames: Arc<dyn FrameStore> = Arc::new(MemoryFrames::default());
        let mut twins: BTreeMap<u64, Twin> = (0..4).map(|group| (group, Twin::default())).collect();
        let mut moved = 0;
        for round in 0..120 {
            // Now and then as after a restart.
            let found = scan(&*frames);
            let counters = Arc::new(Counters::default());
            let mut committer = Committer::new(Arc::clone(&frames), found, Views::default(), counters);
            committer.sparse = Sparse { live_share: rng.u64(1..4), least_bytes: 0 };
            for _ in 0..rng.u32(1..8) {
                let mut batch = Vec::new();
                for _ in 0..rng.u32(1..5) {
                    // The last group is a quiet one.
                    let group = if rng.u8(..40) == 0 { 3 } else { rng.u64(..3) };
                    let twin = twins.get_mut(&group).unwrap();
                    let operations = operation(group, twin, seed * 1_000 + round + 1, &mut rng);
                    batch.extend(operations.into_iter().map(|operation| Submission {
                        group,
                        operation,
                        done: Done::Nobody,
                    }));
                }
                committer.commit(&mut batch).unwrap();
                moved += committer.moved;
                assert_equal(&*frames, &twins, &format!("seed {seed}, round {round}"));
            }
        }
        assert!(moved > 0, "seed {seed} moved nothing");
    }
}
