//! Reads: never older than what was answered before them.

use std::time::Duration;

use futures_util::future::join_all;
use raft::ReadError;
use tokio::time::Instant;

use crate::trio::{Trio, eventually, put, soon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_after_the_barrier_sees_every_answered_write() {
    let trio = Trio::start(3).await;
    let (_, leader) = trio.leader().await;
    let callers = (0..16u64).map(|caller| {
        let leader = leader.clone();
        tokio::spawn(async move {
            for n in caller * 100..caller * 100 + 20 {
                let answer = put(&leader, n).await.unwrap();
                let index = leader.read_barrier(soon()).await.unwrap();
                assert!(index >= answer.index);
                assert!(leader.read(|ledger, at| at >= index && ledger.lines.contains(&(answer.index, n))));
            }
        })
    });
    join_all(callers).await.into_iter().for_each(Result::unwrap);
    trio.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_was_cut_off_confirms_no_read() {
    let trio = Trio::start(3).await;
    let (old, leader) = trio.leader().await;
    put(&leader, 1).await.unwrap();
    trio.network.cut(old);
    let (_, next) = trio.leader_but(Some(old)).await;
    put(&next, 2).await.unwrap();
    // It still believes that it leads, and must not say so.
    let refused = leader.read_barrier(Instant::now() + Duration::from_millis(500)).await;
    assert!(matches!(refused, Err(ReadError::NoQuorum | ReadError::NotLeader { .. })), "{refused:?}");
    next.read_barrier(soon()).await.unwrap();
    assert_eq!(next.read(|ledger, _| ledger.lines.len()), 2);
    trio.network.heal();
    eventually("the old leader steps down", || leader.leadership().borrow().is_none()).await;
    let refused = leader.read_barrier(soon()).await;
    assert!(matches!(refused, Err(ReadError::NotLeader { leader: Some(_) })), "{refused:?}");
    trio.end().await;
}

#[tokio::test]
async fn a_follower_waits_for_an_index_or_says_how_far_it_is() {
    let trio = Trio::start(3).await;
    let (node, leader) = trio.leader().await;
    let follower = trio.running.iter().find(|(id, _)| **id != node).unwrap().1;
    let answer = put(&leader, 1).await.unwrap();
    follower.wait_for(answer.index, soon()).await.unwrap();
    assert_eq!(follower.read(|ledger, _| ledger.lines.clone()), [(answer.index, 1)]);
    let late = follower.wait_for(answer.index + 1, Instant::now() + Duration::from_millis(20)).await;
    assert!(
        matches!(late, Err(ReadError::NotCaughtUp { applied, asked }) if applied == answer.index && asked == applied + 1),
        "{late:?}"
    );
    trio.end().await;
}

#[tokio::test]
async fn callers_that_gave_up_do_not_hold_up_the_next_round() {
    let trio = Trio::start(3).await;
    let (_, leader) = trio.leader().await;
    let past = Instant::now() - Duration::from_secs(1);
    let given_up = join_all((0..100).map(|_| leader.read_barrier(past))).await;
    assert!(given_up.iter().all(Result::is_err));
    leader.read_barrier(soon()).await.unwrap();
    trio.end().await;
}
