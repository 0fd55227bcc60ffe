//! Turning a hold into a reservation, in time, once.

use serde_json::json;

use crate::club::{Club, tomorrow};

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_confirmed_on_another_node_and_again_with_the_same_answer() {
    let club = Club::open().await;
    let held = club.attempt(0, &tomorrow("10:00"), json!({})).await.ok();
    let by_slot = json!({"facilityId": "fac_1", "courtId": "crt_1", "startTime": tomorrow("10:00"),
        "reservationId": held.body["reservationId"]});
    let by_id = json!({"facilityId": "fac_1", "holdId": held.body["holdId"]});
    for (node, body) in [(1, &by_slot), (2, &by_slot), (0, &by_id), (1, &by_id)] {
        let confirmed = club.post(node, "/confirm", body).await.ok();
        assert_eq!(confirmed.body, json!({"success": true, "reservationId": held.body["reservationId"]}));
    }
    let refused = club.attempt(2, &tomorrow("10:00"), json!({"memberId": "mbr_2"})).await;
    refused.is(409, "slot_taken");
    assert_eq!((refused.text("error"), refused.text("currentStatus")), ("Slot reserved".into(), "reserved".into()));
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_bring_its_own_unused_id() {
    let club = Club::open().await;
    let confirm = |start: String| json!({"facilityId": "fac_1", "courtId": "crt_1", "startTime": start, "reservationId": "my-booking_1"});
    club.attempt(0, &tomorrow("10:00"), json!({})).await.ok();
    let confirmed = club.post(1, "/confirm", &confirm(tomorrow("10:00"))).await.ok();
    assert_eq!(confirmed.text("reservationId"), "my-booking_1");
    club.attempt(0, &tomorrow("12:00"), json!({})).await.ok();
    club.post(1, "/confirm", &confirm(tomorrow("12:00"))).await.is(409, "reservation_exists");
    let found =
        club.get(2, &format!("/api/reservations/my-booking_1?minIndex={}", confirmed.index.unwrap())).await.ok();
    assert_eq!((found.text("status"), found.text("startTime")), ("confirmed".into(), tomorrow("10:00")));
    assert_eq!((found.text("memberName"), found.text("facilityName")), ("mbr_1".into(), "Club fac_1".into()));
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_held_there_is_nothing_to_confirm() {
    let club = Club::open().await;
    let by_slot = json!({"facilityId": "fac_1", "courtId": "crt_1", "startTime": tomorrow("10:00")});
    let refused = club.post(0, "/confirm", &by_slot).await;
    refused.is(404, "hold_not_found");
    assert_eq!(
        (&refused.body["success"], refused.text("error")),
        (&json!(false), "Slot not held or hold expired".into())
    );
    let by_id = json!({"facilityId": "fac_1", "holdId": "hld_nothing"});
    club.post(1, "/confirm", &by_id).await.is(404, "hold_not_found");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_hold_cannot_be_confirmed_and_its_court_is_free() {
    let club = Club::with(json!({"holdSeconds": 1})).await;
    let held = club.attempt(0, &tomorrow("10:00"), json!({})).await.ok();
    let expiry = held.body["holdExpiry"].as_i64().unwrap();
    club.eventually("the hold has ended", || async { (chrono::Utc::now().timestamp_millis() >= expiry).then_some(()) })
        .await;
    let refused = club.confirm(1, &held).await;
    refused.is(410, "hold_expired");
    assert_eq!(
        (&refused.body["success"], refused.text("error")),
        (&json!(false), "Slot not held or hold expired".into())
    );
    club.attempt(2, &tomorrow("10:00"), json!({"memberId": "mbr_2"})).await.ok();
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_is_confirmed_by_its_own_address() {
    let club = Club::open().await;
    let held = club.attempt(0, &tomorrow("10:00"), json!({})).await.ok();
    let path = format!("/api/reservations/{}?minIndex={}", held.text("reservationId"), held.index.unwrap());
    assert_eq!(club.get(1, &path).await.ok().text("status"), "pending");
    let patch = |action: &str| club.request(reqwest::Method::PATCH, 1, &path).json(&json!({"action": action}));
    assert_eq!(club.send(patch("confirm")).await.ok().body, json!({"success": true, "status": "confirmed"}));
    let refused = club.send(patch("juggle")).await;
    refused.is(400, "malformed");
    assert_eq!(refused.pointers(), ["/action"]);
    club.close().await;
}
