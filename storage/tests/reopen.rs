//! After every write, and after a kill, a store that is opened again equals what was answered.

mod support;

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use openraft::RaftLogReader;
use openraft::storage::RaftLogStorage;
use raft::{Entry, LogId, SnapshotStore, Vote};
use storage::{Engine, Store};
use support::{append, entries, entry, id, open, snapshot, vote};

/// The slow, obvious twin of one group.
#[derive(Default)]
struct Twin {
    vote: Option<Vote>,
    purged: Option<LogId>,
    entries: Vec<Entry>,
    snapshot: Option<(u64, Vec<u8>)>,
}

impl Twin {
    fn last(&self) -> Option<LogId> {
        self.entries.last().map(|entry| entry.log_id).or(self.purged)
    }
}

/// One random write to store and twin alike.
async fn step(store: &Store, group: u64, twin: &mut Twin, rng: &mut fastrand::Rng, term: u64) {
    let mut log = store.log(group);
    let next = twin.last().map_or(0, |last| last.index + 1);
    match rng.u8(..10) {
        0 => {
            log.save_vote(&vote(term)).await.unwrap();
            twin.vote = Some(vote(term));
        }
        1 if !twin.entries.is_empty() => {
            let keep = rng.usize(..twin.entries.len());
            let after = twin.entries[..keep].last().map(|entry| entry.log_id).or(twin.purged);
            log.truncate_after(after).await.unwrap();
            twin.entries.truncate(keep);
        }
        2 | 3 if !twin.entries.is_empty() => {
            let upto = twin.entries[rng.usize(..twin.entries.len())].log_id;
            let length = rng.usize(..40_000);
            let bytes: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(length).collect();
            store.snapshots(group).save(snapshot(upto.leader_id.term, upto.index, bytes.clone())).await.unwrap();
            log.purge(upto).await.unwrap();
            twin.snapshot = Some((upto.index, bytes));
            twin.entries.retain(|entry| entry.log_id.index > upto.index);
            twin.purged = Some(upto);
        }
        _ => {
            let size = if rng.u8(..20) == 0 { 30_000 } else { rng.usize(..300) };
            let more: Vec<_> =
                (next..next + rng.u64(1..5)).map(|index| entry(term, index, &vec![rng.u8(..); size])).collect();
            append(&mut log, more.clone()).await.unwrap();
            twin.entries.extend(more);
        }
    }
}

async fn assert_equal(store: &Store, group: u64, twin: &Twin, when: &str) {
    let mut log = store.log(group);
    let state = log.get_log_state().await.unwrap();
    assert_eq!(log.get_log_reader().await.read_vote().await.unwrap(), twin.vote, "vote of {group} {when}");
    assert_eq!(state.last_purged_log_id, twin.purged, "purge of {group} {when}");
    assert_eq!(state.last_log_id, twin.last(), "end of {group} {when}");
    assert!(entries(&mut log).await == twin.entries, "entries of {group} {when}");
    let kept = store.snapshots(group).load().await.unwrap();
    let kept = kept.map(|kept| (kept.meta.last_log_id.unwrap().index, kept.bytes.to_vec()));
    assert!(kept == twin.snapshot, "snapshot of {group} {when}");
}

async fn reopens_equal(engine: Engine, seed: u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut twins: BTreeMap<u64, Twin> = BTreeMap::new();
    for round in 0..80 {
        let store = open(dir.path(), engine);
        assert_eq!(store.is_new(), round == 0);
        for (group, twin) in &twins {
            assert_equal(&store, *group, twin, &format!("at round {round} of seed {seed}")).await;
        }
        for _ in 0..rng.u32(1..4) {
            let group = rng.u64(..4);
            step(&store, group, twins.entry(group).or_default(), &mut rng, round + 1).await;
        }
        for (group, twin) in &twins {
            assert_equal(&store, *group, twin, &format!("in round {round} of seed {seed}")).await;
        }
        store.close().await;
        assert!(append(&mut store.log(0), vec![entry(1, 0, b"late")]).await.is_err(), "a closed store takes nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sled_comes_back_with_what_was_written() {
    reopens_equal(Engine::Sled, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_back_with_what_was_written() {
    reopens_equal(Engine::File, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_point_rides_along_and_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Engine::Sled);
    let mut log = store.log(3);
    append(&mut log, vec![entry(1, 0, b"a"), entry(1, 1, b"b")]).await.unwrap();
    let before = store.stats().commits;
    log.save_committed(Some(id(1, 1))).await.unwrap();
    append(&mut log, vec![entry(1, 2, b"c")]).await.unwrap();
    assert_eq!(store.stats().commits, before + 1, "no commit of its own");
    store.close().await;
    let store = open(dir.path(), Engine::Sled);
    assert_eq!(store.log(3).read_committed().await.unwrap(), Some(id(1, 1)));
    assert_eq!(store.groups(), [3]);
    store.close().await;
}

/// Not a test by itself: what [`a_killed_writer_loses_nothing_that_was_answered`] runs and kills.
#[tokio::test(flavor = "multi_thread")]
async fn child_writes_until_killed() {
    let Some(dir) = std::env::var_os("STORAGE_TEST_CHILD") else { return };
    let store = open(dir.as_ref(), Engine::Sled);
    let mut log = store.log(5);
    let start = log.get_log_state().await.unwrap().last_log_id.map_or(0, |last| last.index + 1);
    for index in start.. {
        append(&mut log, vec![entry(1, index, &index.to_be_bytes())]).await.unwrap();
        println!("answered {index}");
        if index % 50 == 49 {
            store.snapshots(5).save(snapshot(1, index - 20, vec![1; 20_000])).await.unwrap();
            log.purge(id(1, index - 20)).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_writer_loses_nothing_that_was_answered() {
    let dir = tempfile::tempdir().unwrap();
    let mut rng = fastrand::Rng::with_seed(3);
    let mut answered = None;
    for _ in 0..8 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_writes_until_killed", "--nocapture"])
            .env("STORAGE_TEST_CHILD", dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
        let mut left = rng.u32(20..200);
        for line in lines.map_while(Result::ok) {
            let Some(index) = line.split("answered ").nth(1) else { continue };
            answered = answered.max(Some(index.trim().parse::<u64>().unwrap()));
            left = left.saturating_sub(1);
            if left == 0 {
                // What it answers after this is read as well: the pipe is emptied to its end.
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert_eq!(left, 0, "the child ended by itself");
        let store = open(dir.path(), Engine::Sled);
        let mut log = store.log(5);
        let last = log.get_log_state().await.unwrap().last_log_id.unwrap().index;
        assert!(Some(last) >= answered, "answered {answered:?}, kept up to {last}");
        for kept in entries(&mut log).await {
            assert!(kept == entry(1, kept.log_id.index, &kept.log_id.index.to_be_bytes()));
        }
        store.close().await;
    }
}
