//! What a proposal is answered, in good weather.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures_util::future::join_all;
use raft::{BATCH_BYTES_MAX, ProposeError};

use crate::trio::{BOMB, Trio, eventually, number, put};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_proposal_is_answered_with_its_own_reply_on_all_replicas_alike() {
    let trio = Trio::start(3).await;
    let (_, leader) = trio.leader().await;
    let answers = join_all((0..500).map(|n| put(&leader, n))).await;
    let lines = trio.agreed().await;
    assert_eq!(lines.len(), 500);
    for (n, answer) in (0..500).zip(answers) {
        let answer = answer.unwrap();
        assert_eq!(number(&answer.reply), n);
        assert!(lines.contains(&(answer.index, n)), "{n} is at the index of its answer");
    }
    trio.end().await;
}

#[tokio::test]
async fn commands_that_wait_together_share_an_entry_within_its_limits() {
    let trio = Trio::start(1).await;
    let (_, leader) = trio.leader().await;
    let answers = join_all((0..200).map(|n| put(&leader, n))).await;
    let entries: BTreeSet<u64> = answers.iter().map(|answer| answer.as_ref().unwrap().index).collect();
    assert_eq!(trio.disks[&1].0.batches(), [64, 64, 64, 8], "one thread: all wait before the first is taken");
    assert_eq!(entries.len(), 4);

    let large = |n: u64| {
        let mut command = n.to_le_bytes().to_vec();
        command.resize(BATCH_BYTES_MAX / 3, 0);
        leader.propose(Bytes::from(command))
    };
    join_all((0..4).map(large)).await.into_iter().for_each(|answer| drop(answer.unwrap()));
    assert_eq!(trio.disks[&1].0.batches()[4..], [3, 1]);
    trio.end().await;
}

#[tokio::test]
async fn one_command_larger_than_an_entry_should_be_goes_alone() {
    let trio = Trio::start(1).await;
    let (_, leader) = trio.leader().await;
    let huge = leader.propose(Bytes::from(vec![1; 2 * BATCH_BYTES_MAX]));
    let (small, huge) = tokio::join!(put(&leader, 1), huge);
    assert!(small.unwrap().index < huge.unwrap().index);
    trio.end().await;
}

#[tokio::test]
async fn a_follower_names_the_leader_and_proposes_nothing() {
    let trio = Trio::start(3).await;
    let (node, leader) = trio.leader().await;
    let follower = trio.running.iter().find(|(id, _)| **id != node).unwrap().1;
    eventually("the follower knows the leader", || follower.status().leader == Some(node)).await;
    let refused = put(follower, 5).await;
    assert!(matches!(refused, Err(ProposeError::NotLeader { leader: Some(id) }) if id == node), "{refused:?}");
    put(&leader, 6).await.unwrap();
    assert_eq!(trio.agreed().await.iter().map(|line| line.1).collect::<Vec<_>>(), [6]);
    trio.end().await;
}

#[tokio::test]
async fn a_proposal_whose_caller_has_gone_is_not_made() {
    let trio = Trio::start(1).await;
    let (_, leader) = trio.leader().await;
    let mut gone = Box::pin(put(&leader, 1));
    // Polled once it waits in the queue; on one thread nobody takes it before it is dropped.
    assert!(futures_util::poll!(&mut gone).is_pending());
    drop(gone);
    put(&leader, 2).await.unwrap();
    assert_eq!(trio.agreed().await.iter().map(|line| line.1).collect::<Vec<_>>(), [2]);
    trio.end().await;
}

#[tokio::test]
async fn a_panic_in_the_machine_is_reported_and_stops_the_group() {
    let trio = Trio::start(1).await;
    let (_, leader) = trio.leader().await;
    put(&leader, 1).await.unwrap();
    let answer = put(&leader, BOMB).await;
    assert!(matches!(answer, Err(ProposeError::Unknown)), "{answer:?}");
    let why = leader.failed().await;
    assert!(why.contains("panicked"), "{why}");
    let after = put(&leader, 2).await;
    assert!(matches!(after, Err(ProposeError::Stopped | ProposeError::Unknown)), "{after:?}");
    eventually("nobody leads a failed group", || leader.leadership().borrow().is_none()).await;
    trio.end().await;
}

#[tokio::test]
async fn a_stopped_group_says_so() {
    let trio = Trio::start(1).await;
    let (_, leader) = trio.leader().await;
    leader.shutdown().await;
    assert!(matches!(put(&leader, 1).await, Err(ProposeError::Stopped)));
    let read = leader.read_barrier(crate::trio::soon()).await;
    assert!(matches!(read, Err(raft::ReadError::Stopped)), "{read:?}");
    let wait = leader.wait_for(1_000_000, crate::trio::soon()).await;
    assert!(matches!(wait, Err(raft::ReadError::Stopped)), "{wait:?}");
}
