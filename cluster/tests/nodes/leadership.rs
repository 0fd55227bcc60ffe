//! Who leads: handed over by a node that stops, taken back when it returns, given away by a node
//! whose clock is wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use cluster::{Clock, Readiness, SystemClock};
use tokio::time::Instant;

use crate::booking::{book, furnish, request};
use crate::crew::{Crew, eventually, soon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_stops_hands_its_groups_over_and_gets_them_back() {
    let mut crew = Crew::start("handover", 3).await;
    for name in ["a", "b", "c"] {
        furnish(&crew.create(1, name).await).await;
    }
    let name = ["a", "b", "c"].into_iter().find(|name| {
        let record = crew.node(1).facilities(None, 10).into_iter().find(|record| record.slug == *name);
        record.unwrap().replicas[0] == 2
    });
    let name = name.unwrap();
    eventually("node 2 leads", || {
        let group = crew.node(1).groups(None, 10).into_iter().find(|group| group.record.slug == name)?;
        (group.status?.leader? == 2).then_some(())
    })
    .await;
    crew.stop(2).await;
    let asked = Instant::now();
    let facility = crew.facility(1, name).await;
    facility.propose(request("after", book(1)), soon()).await.unwrap().reply.unwrap();
    assert!(asked.elapsed() < Duration::from_millis(450), "an election was waited for: {:?}", asked.elapsed());
    drop(facility);

    crew.restart(2).await;
    eventually("node 2 leads again", || {
        let group = crew.node(1).groups(None, 10).into_iter().find(|group| group.record.slug == name)?;
        (group.status?.leader? == 2).then_some(())
    })
    .await;
}

/// The machine's clock, and what it is off.
#[derive(Default)]
struct Jumping(AtomicI64);

impl Clock for Jumping {
    fn now_millis(&self) -> i64 {
        SystemClock.now_millis() + self.0.load(Ordering::Relaxed)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_whose_clock_jumps_keeps_the_time_and_gives_its_groups_away() {
    let jumping = Arc::new(Jumping::default());
    let steady = || Arc::new(SystemClock) as Arc<dyn Clock>;
    let crew = Crew::with_clocks("clock", vec![Arc::clone(&jumping) as Arc<dyn Clock>, steady(), steady()]).await;
    furnish(&crew.create(1, "club").await).await;
    eventually("node 1 leads and is ready", || {
        let leads = crew.node(2).groups(None, 1)[0].status.as_ref()?.leader? == 1;
        (leads && crew.node(1).readiness() == Readiness::Ready).then_some(())
    })
    .await;
    let hour = 3_600_000;
    jumping.0.store(hour, Ordering::Relaxed);
    assert!((crew.node(1).now().0 - SystemClock.now_millis()).abs() < 1_000, "the jump is not stamped");
    assert!(matches!(crew.node(1).readiness(), Readiness::NotReady(_)));
    eventually("another node leads", || {
        (crew.node(2).groups(None, 1)[0].status.as_ref()?.leader? != 1).then_some(())
    })
    .await;
    eventually("the jump is seen by peers", || {
        let peers = crew.node(2).peers();
        let offset = peers.iter().find(|peer| peer.record.id == 1)?.clock_offset_millis;
        ((offset - hour).abs() < 1_000).then_some(())
    })
    .await;
    let facility = crew.facility(1, "club").await;
    facility.propose(request("later", book(1)), soon()).await.unwrap().reply.unwrap();
    let time = facility.read(|state, _| state.now().0);
    assert!((time - SystemClock.now_millis()).abs() < 5_000, "the machine's time did not jump");
}
