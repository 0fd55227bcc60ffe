//! The changes that a replica remembers.

use raft::Cursor;

use crate::trio::{Trio, put, soon};

#[tokio::test]
async fn changes_come_in_order_with_the_index_of_their_answer() {
    let trio = Trio::start(3).await;
    let (_, leader) = trio.leader().await;
    let first = put(&leader, 10).await.unwrap().index;
    let second = put(&leader, 11).await.unwrap().index;
    for group in trio.running.values() {
        group.wait_for(second, soon()).await.unwrap();
        let seen = |cursor| {
            let changes = group.changes_since(cursor)?;
            Some(changes.iter().map(|change| (change.cursor, change.event)).collect::<Vec<_>>())
        };
        let at = |index| Cursor { index, ordinal: 0 };
        assert_eq!(seen(Cursor::default()), Some(vec![(at(first), 10), (at(second), 11)]));
        assert_eq!(seen(at(first)), Some(vec![(at(second), 11)]));
        assert_eq!(seen(Cursor::after(second)), Some(vec![]));
        assert_eq!(seen(Cursor::after(second + 1)), None, "a cursor from elsewhere");
        // What is read and what is remembered fit.
        let index = group.read(|_, index| index);
        assert_eq!(seen(Cursor::after(index)), Some(vec![]));
    }
    trio.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_replays_the_log_and_remembers_it_again() {
    let mut trio = Trio::start(3).await;
    let (_, leader) = trio.leader().await;
    for n in 0..20 {
        put(&leader, n).await.unwrap();
    }
    let before = trio.agreed().await;
    drop(leader);
    for node in 1..=3 {
        trio.stop(node).await;
    }
    for node in 1..=3 {
        trio.run(node).await;
    }
    for group in trio.running.values() {
        group.recovered().await;
        assert!(group.is_recovered());
        assert_eq!(group.read(|ledger, _| ledger.lines.clone()), before);
        let changes = group.changes_since(Cursor::default()).expect("replayed entries are remembered");
        assert_eq!(changes.iter().map(|change| change.event).collect::<Vec<_>>(), (0..20).collect::<Vec<_>>());
    }
    let (_, leader) = trio.leader().await;
    put(&leader, 20).await.unwrap();
    assert_eq!(trio.agreed().await.len(), 21);
    trio.end().await;
}

#[tokio::test]
async fn a_replica_alone_does_not_recover() {
    let mut trio = Trio::start(3).await;
    let (node, leader) = trio.leader().await;
    put(&leader, 1).await.unwrap();
    drop(leader);
    for other in 1..=3 {
        trio.stop(other).await;
    }
    trio.run(node).await;
    let alone = trio.running[&node].clone();
    let waited = tokio::time::timeout(std::time::Duration::from_millis(200), alone.recovered()).await;
    assert!(waited.is_err(), "nobody confirmed what is committed");
    for other in (1..=3).filter(|other| *other != node) {
        trio.run(other).await;
    }
    tokio::time::timeout(crate::trio::PATIENCE, alone.recovered()).await.expect("with its peers it recovers");
    trio.end().await;
}
