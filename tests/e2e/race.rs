//! Sixty-four people want the same courts while the leader is killed, five times.

use std::time::Duration;

use crate::harness::{Api, Club, Cluster, Journal, Load, bookings_on, eventually, replicas_agree};

const CLIENTS: usize = 64;
const KILLS: usize = 5;
/// Changes that must be answered before the next blow falls: the cluster serves, and not by luck.
const STEADY: u64 = 100;
/// How many answered requests are sent again at the end, to each node.
const REPEATS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_clients_race_while_the_leader_dies_five_times() {
    let mut cluster = Cluster::start().await;
    let api = cluster.api();
    let club = Club::found(&api, "fac_race", 4, CLIENTS, 15).await;
    let load = Load::start(&api, &club, 1);

    for _ in 0..KILLS {
        progress(&load, "before the leader dies").await;
        let leader = api.leader(&[1, 2, 3], &club.facility).await;
        cluster.kill(leader);
        progress(&load, "with one node dead").await;
        cluster.restart(leader).await;
    }
    progress(&load, "after the last restart").await;
    let journal = load.finish().await;
    cluster.must_run();

    let doubles = journal.double_bookings();
    assert!(doubles.is_empty(), "two had one court: {doubles:#?}");
    let index = replicas_agree(&api, &club.facility).await;
    for node in 1..=3 {
        // Every outcome is known by now, so that neither more nor less may be there.
        let found = bookings_on(&api, node, &club.facility, index).await;
        assert_eq!((journal.judge(&found), found.len()), (Ok(()), journal.bookings().len()), "on node {node}");
    }
    answers_stay_the_same(&api, &journal).await;
    replicas_agree(&api, &club.facility).await;
    let (kept, booked) = (journal.kept().len(), journal.bookings().len());
    println!("{kept} changes answered, {booked} bookings stand, {} tries of unknown outcome", api.unknown());
}

/// Waits until the clients get answers again.
async fn progress(load: &Load, when: &str) {
    let before = load.answered();
    eventually(Duration::from_secs(60), when, async || {
        let since = load.answered() - before;
        if since >= STEADY { Ok(()) } else { Err(format!("{since} changes answered")) }
    })
    .await;
}

/// Sends answered requests again, with their keys, to every node.
async fn answers_stay_the_same(api: &Api, journal: &Journal) {
    assert!(journal.kept().len() > REPEATS, "too few answers to say anything");
    let every = journal.kept().len() / REPEATS;
    for (request, answer) in journal.kept().iter().step_by(every) {
        for node in 1..=3 {
            let again = api.insist(node, request).await;
            assert_eq!((again.status, &again.body), (answer.status, &answer.body), "{request:?} on node {node}");
        }
    }
}
