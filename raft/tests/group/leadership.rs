//! Who leads, and since when it may act on it.

use raft::ReadError;

use crate::trio::{Trio, eventually, put, soon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handing_over_gives_another_node_a_new_term() {
    let trio = Trio::start(3).await;
    let (old, leader) = trio.leader().await;
    put(&leader, 1).await.unwrap();
    let term = leader.leadership().borrow().unwrap();
    assert!(trio.running.iter().all(|(node, group)| *node == old || group.leadership().borrow().is_none()));
    let to = old % 3 + 1;
    let follower = &trio.running[&to];
    assert!(matches!(follower.transfer_leader(old, soon()).await, Ok(()) | Err(ReadError::NotLeader { .. })));

    leader.transfer_leader(to, soon()).await.unwrap();
    eventually("the new one leads", || follower.leadership().borrow().is_some_and(|next| next > term)).await;
    eventually("the old one does not", || leader.leadership().borrow().is_none()).await;
    assert!(follower.read(|ledger, _| ledger.lines.len() == 1), "it leads with all that was committed applied");
    put(follower, 2).await.unwrap();
    trio.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_never_given_twice() {
    let trio = Trio::start(3).await;
    let mut terms = Vec::new();
    for _ in 0..3 {
        let (old, leader) = trio.leader().await;
        terms.push((leader.leadership().borrow().unwrap(), old));
        trio.network.cut(old);
        trio.leader_but(Some(old)).await;
        trio.network.heal();
        eventually("the old one learns of it", || leader.leadership().borrow().is_none()).await;
    }
    assert!(terms.is_sorted_by(|a, b| a < b), "{terms:?}");
    trio.end().await;
}

#[tokio::test]
async fn initializing_twice_changes_nothing() {
    let trio = Trio::start(3).await;
    let (node, leader) = trio.leader().await;
    leader.initialize((1..=3).collect()).await.unwrap();
    trio.running[&2].initialize((1..=3).collect()).await.unwrap();
    put(&leader, 1).await.unwrap();
    let status = leader.status();
    assert_eq!((status.leader, status.voters), (Some(node), (1..=3).collect()));
    trio.end().await;
}
