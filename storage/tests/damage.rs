//! A damaged store is refused, or the damage was harmless. It is never silently wrong.
#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use openraft::storage::RaftLogStorage;
use raft::{Entry, SnapshotStore};
use storage::{Engine, OpenError, Options, Store};
use support::{append, database, entries, entry, id, identity, open, snapshot, vote};

const GROUPS: u64 = 3;

/// What a good store says of one group.
#[derive(PartialEq)]
struct Said {
    entries: Vec<Entry>,
    state: openraft::storage::LogState<raft::Config>,
    vote: Option<raft::Vote>,
    snapshot: Option<bytes::Bytes>,
}

async fn write(dir: &Path, engine: Engine) {
    let store = open(dir, engine);
    for group in 0..GROUPS {
        store.log(group).save_vote(&vote(group + 1)).await.unwrap();
    }
    for index in 0..60 {
        for group in 0..GROUPS {
            let payload = vec![u8::try_from(index).unwrap(); 700];
            append(&mut store.log(group), vec![entry(1, index, &payload)]).await.unwrap();
        }
    }
    store.snapshots(1).save(snapshot(1, 20, vec![5; 60_000])).await.unwrap();
    store.log(1).purge(id(1, 15)).await.unwrap();
    store.close().await;
}

async fn say(store: &Store) -> std::io::Result<Vec<Said>> {
    let mut all = Vec::new();
    for group in 0..GROUPS {
        let mut log = store.log(group);
        let vote = openraft::RaftLogReader::read_vote(&mut log.get_log_reader().await).await?;
        all.push(Said {
            entries: entries(&mut log).await,
            state: log.get_log_state().await?,
            vote,
            snapshot: store.snapshots(group).load().await?.map(|snapshot| snapshot.bytes),
        });
    }
    Ok(all)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() { all.extend(files(&entry.path())) } else { all.push(entry.path()) }
    }
    all.retain(|path| fs::metadata(path).unwrap().len() > 0);
    all.sort();
    all
}

/// Damages copies of one good store and opens them. Returns how many were refused.
async fn trials(engine: Engine, trials: u32, mut damage: impl FnMut(&Path, &mut fastrand::Rng)) -> u32 {
    let good = tempfile::tempdir().unwrap();
    write(good.path(), engine).await;
    let store = open(good.path(), engine);
    let expected = say(&store).await.unwrap();
    store.close().await;
    drop(store);
    let mut rng = fastrand::Rng::with_seed(11);
    let mut refused = 0;
    for trial in 0..trials {
        let bad = tempfile::tempdir().unwrap();
        copy(good.path(), bad.path());
        damage(bad.path(), &mut rng);
        match Store::open(bad.path(), &identity(), Options { engine, ..Options::default() }) {
            Err(OpenError::Io { source, .. }) => panic!("trial {trial}: {source}"),
            Err(_) => refused += 1,
            Ok(store) => {
                match say(&store).await {
                    Ok(said) => assert!(said == expected, "trial {trial}: silently wrong"),
                    // A damaged snapshot is noticed when it is read.
                    Err(_) => refused += 1,
                }
                store.close().await;
            }
        }
    }
    refused
}

fn flip(dir: &Path, rng: &mut fastrand::Rng) {
    let files = files(dir);
    let path = &files[rng.usize(..files.len())];
    let mut bytes = fs::read(path).unwrap();
    // Where the bytes are: sled's file is mostly room.
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0) + 1;
    let at = rng.usize(..used);
    bytes[at] ^= 1 << rng.u8(..8);
    fs::write(path, bytes).unwrap();
}

fn shorten(dir: &Path, rng: &mut fastrand::Rng) {
    let files = files(dir);
    let path = &files[rng.usize(..files.len())];
    let length = fs::metadata(path).unwrap().len();
    fs::File::options().write(true).open(path).unwrap().set_len(rng.u64(..length)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_sled_is_refused_or_harmless() {
    let refused = trials(Engine::Sled, 60, flip).await;
    assert!(refused > 0, "a test that never hits anything shows nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_files_is_refused_or_harmless() {
    let refused = trials(Engine::File, 60, flip).await;
    assert!(refused > 30, "nearly every byte of a plain file counts, but {refused} of 60 were refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_cut_short_is_refused_or_harmless() {
    assert!(trials(Engine::Sled, 30, shorten).await > 0);
    assert!(trials(Engine::File, 30, shorten).await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_its_frames_or_its_witness_is_refused() {
    let lose_frames = |dir: &Path, _: &mut fastrand::Rng| fs::remove_dir_all(dir.join("sled")).unwrap();
    assert_eq!(trials(Engine::Sled, 1, lose_frames).await, 1);
    let lose_witness = |dir: &Path, _: &mut fastrand::Rng| {
        fs::remove_file(dir.join("witness.0")).unwrap();
        fs::remove_file(dir.join("witness.1")).unwrap();
    };
    assert_eq!(trials(Engine::Sled, 1, lose_witness).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_frame_in_the_middle_is_refused() {
    let lose_one = |dir: &Path, rng: &mut fastrand::Rng| {
        let db = database(dir);
        let frames = db.open_tree("frames").unwrap();
        let keys: Vec<_> = frames.iter().keys().map(Result::unwrap).collect();
        frames.remove(&keys[rng.usize(..keys.len())]).unwrap();
        db.flush().unwrap();
    };
    assert_eq!(trials(Engine::Sled, 10, lose_one).await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_last_frame_that_nobody_was_told_of_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), Engine::Sled).await;
    let store = open(dir.path(), Engine::Sled);
    let expected = say(&store).await.unwrap();
    store.close().await;
    drop(store);
    {
        let db = database(dir.path());
        let frames = db.open_tree("frames").unwrap();
        let (last, value) = frames.last().unwrap().unwrap();
        let number = u64::from_be_bytes(last[..8].try_into().unwrap()) + 1;
        let mut key = number.to_be_bytes().to_vec();
        key.extend_from_slice(&0_u32.to_be_bytes());
        frames.insert(key, &value[..value.len() / 2]).unwrap();
        db.flush().unwrap();
    }
    for _ in 0..2 {
        let store = open(dir.path(), Engine::Sled);
        assert!(say(&store).await.unwrap() == expected);
        append(&mut store.log(9), vec![entry(1, 0, b"life goes on")]).await.unwrap();
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_leaves_of_a_dead_frame_is_harmless_and_goes() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), Engine::Sled).await;
    let store = open(dir.path(), Engine::Sled);
    let expected = say(&store).await.unwrap();
    store.close().await;
    drop(store);
    // The second part of a frame older than all; its first part was removed before the crash.
    let left: Vec<u8> = [&0_u64.to_be_bytes()[..], &1_u32.to_be_bytes()].concat();
    let frames = || database(dir.path()).open_tree("frames").unwrap();
    frames().insert(&left, b"some entries").unwrap();
    let store = open(dir.path(), Engine::Sled);
    assert!(say(&store).await.unwrap() == expected);
    append(&mut store.log(9), vec![entry(1, 0, b"life goes on")]).await.unwrap();
    store.close().await;
    drop(store);
    assert_eq!(frames().get(&left).unwrap(), None);
}
