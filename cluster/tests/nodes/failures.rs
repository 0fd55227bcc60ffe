//! Nodes are killed, restarted and stopped: what was answered stays, and is answered the same.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use cluster::{Facility, ProposeError};
use machine::{Accepted, Reply};
use tokio::task::JoinSet;

use crate::booking::{book, booked, furnish, request};
use crate::crew::{Crew, eventually, soon};

/// Books hour after hour through its facility until told to stop.
#[derive(Clone, Default)]
struct Bookers {
    next: Arc<AtomicI64>,
    stop: Arc<AtomicBool>,
    answered: Arc<Mutex<BTreeMap<i64, Reply>>>,
}

impl Bookers {
    fn count(&self) -> usize {
        self.answered.lock().unwrap().len()
    }

    async fn run(self, facility: Facility) {
        while !self.stop.load(Ordering::Relaxed) {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            match facility.propose(request(&format!("book {at}"), book(at)), soon()).await {
                Ok(answer) => {
                    self.answered.lock().unwrap().insert(at, answer.reply);
                }
                // The node it asks was killed.
                Err(ProposeError::Stopping | ProposeError::OutcomeUnknown) => return,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_the_leader_and_is_answered_the_same_again() {
    let mut crew = Crew::start("killed", 3).await;
    furnish(&crew.create(1, "club").await).await;
    let bookers = Bookers::default();
    let mut tasks = JoinSet::new();
    for _ in 0..3 {
        let leader = crew.leader("club").await;
        for id in (1..=3).filter(|id| *id != leader) {
            for _ in 0..4 {
                tasks.spawn(bookers.clone().run(crew.facility(id, "club").await));
            }
        }
        let before = bookers.count();
        eventually("bookings are answered", || (bookers.count() > before + 50).then_some(())).await;
        crew.kill(leader).await;
        let before = bookers.count();
        eventually("bookings go on without the leader", || (bookers.count() > before + 50).then_some(())).await;
        bookers.stop.store(true, Ordering::Relaxed);
        while tasks.join_next().await.is_some() {}
        bookers.stop.store(false, Ordering::Relaxed);
        crew.restart(leader).await;
    }
    crew.agree("club").await;

    let answered = bookers.answered.lock().unwrap().clone();
    assert!(answered.values().all(|reply| matches!(reply, Ok(Accepted::ReservationImported(_)))));
    for id in 1..=3 {
        let facility = crew.facility(id, "club").await;
        let booked = booked(&facility);
        assert!(answered.keys().all(|at| booked.contains(&format!("rsv_{at}"))), "node {id} lost a booking");
        for (at, reply) in answered.iter().step_by(17) {
            let again = facility.propose(request(&format!("book {at}"), book(*at)), soon()).await.unwrap();
            assert_eq!(&again.reply, reply, "hour {at} through node {id}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_all_nodes_were_killed_they_come_back_with_the_same_state() {
    let mut crew = Crew::start("all", 3).await;
    furnish(&crew.create(1, "club").await).await;
    let facility = crew.facility(1, "club").await;
    for at in 0..40 {
        facility.propose(request(&format!("{at}"), book(at)), soon()).await.unwrap().reply.unwrap();
    }
    drop(facility);
    let before = crew.agree("club").await;
    for id in 1..=3 {
        crew.kill(id).await;
    }
    for id in 1..=3 {
        crew.restart(id).await;
    }
    assert!(crew.agree("club").await >= before);
    for id in 1..=3 {
        assert_eq!(booked(&crew.facility(id, "club").await).len(), 40, "node {id}");
    }
    let answer = crew.facility(2, "club").await.propose(request("after", book(40)), soon()).await.unwrap();
    assert!(answer.reply.is_ok());
    for id in 1..=3 {
        crew.stop(id).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_of_another_cluster_is_refused() {
    let home = Crew::start("home", 3).await;
    home.create(1, "club").await;
    let strangers = Crew::start("strangers", 1).await;
    let stranger = strangers.records()[0].clone();
    let mut told = home.records().to_vec();
    told[0] = cluster::NodeRecord { id: 1, ..stranger };
    let data = tempfile::tempdir().unwrap();
    let node = cluster::Node::start(cluster::NodeSettings {
        node: 4,
        cluster_id: "strangers".into(),
        initial: home.records().iter().cloned().chain([cluster::NodeRecord { id: 4, ..told[0].clone() }]).collect(),
        data_dir: data.path().join("4"),
        peer_listener: std::net::TcpListener::bind("127.0.0.1:0").unwrap(),
        clock: Arc::new(cluster::SystemClock),
        timing: cluster::Timing::default(),
    })
    .await
    .unwrap();
    let peer_log = |node: &cluster::Node| node.readiness();
    // It calls all three again and again, and is refused again and again.
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(2);
    let mut changes = node.directory_changes();
    while tokio::time::timeout_at(deadline, changes.changed()).await.is_ok() {}
    assert!(matches!(peer_log(&node), cluster::Readiness::NotReady(_)), "{:?}", peer_log(&node));
    assert_eq!(node.facilities(None, 10), []);
    assert_eq!(home.node(1).peers().len(), 3);
    node.shutdown(soon()).await;
}
