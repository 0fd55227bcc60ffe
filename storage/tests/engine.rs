//! What the engine promises beyond keeping bytes: shared commits, purges that wait, bounded size.
#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it failed")]

mod support;

use std::path::Path;
use std::sync::Arc;

use openraft::storage::RaftLogStorage;
use raft::SnapshotStore;
use storage::{Engine, Identity, OpenError, Options, Store};
use support::{append, database, entries, entry, id, identity, open, snapshot, vote};
use tokio::sync::Barrier;

#[tokio::test(flavor = "multi_thread")]
async fn groups_that_wait_together_share_a_commit() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Engine::Sled);
    let start = Arc::new(Barrier::new(100));
    let mut tasks = tokio::task::JoinSet::new();
    for group in 0..100 {
        let (mut log, start) = (store.log(group), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            for index in 0..20 {
                append(&mut log, vec![entry(1, index, b"booking")]).await.unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let stats = store.stats();
    assert_eq!((stats.operations, stats.entries), (2_000, 2_000));
    assert!(stats.commits * 4 < stats.operations, "{stats:?}");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_never_outruns_the_snapshot() {
    for engine in [Engine::Sled, Engine::File] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path(), engine);
        let mut log = store.log(1);
        append(&mut log, (0..10).map(|index| entry(1, index, b"x")).collect()).await.unwrap();
        store.snapshots(1).save(snapshot(1, 3, vec![7; 100])).await.unwrap();
        log.purge(id(1, 8)).await.unwrap();
        assert_eq!(entries(&mut log).await.len(), 1, "raft does not see what it purged");
        store.close().await;

        let store = open(dir.path(), engine);
        let mut log = store.log(1);
        assert_eq!(log.get_log_state().await.unwrap().last_purged_log_id, Some(id(1, 3)));
        assert_eq!(entries(&mut log).await.len(), 6, "what no snapshot covers is still there");
        log.purge(id(1, 8)).await.unwrap();
        store.snapshots(1).save(snapshot(1, 9, vec![8; 100])).await.unwrap();
        store.close().await;

        let store = open(dir.path(), engine);
        let mut log = store.log(1);
        assert_eq!(log.get_log_state().await.unwrap().last_purged_log_id, Some(id(1, 8)), "held back, then done");
        assert_eq!(entries(&mut log).await.len(), 1);
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_behind_an_uncovered_purge_stops_the_store() {
    let store = Store::in_memory(&identity());
    let mut log = store.log(1);
    append(&mut log, vec![entry(1, 0, b"x")]).await.unwrap();
    log.purge(id(1, 20)).await.unwrap();
    assert!(append(&mut log, vec![entry(1, 21, b"y")]).await.is_err());
    let sentence = store.failed().borrow().clone().unwrap();
    assert!(sentence.contains("no snapshot covers"), "{sentence}");
    assert!(store.log(2).save_vote(&vote(1)).await.is_err(), "a failed store answers nothing as done");
    assert!(append(&mut store.log(3), vec![entry(1, 0, b"z")]).await.is_err());
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_is_refused_to_the_caller_alone() {
    let store = Store::in_memory(&identity());
    let mut log = store.log(1);
    append(&mut log, vec![entry(1, 0, b"x")]).await.unwrap();
    assert!(append(&mut log, vec![entry(1, 2, b"y")]).await.is_err());
    append(&mut log, vec![entry(1, 1, b"y")]).await.unwrap();
    assert!(store.failed().borrow().is_none());
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_purged_behind_stays_small_beside_a_quiet_group() {
    for engine in [Engine::Sled, Engine::File] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path(), engine);
        let (mut busy, mut quiet) = (store.log(1), store.log(2));
        let payload = [9; 400];
        for round in 0..500_u64 {
            let first = round * 100;
            append(&mut busy, (first..first + 100).map(|index| entry(1, index, &payload)).collect()).await.unwrap();
            if round % 10 == 0 {
                append(&mut quiet, vec![entry(1, round / 10, b"quiet")]).await.unwrap();
            }
            if round % 10 == 9 {
                store.snapshots(1).save(snapshot(1, first, vec![1; 10_000])).await.unwrap();
                busy.purge(id(1, first)).await.unwrap();
            }
        }
        store.close().await;
        let size = size_of(dir.path());
        assert!(size < 32 << 20, "{engine:?}: {size} bytes after 22 MB of log, nearly all purged");
        let store = open(dir.path(), engine);
        let kept = entries(&mut store.log(2)).await;
        assert!(kept == (0..50).map(|index| entry(1, index, b"quiet")).collect::<Vec<_>>());
        assert_eq!(entries(&mut store.log(1)).await.len(), 99);
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_value_in_sled_is_large_enough_to_leave_its_log() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Engine::Sled);
    let mut log = store.log(1);
    append(&mut log, vec![entry(1, 0, &vec![1; 300_000])]).await.unwrap();
    append(&mut log, (1..60).map(|index| entry(1, index, &[2; 1_000])).collect()).await.unwrap();
    store.snapshots(1).save(snapshot(1, 30, vec![3; 1_000_000])).await.unwrap();
    store.close().await;
    drop((store, log));
    let db = database(dir.path());
    let mut values = 0;
    for name in db.tree_names() {
        for item in db.open_tree(&name).unwrap().iter() {
            let length = item.unwrap().1.len();
            assert!(length <= 6 * 1024, "{length} bytes in {name:?}");
            values += 1;
        }
    }
    assert!(values > 200, "{values} values");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_newest_snapshot_remains() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Engine::Sled);
    let mut log = store.log(1);
    append(&mut log, (0..40).map(|index| entry(1, index, b"x")).collect()).await.unwrap();
    for index in 0..20 {
        store.snapshots(1).save(snapshot(1, index, vec![3; 100_000])).await.unwrap();
    }
    // An older one that comes late does not take the newer one's place.
    store.snapshots(1).save(snapshot(1, 5, vec![4; 50_000])).await.unwrap();
    let kept = store.snapshots(1).load().await.unwrap().unwrap();
    assert_eq!(kept.meta.last_log_id, Some(id(1, 19)));
    assert!(kept.bytes == vec![3; 100_000]);
    for index in 40..60 {
        append(&mut log, vec![entry(1, index, b"x")]).await.unwrap();
    }
    store.close().await;
    drop((store, log));
    let db = database(dir.path());
    assert_eq!(db.open_tree("snapshots").unwrap().len(), 17, "100,000 bytes in pieces of 6,132");
}

#[test]
fn a_folder_of_somebody_else_and_one_in_use_are_refused() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for engine in [Engine::Sled, Engine::File] {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { engine, ..Options::default() };
        let store = Store::open(dir.path(), &identity(), options).unwrap();
        let refused = Store::open(dir.path(), &identity(), options).unwrap_err();
        assert!(matches!(refused, OpenError::Locked(_)), "{refused}");
        runtime.block_on(store.close());
        let other = Identity { node: 2, ..identity() };
        let refused = Store::open(dir.path(), &other, options).unwrap_err();
        assert!(matches!(refused, OpenError::Foreign { found_node: 1, node: 2, .. }), "{refused}");
        let other = Identity { cluster_id: "another".into(), ..identity() };
        assert!(matches!(Store::open(dir.path(), &other, options), Err(OpenError::Foreign { .. })));
        runtime.block_on(Store::open(dir.path(), &identity(), options).unwrap().close());
    }
}

fn size_of(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries
        .map(|entry| if entry.path().is_dir() { size_of(&entry.path()) } else { entry.metadata().unwrap().len() })
        .sum()
}
