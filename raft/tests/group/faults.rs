//! What proposals are answered when the leader is lost: applied once, refused and never applied,
//! or unknown.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use raft::{Answer, PROPOSALS_WAITING_MAX, ProposeError};
use tokio::time::timeout;

use crate::trio::{PATIENCE, Trio, eventually, put};

/// Holds every answer against what the replicas agreed on.
fn judge(lines: &[(u64, u64)], outcomes: &BTreeMap<u64, Result<Answer, ProposeError>>) {
    let mut places: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for (index, number) in lines {
        places.entry(*number).or_default().push(*index);
    }
    for (number, outcome) in outcomes {
        let at = places.remove(number).unwrap_or_default();
        match outcome {
            Ok(answer) => assert_eq!(at, [answer.index], "{number} was answered, so it is there once"),
            Err(ProposeError::Unknown) => assert!(at.len() <= 1, "{number} was proposed once"),
            Err(refused) => assert!(at.is_empty(), "{number} was refused ({refused}) and yet is there"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_that_lost_its_leader_is_unknown_and_not_refused() {
    let trio = Trio::start(3).await;
    let (old, leader) = trio.leader().await;
    put(&leader, 1).await.unwrap();
    trio.network.cut(old);
    // The lease still holds, so this is appended, and never gets a quorum.
    let lost = tokio::spawn({
        let leader = leader.clone();
        async move { put(&leader, 2).await }
    });
    eventually("it is in the old leader's log", || leader.status().last_index > leader.status().committed_index).await;
    let (_, next) = trio.leader_but(Some(old)).await;
    put(&next, 3).await.unwrap();
    trio.network.heal();
    let outcome = timeout(PATIENCE, lost).await.expect("an answer after the heal").unwrap();
    assert!(matches!(outcome, Err(ProposeError::Unknown)), "{outcome:?}");
    let lines = trio.agreed().await;
    assert_eq!(lines.iter().map(|line| line.1).collect::<Vec<_>>(), [1, 3]);
    trio.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_answered_while_leaders_come_and_go_is_true() {
    let trio = Trio::start(3).await;
    let mut outcomes = BTreeMap::new();
    for round in 0..4u64 {
        let (old, leader) = trio.leader().await;
        let before = leader.status().applied_index;
        let callers = (0..40u64).map(|caller| {
            let leader = leader.clone();
            tokio::spawn(async move {
                let mut told = Vec::new();
                for n in (0..50).map(|n| round * 10_000 + caller * 100 + n) {
                    told.push((n, timeout(PATIENCE, put(&leader, n)).await.expect("an answer")));
                }
                told
            })
        });
        let callers = join_all(callers.collect::<Vec<_>>());
        eventually("some are applied", || leader.status().applied_index > before + 5).await;
        trio.network.cut(old);
        let (_, next) = trio.leader_but(Some(old)).await;
        let last = round * 10_000 + 9_999;
        outcomes.insert(last, put(&next, last).await);
        trio.network.heal();
        outcomes.extend(callers.await.into_iter().flat_map(Result::unwrap));
    }
    let lines = trio.agreed().await;
    judge(&lines, &outcomes);
    let count = |wanted: fn(&Result<Answer, ProposeError>) -> bool| outcomes.values().filter(|&it| wanted(it)).count();
    assert!(count(Result::is_ok) > 4, "some were answered");
    assert!(count(Result::is_err) > 0, "and some were caught by the loss of their leader");
    trio.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_and_what_it_took_is_answered() {
    let trio = Trio::start(3).await;
    let (old, leader) = trio.leader().await;
    trio.network.cut(old);
    let count = 2 * PROPOSALS_WAITING_MAX as u64;
    let callers = join_all((0..count).map(|n| put(&leader, n)));
    let healed = async {
        trio.leader_but(Some(old)).await;
        trio.network.heal();
    };
    let (answers, ()) = timeout(PATIENCE, async { tokio::join!(callers, healed) }).await.expect("all answered");
    let outcomes: BTreeMap<_, _> = (0..count).zip(answers).collect();
    let refused = outcomes.values().filter(|outcome| matches!(outcome, Err(ProposeError::Overloaded))).count();
    let unknown = outcomes.values().filter(|outcome| matches!(outcome, Err(ProposeError::Unknown))).count();
    assert!(refused > 0 && unknown > 0, "refused {refused}, unknown {unknown}");
    judge(&trio.agreed().await, &outcomes);
    trio.end().await;
}
