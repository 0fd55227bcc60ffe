//! When a snapshot is written, what follows it, and what it gives a replica that was away.

use bytes::Bytes;
use raft::Cursor;

use crate::trio::{Trio, eventually, put};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn snapshots_come_by_policy_and_the_purge_follows() {
    let trio = Trio::with_snapshots(1, 400).await;
    let (_, leader) = trio.leader().await;
    let snapshots = &trio.disks[&1].1;
    for n in 0..390 {
        put(&leader, n).await.unwrap();
    }
    assert_eq!(snapshots.saves(), 0, "not before its time");
    for n in 390..420 {
        put(&leader, n).await.unwrap();
    }
    eventually("a snapshot", || snapshots.saves() == 1).await;
    eventually("a purge that keeps a tail", || {
        let status = leader.status();
        status.purged_index > 0 && status.snapshot_index >= status.purged_index + 256
    })
    .await;
    assert_eq!(leader.read(|ledger, _| ledger.lines.len()), 420);
    trio.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_big_state_is_not_written_again_for_small_changes() {
    let trio = Trio::with_snapshots(1, 10).await;
    let (_, leader) = trio.leader().await;
    let snapshots = &trio.disks[&1].1;
    leader.propose(Bytes::from(vec![0; 50_000])).await.unwrap();
    for n in 0..20 {
        put(&leader, n).await.unwrap();
    }
    eventually("the first snapshot", || snapshots.saves() == 1).await;
    assert!(snapshots.size() >= 50_000);
    for n in 0..100 {
        put(&leader, n).await.unwrap();
    }
    assert_eq!(snapshots.saves(), 1, "100 entries of 8 bytes are cheaper to replay than 50 kB to write");
    leader.propose(Bytes::from(vec![0; 60_000])).await.unwrap();
    eventually("the next one when it has earned its price", || snapshots.saves() == 2).await;
    trio.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_was_away_gets_the_state_and_knows_what_it_does_not_remember() {
    let mut trio = Trio::with_snapshots(3, 400).await;
    let (node, leader) = trio.leader().await;
    let away = node % 3 + 1;
    put(&leader, 0).await.unwrap();
    trio.stop(away).await;
    for n in 1..=900 {
        put(&leader, n).await.unwrap();
    }
    eventually("a purge of what the other one needs", || leader.status().purged_index > 100).await;
    trio.run(away).await;
    let lines = trio.agreed().await;
    assert_eq!(lines.len(), 901);

    let back = &trio.running[&away];
    assert!(trio.disks[&away].1.saves() > 0, "the snapshot is durable there");
    let covered = back.status().snapshot_index;
    assert!(covered > 0);
    assert!(back.changes_since(Cursor::default()).is_none(), "the past is not remembered");
    assert!(back.changes_since(Cursor::after(covered)).is_some(), "what came after is");

    // And it starts again from what it was given.
    trio.stop(away).await;
    trio.run(away).await;
    trio.running[&away].recovered().await;
    assert_eq!(trio.agreed().await, lines);
    trio.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_begins_at_the_snapshot() {
    let mut trio = Trio::with_snapshots(1, 50).await;
    let (_, leader) = trio.leader().await;
    for n in 0..80 {
        put(&leader, n).await.unwrap();
    }
    eventually("a snapshot", || leader.status().snapshot_index > 0).await;
    let covered = leader.status().snapshot_index;
    let saves = trio.disks[&1].1.saves();
    drop(leader);
    trio.stop(1).await;
    trio.run(1).await;
    let again = &trio.running[&1];
    again.recovered().await;
    assert_eq!(again.read(|ledger, _| ledger.lines.len()), 80);
    assert_eq!(again.status().snapshot_index, covered);
    assert_eq!(trio.disks[&1].1.saves(), saves, "loading is not saving");
    assert!(again.changes_since(Cursor::default()).is_none());
    assert_eq!(again.changes_since(Cursor::after(covered)).map(|changes| changes.len() as u64), Some(80 + 1 - covered));
    trio.end().await;
}
