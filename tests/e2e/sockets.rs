//! Who watches sees every change once, in order, at every node, and over the death of one.

use std::time::Duration;

use crate::harness::{Club, Cluster, Load, Request, Socket, Viewer, eventually, now_millis, replicas_agree, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_at_one_node_is_seen_at_the_others_with_the_same_index() {
    let cluster = Cluster::start().await;
    let api = cluster.api();
    let club = Club::found(&api, "fac_seen", 1, 1, 15).await;
    let mut pages = [Viewer::open(&api, 2, &club.facility).await, Viewer::open(&api, 3, &club.facility).await];

    let slot = club.slot(0, 20, 2);
    let held = api.insist(1, &club.attempt(&club.members[0], &slot)).await.expect(200);
    let hold = held.text("holdId");
    let confirmed = api.insist(1, &club.confirm(&hold)).await.expect(200);
    let cancelled = api.insist(1, &club.cancel(&slot, &held.text("reservationId"))).await.expect(200);

    let told = [("slot_pending", &held), ("slot_reserved", &confirmed), ("slot_released", &cancelled)];
    for page in &mut pages {
        page.follow_to(cancelled.index.expect("an answer carries its index")).await;
        let seen: Vec<_> =
            page.changes.iter().map(|(index, _, frame)| (frame["type"].as_str(), Some(*index))).collect();
        let expected: Vec<_> = told.iter().map(|(kind, answer)| (Some(*kind), answer.index)).collect();
        assert_eq!(seen, expected);
        let pending = &page.changes[0].2;
        assert_eq!(pending["reservationId"], held.body["reservationId"]);
        assert!(
            !pending.to_string().contains(&club.members[0]),
            "a page without a key learns nobody's name: {pending}"
        );
        assert!(page.picture.is_empty());
    }
    assert_eq!(pages[0].changes, pages[1].changes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_dies_with_its_node_resumes_on_another_and_misses_nothing() {
    let mut cluster = Cluster::start().await;
    let api = cluster.api();
    let club = Club::found(&api, "fac_resume", 2, 8, 5).await;
    let mut faithful = Viewer::open(&api, 1, &club.facility).await;
    let mut wanderer = Viewer::open(&api, 3, &club.facility).await;

    let load = Load::start(&api, &club, 2);
    answered(&load, 100).await;
    cluster.kill(3);
    answered(&load, 300).await;
    let journal = load.finish().await;
    let last = journal.kept().iter().filter_map(|(_, answer)| answer.index).max().expect("something was answered");
    for page in [&mut faithful, &mut wanderer] {
        page.follow_to(last).await;
        // Holds that were left alone end by themselves.
        page.follow_until_quiet(Duration::from_secs(6)).await;
    }

    assert!(wanderer.moves > 0 && faithful.moves == 0);
    let from = faithful.began_at.max(wanderer.began_at);
    let after = |page: &Viewer| page.changes.iter().filter(|(index, _, _)| *index > from).cloned().collect::<Vec<_>>();
    assert_eq!(after(&faithful), after(&wanderer), "the one that moved was told something else");
    let shown: Vec<_> = wanderer.picture.keys().cloned().collect();
    let mut booked: Vec<_> = journal.bookings().values().cloned().collect();
    booked.sort();
    assert_eq!(shown, booked, "what it shows is not what was booked");
    cluster.restart(3).await;
    replicas_agree(&api, &club.facility).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_hold_is_announced_within_a_second_and_confirmed_by_nobody() {
    const HOLDS: i64 = 10;
    let cluster = Cluster::start().await;
    let api = cluster.api();
    let club = Club::found(&api, "fac_expiry", 1, 1, 1).await;
    let mut page = Socket::open(&api, 2, &club.facility, None).await.expect("the node takes sockets");

    for round in 0..HOLDS {
        let slot = club.slot(0, round * 2, 2);
        let held = api.insist(1, &club.attempt(&club.members[0], &slot)).await.expect(200);
        let expiry = held.body["holdExpiry"].as_i64().expect("milliseconds");
        until(expiry).await;
        // To the millisecond: it was sent at its expiry, so no node may take it.
        let late = api
            .insist(u64::try_from(round).expect("small") % 3 + 1, &club.confirm(&held.text("holdId")))
            .await
            .expect(410);
        assert_eq!((late.body["success"].as_bool(), late.text("code")), (Some(false), "hold_expired".to_owned()));

        let released = page.frame_of("slot_released").await;
        let told_after = now_millis() - expiry;
        assert_eq!(released["startTime"], held.body["startTime"]);
        assert!(told_after < 1_000, "announced {told_after} ms after its deadline");
        let free =
            api.get(3, &format!("/availability?facilityId={}&minIndex={}", club.facility, released["index"])).await;
        assert_eq!(free["slots"], serde_json::json!([]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_hold_is_announced_though_nobody_asks() {
    let cluster = Cluster::start().await;
    let api = cluster.api();
    let club = Club::found(&api, "fac_quiet", 1, 1, 2).await;
    let mut page = Socket::open(&api, 3, &club.facility, None).await.expect("the node takes sockets");
    let held = api.insist(2, &club.attempt(&club.members[0], &club.slot(0, 0, 1))).await.expect(200);
    let released = page.frame_of("slot_released").await;
    let told_after = now_millis() - held.body["holdExpiry"].as_i64().expect("milliseconds");
    assert!((0..1_000).contains(&told_after), "announced {told_after} ms after its deadline");
    assert_eq!(released["status"], "available");

    // Once nothing is due, nothing is written.
    let quiet = released["index"].as_u64().expect("an index");
    page.next(Duration::from_secs(2)).await.expect_err("nothing more happens");
    let group = api.group(1, &club.facility).await.expect("the node answers");
    assert_eq!(group["appliedIndex"], quiet, "a quiet facility writes: {group}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_of_no_facility_is_refused_before_the_upgrade() {
    let cluster = Cluster::start().await;
    let api = cluster.api();
    let refused = Socket::open(&api, 1, "fac_nowhere", None).await.err().expect("refused");
    assert!(refused.contains("404"), "{refused}");
    let plain = api.insist(1, &Request::get("/websocket?facilityId=fac_nowhere")).await;
    assert!(plain.status == 404 || plain.status == 400, "{plain:?}");
}

async fn answered(load: &Load, changes: u64) {
    eventually(Duration::from_secs(60), "the clients are answered", async || {
        let so_far = load.answered();
        if so_far >= changes { Ok(()) } else { Err(so_far) }
    })
    .await;
}
