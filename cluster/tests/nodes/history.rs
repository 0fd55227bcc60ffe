//! History: the same on every node, also on one that was away, and of what is long over.

use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use cluster::{Clock, Cursor, Facility, PastReservations, SystemClock};
use machine::{Actor, CancelReservation, Command, Instant, MemberId, Past, ReservationId, Status};
use tokio::task::JoinSet;

use crate::booking::{book, furnish, request};
use crate::crew::{Crew, eventually, soon};

const DAY: i64 = 24 * 3_600_000;

/// The wall clock and an offset that a test may change.
struct Shifted(AtomicI64);

impl Clock for Shifted {
    fn now_millis(&self) -> i64 {
        SystemClock.now_millis() + self.0.load(Ordering::Relaxed)
    }
}

fn reservation(at: i64) -> ReservationId {
    ReservationId::parse(&format!("rsv_{at}")).unwrap()
}

fn cancel(at: i64) -> Command {
    let reason = Some("rain".to_owned());
    Command::CancelReservation(CancelReservation { reservation_id: reservation(at), slot: None, reason })
}

async fn whole(facility: &Facility) -> Vec<(Cursor, Past)> {
    let mut all: Vec<(Cursor, Past)> = Vec::new();
    loop {
        let after = all.last().map_or(Cursor::default(), |(cursor, _)| *cursor);
        let page = facility.history(after, 700).await.unwrap();
        all.extend(page.items.into_iter().map(|item| (item.cursor, item.event)));
        if !page.more {
            return all;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_that_ended_long_ago_is_found_on_every_node() {
    let clock = Arc::new(Shifted(AtomicI64::new(0)));
    let crew = Crew::with_clocks("past", (0..3).map(|_| Arc::clone(&clock) as Arc<dyn Clock>).collect()).await;
    let facility = crew.create(1, "one").await;
    furnish(&facility).await;
    for at in 0..3 {
        facility.propose(request(&format!("book {at}"), book(at)), soon()).await.unwrap().reply.unwrap();
    }
    facility.propose(request("cancel 1", cancel(1)), soon()).await.unwrap().reply.unwrap();
    clock.0.store(36 * DAY, Ordering::Relaxed);
    let later = SystemClock.now_millis() + 36 * DAY;
    let stamped = || crew.ids().iter().all(|id| crew.node(*id).now().0 >= later).then_some(());
    eventually("all nodes agree on the new time", stamped).await;
    let ticked = facility.propose(request("tick", Command::Tick), soon()).await.unwrap();
    for node in crew.ids() {
        let facility = crew.facility(node, "one").await;
        facility.wait_for(ticked.index, soon()).await.unwrap();
        assert!(facility.read(|state, _| state.reservation(&reservation(1)).is_none()), "the state has forgotten it");
        let found = facility.past_reservation(&reservation(1)).await.unwrap().unwrap();
        assert_eq!((found.status, found.cancellation_reason.as_deref()), (Status::Cancelled, Some("rain")));
        assert_eq!(facility.past_reservation(&reservation(0)).await.unwrap(), None, "it has not ended");
        let (from, to) = (Instant(0), Instant(i64::MAX));
        let wanted =
            |member: Option<&MemberId>, after| PastReservations { member: member.cloned(), from, to, after, limit: 10 };
        let stranger = MemberId::parse("mbr_stranger").unwrap();
        let all = slice::from_ref(&found);
        for (member, expected) in [(None, all), (Some(&found.member_id), all), (Some(&stranger), &[])] {
            assert_eq!(facility.past_reservations(wanted(member, None)).await.unwrap(), expected);
        }
        let after = Some((found.slot.start, found.id.clone()));
        assert_eq!(facility.past_reservations(wanted(None, after)).await.unwrap(), []);
        let holders = crew.node(node).facilities_with_past(&reservation(1)).await.unwrap();
        assert_eq!(holders.iter().map(Facility::id).collect::<Vec<_>>(), [facility.id()]);
        assert!(crew.node(node).facilities_with_past(&reservation(0)).await.unwrap().is_empty(), "it has not ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_away_for_long_gets_the_history_with_the_state() {
    let mut crew = Crew::start("away", 3).await;
    furnish(&crew.create(1, "one").await).await;
    let leader = crew.leader("one").await;
    let away = leader % 3 + 1;
    let before = crew.agree("one").await;
    crew.kill(away).await;
    let facility = crew.facility(leader, "one").await;
    // More entries than a log keeps: what the node missed is no longer in anybody's.
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let facility = facility.clone();
        writers.spawn(async move {
            let mut at = writer;
            while facility.status().purged_index <= before + 1 {
                facility.propose(request(&format!("book {at}"), book(at)), soon()).await.unwrap().reply.unwrap();
                facility.propose(request(&format!("cancel {at}"), cancel(at)), soon()).await.unwrap().reply.unwrap();
                at += 4;
            }
        });
    }
    writers.join_all().await;
    let expected = whole(&facility).await;
    assert!(expected.len() > 5_000 && expected[4].1.actor == Actor::System);

    crew.restart(away).await;
    crew.agree("one").await;
    let back = crew.facility(away, "one").await;
    eventually("it came by a snapshot", || (back.status().snapshot_index > before).then_some(())).await;
    assert!(whole(&back).await == expected, "the same history");
    let last = expected.iter().rev().find_map(|(_, past)| past.event.reservation()).unwrap();
    assert_eq!(back.past_reservation(&last.id).await.unwrap().as_ref(), Some(last));

    // Stopped and started again, it has it from its own disk, which no handle may keep open.
    drop(back);
    crew.stop(away).await;
    crew.restart(away).await;
    crew.agree("one").await;
    assert!(whole(&crew.facility(away, "one").await).await == expected, "the same history after a restart");
}
