//! The history that a replica keeps: the same everywhere, never doubled, always before the snapshot.

use raft::{Cursor, HistoryStore, NodeId, Row};

use crate::trio::{ERASES, Trio, eventually, number, put};

fn said(rows: &[Row]) -> Vec<(Cursor, u64)> {
    rows.iter().map(|row| (row.cursor, number(&row.told.open))).collect()
}

/// What the history must be, from what the replicas agree on.
async fn assert_whole(trio: &Trio, nodes: impl IntoIterator<Item = NodeId>) {
    let lines = trio.agreed().await;
    let mut expected: Vec<(Cursor, u64)> = Vec::new();
    for (index, number) in lines {
        let ordinal = expected.last().filter(|(at, _)| at.index == index).map_or(0, |(at, _)| at.ordinal + 1);
        expected.push((Cursor { index, ordinal }, number));
    }
    for node in nodes {
        assert_eq!(said(&trio.histories[&node].all()), expected, "of node {node}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_given_a_snapshot_has_the_history_behind_it() {
    let mut trio = Trio::with_snapshots(3, 400).await;
    let (node, leader) = trio.leader().await;
    let away = node % 3 + 1;
    put(&leader, 0).await.unwrap();
    eventually("a row on the one that goes away", || trio.histories[&away].count() == 1).await;
    trio.stop(away).await;
    for n in 1..=900 {
        put(&leader, n).await.unwrap();
    }
    eventually("a purge of what the other one needs", || leader.status().purged_index > 100).await;
    trio.run(away).await;
    assert_whole(&trio, 1..=3).await;
    let given = trio.running[&away].status().snapshot_index;
    assert!(given > 0, "it came by a snapshot");

    // And what it was given is durable: a kill leaves a state and its history.
    trio.stop(away).await;
    trio.histories[&away].lose_what_is_not_durable();
    assert!(trio.histories[&away].count() >= given - 10, "the rows up to the snapshot are durable");
    trio.run(away).await;
    trio.running[&away].recovered().await;
    assert_whole(&trio, 1..=3).await;
    trio.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_doubles_nothing_and_brings_back_what_was_not_durable() {
    let mut trio = Trio::with_snapshots(1, 50).await;
    let (_, leader) = trio.leader().await;
    for n in 0..80 {
        put(&leader, n).await.unwrap();
    }
    eventually("a snapshot", || leader.status().snapshot_index > 0).await;
    let covered = leader.status().snapshot_index;
    drop(leader);
    for is_killed in [false, true] {
        trio.stop(1).await;
        if is_killed {
            trio.histories[&1].lose_what_is_not_durable();
            let left = trio.histories[&1].end().index;
            assert!(
                left >= covered && left < covered + 20,
                "rows up to {left} are durable, the snapshot has {covered}"
            );
        }
        trio.run(1).await;
        trio.running[&1].recovered().await;
        assert_whole(&trio, [1]).await;
    }
    trio.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_that_lost_rows_behind_the_snapshot_is_refused() {
    let mut trio = Trio::with_snapshots(1, 50).await;
    let (_, leader) = trio.leader().await;
    for n in 0..80 {
        put(&leader, n).await.unwrap();
    }
    eventually("a snapshot", || leader.status().snapshot_index > 0).await;
    drop(leader);
    trio.stop(1).await;
    trio.histories.insert(1, Default::default());
    let refused = trio.try_run(1).await.expect_err("it does not start");
    assert!(refused.to_string().contains("the history has 0 rows"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erasing_a_member_makes_a_snapshot_due_at_once() {
    let trio = Trio::start(1).await;
    let (_, leader) = trio.leader().await;
    put(&leader, 1).await.unwrap();
    put(&leader, ERASES).await.unwrap();
    eventually("a snapshot without the member", || leader.status().snapshot_index >= 3).await;
    put(&leader, 2).await.unwrap();
    assert_eq!(trio.disks[&1].1.saves(), 1, "one is enough");
    trio.end().await;
}
