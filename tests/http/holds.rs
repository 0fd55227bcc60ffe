//! Holding a slot, and who cannot.

use serde_json::json;

use crate::club::{Club, date, hour, tomorrow};

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_is_held_on_one_node_and_pending_on_all() {
    let club = Club::open().await;
    let held = club.attempt(1, &tomorrow("10:00"), json!({})).await.ok();
    assert_eq!(held.body["success"], true);
    assert_eq!((held.text("courtId"), held.text("startTime")), ("crt_1".to_owned(), tomorrow("10:00")));
    assert_eq!(held.text("endTime"), tomorrow("11:00"));
    assert!(held.text("holdId").starts_with("hld_") && held.text("reservationId").starts_with("rsv_"));
    assert_eq!(held.node, Some(2));
    let left = held.body["holdExpiry"].as_i64().unwrap() - chrono::Utc::now().timestamp_millis();
    assert!((10_000..=15_500).contains(&left), "{left}");
    for node in 0..3 {
        let taken = club.taken(node, held.index.unwrap()).await;
        assert_eq!(taken, [("crt_1".to_owned(), tomorrow("10:00"), "pending".to_owned())]);
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_overlaps_is_refused_and_what_is_adjacent_is_not() {
    let club = Club::with(json!({"slotMinutes": 15, "minDurationMinutes": 15, "maxDurationMinutes": 120})).await;
    club.attempt(0, &tomorrow("10:00"), json!({})).await.ok();
    let other = |start: &str, minutes: i64| hour(start, json!({"memberId": "mbr_2", "durationMinutes": minutes}));
    for (start, minutes) in [("10:00", 60), ("09:30", 60), ("10:30", 60), ("10:15", 15), ("09:45", 120)] {
        let refused = club.post(1, "/attempt", &other(&tomorrow(start), minutes)).await;
        refused.is(409, "slot_taken");
        assert_eq!(refused.body["success"], false);
        assert_eq!((refused.text("error"), refused.text("currentStatus")), ("Slot pending".into(), "pending".into()));
        assert_eq!(refused.conflicts(), ["time_overlap"]);
        assert!(refused.index.is_some());
    }
    for (start, minutes) in [("09:00", 60), ("11:00", 60)] {
        club.post(2, "/attempt", &other(&tomorrow(start), minutes)).await.ok();
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_instant_in_another_spelling_is_the_same_slot() {
    let club = Club::open().await;
    club.attempt(0, &tomorrow("10:00"), json!({})).await.ok();
    let day = date(1);
    for spelling in [format!("{day}T10:00:00.000Z"), format!("{day}T11:00:00+01:00"), format!("{day}T04:30:00-05:30")] {
        club.attempt(1, &spelling, json!({"memberId": "mbr_2"})).await.is(409, "slot_taken");
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_member_and_slot_gets_the_same_hold_again() {
    let club = Club::open().await;
    let first = club.attempt(0, &tomorrow("10:00"), json!({})).await.ok();
    let again = club.attempt(2, &tomorrow("10:00"), json!({})).await.ok();
    assert_eq!((&again.body["holdId"], &again.body["holdExpiry"]), (&first.body["holdId"], &first.body["holdExpiry"]));
    let longer = club.attempt(2, &tomorrow("10:00"), json!({"durationMinutes": 120})).await;
    longer.is(409, "slot_taken");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_race_for_one_slot_and_one_gets_it() {
    let club = Club::open().await;
    let start = tomorrow("10:00");
    let attempts = (0..24).map(|at| {
        let change =
            json!({"memberId": format!("mbr_{}", at % 3 + 1), "durationMinutes": if at % 2 == 0 { 60 } else { 120 }});
        let (club, start) = (&club, &start);
        async move { club.attempt(at % 3, start, change).await }
    });
    let answers = futures_util::future::join_all(attempts).await;
    let holds: std::collections::BTreeSet<String> =
        answers.iter().filter(|answer| answer.status == 200).map(|answer| answer.text("holdId")).collect();
    assert_eq!(holds.len(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.status == 409), "{answers:?}");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_released_hold_frees_its_court_and_is_released_again_without_harm() {
    let club = Club::open().await;
    let held = club.attempt(0, &tomorrow("10:00"), json!({})).await.ok();
    let by_slot = json!({"facilityId": "fac_1", "courtId": "crt_1", "startTime": tomorrow("10:00")});
    for node in 0..3 {
        let released = club.post(node, "/release", &by_slot).await.ok();
        assert_eq!(released.body, json!({"success": true}));
    }
    let by_id = json!({"facilityId": "fac_1", "holdId": held.body["holdId"]});
    assert_eq!(club.post(1, "/release", &by_id).await.ok().body, json!({"success": true}));
    club.attempt(1, &tomorrow("10:00"), json!({"memberId": "mbr_2"})).await.ok();
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn release_never_touches_a_reservation() {
    let club = Club::open().await;
    let booked = club.book(&tomorrow("10:00")).await;
    let by_slot = json!({"facilityId": "fac_1", "courtId": "crt_1", "startTime": tomorrow("10:00")});
    club.post(1, "/release", &by_slot).await.is(409, "not_a_hold");
    assert_eq!(club.taken(2, booked.index.unwrap()).await[0].2, "reserved");
    club.close().await;
}
