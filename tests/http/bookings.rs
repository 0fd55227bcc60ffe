//! Reservations booked in one step, moved, led through their life, and explained.

use reqwest::Method;
use serde_json::{Value, json};

use crate::club::{Answer, Club, date, hour, tomorrow};

const PATH: &str = "/api/reservations";

async fn patch(club: &Club, node: usize, id: &str, action: &str) -> Answer {
    club.send(club.request(Method::PATCH, node, &format!("{PATH}/{id}")).json(&json!({"action": action}))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_is_booked_in_one_step_in_either_spelling() {
    let club = Club::open().await;
    let change = json!({"participants": ["Ben", "Cleo"], "notes": "a birthday", "bookingType": "lesson",
        "bookingSource": "staff", "id": "rsv_mine"});
    let made = club.post(1, PATH, &hour(&tomorrow("10:00"), change)).await.ok();
    assert_eq!((made.status, &made.body["success"], &made.body["warnings"]), (201, &json!(true), &json!([])));
    let reservation = &made.body["reservation"];
    let expected = json!({"id": "rsv_mine", "facilityId": "fac_1", "courtId": "crt_1", "memberId": "mbr_1",
        "startTime": tomorrow("10:00"), "endTime": tomorrow("11:00"), "durationMinutes": 60, "status": "confirmed",
        "paymentStatus": "none", "bookingType": "lesson", "bookingSource": "staff", "holdExpiry": null,
        "rateCents": null, "participants": ["Ben", "Cleo"], "notes": "a birthday", "checkedInAt": null,
        "completedAt": null, "cancelledAt": null, "cancellationReason": null, "version": 1});
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&reservation[field], value, "{field}");
    }
    assert!(reservation["confirmedAt"].is_string());
    let snake = json!({"facility_id": "fac_1", "court_id": "crt_2", "member_id": "mbr_2", "start_time": tomorrow("10:00"),
        "end_time": tomorrow("11:00"), "booking_type": "standard", "booking_source": "web"});
    let other = club.post(2, PATH, &snake).await.ok();
    let id = other.body["reservation"]["id"].as_str().unwrap();
    let read = club.get(0, &format!("{PATH}/{id}?minIndex={}", other.index.unwrap())).await.ok();
    assert_eq!((&read.body["courtName"], &read.body["timezone"]), (&json!("crt_2"), &json!("UTC")));
    club.post(0, PATH, &hour(&tomorrow("13:00"), json!({"id": "rsv_mine"}))).await.is(409, "reservation_exists");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_that_rules_refuse_names_all_of_them() {
    let club = Club::open().await;
    club.post(0, PATH, &hour(&tomorrow("10:00"), json!({}))).await.ok();
    let refused = club.post(1, PATH, &hour(&tomorrow("10:30"), json!({"durationMinutes": 45}))).await;
    refused.is(409, "slot_taken");
    assert_eq!(refused.conflicts(), ["off_grid", "invalid_duration", "time_overlap"]);
    let words = (&refused.body["success"], &refused.body["error"], &refused.body["currentStatus"]);
    assert_eq!(words, (&json!(false), &json!("Slot reserved"), &json!("reserved")));
    assert_eq!(refused.body["warnings"], json!([]));
    // Near closing is worth a word, refused or not.
    let last = format!("{}T23:00:00Z", date(1));
    let near = club.post(1, PATH, &hour(&last, json!({}))).await.ok();
    assert_eq!(near.body["warnings"][0]["type"], "near_closing");
    let both = club.post(1, PATH, &hour(&last, json!({"memberId": "mbr_2"}))).await;
    both.is(409, "slot_taken");
    assert_eq!(both.body["warnings"][0]["type"], "near_closing");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_booking_is_refused_with_its_places() {
    let club = Club::open().await;
    let cases: Vec<(Value, &[&str])> = vec![
        (json!({"courtId": null, "memberId": null}), &["/courtId", "/memberId"]),
        (json!({"startTime": "2026-12-01T18:00:00"}), &["/startTime"]),
        (json!({"id": "a b"}), &["/id"]),
        (json!({"bookingSource": "pigeon"}), &["/bookingSource"]),
        (json!({"pay": "later, perhaps"}), &["/pay"]),
        (json!({"participants": "Ben"}), &["/participants"]),
        (json!({"participants": ["Ben", ""]}), &["/participants/1"]),
        (json!({"override": ["buffer", "gravity"], "reason": "why not"}), &["/override/1"]),
        (json!({"override": ["buffer"]}), &["/reason"]),
        (json!({"notes": "x".repeat(2001)}), &["/notes"]),
        (json!({"durationMinutes": 60, "endTime": tomorrow("15:00")}), &["/durationMinutes"]),
    ];
    for (change, pointers) in cases {
        let refused = club.post(0, PATH, &hour(&tomorrow("10:00"), change.clone())).await;
        refused.is(400, "malformed");
        assert_eq!(refused.pointers(), pointers, "{change}");
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_set_rules_aside_with_a_reason_but_never_an_overlap() {
    let club = Club::with(json!({"bufferMinutes": 60})).await;
    club.post(0, PATH, &hour(&tomorrow("10:00"), json!({}))).await.ok();
    let next = |change: Value| hour(&tomorrow("11:00"), change);
    club.post(0, PATH, &next(json!({"memberId": "mbr_2"}))).await.is(409, "buffer");
    let aside = json!({"memberId": "mbr_2", "override": ["buffer"], "reason": "the final"});
    let made = club.post(1, PATH, &next(aside)).await.ok();
    assert_eq!(made.body["reservation"]["overridden"], json!(["buffer"]));
    assert_eq!(made.body["reservation"]["overrideReason"], "the final");
    let over = json!({"memberId": "mbr_3", "override": ["time_overlap"], "reason": "because"});
    club.post(1, PATH, &next(over)).await.is(409, "not_overridable");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_booking_with_the_same_key_is_one_booking_on_any_node() {
    let club = Club::open().await;
    let body = hour(&tomorrow("10:00"), json!({}));
    let first = club.post_keyed(0, PATH, "k1", &body).await.ok();
    for node in 0..3 {
        let again = club.post_keyed(node, PATH, "k1", &body).await;
        assert_eq!((again.status, again.body), (201, first.body.clone()));
    }
    let other = hour(&tomorrow("12:00"), json!({}));
    club.post_keyed(1, PATH, "k1", &other).await.is(422, "idempotency_key_reused");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_moves_in_one_step_or_not_at_all() {
    let club = Club::open().await;
    let made = club.post(0, PATH, &hour(&tomorrow("10:00"), json!({"id": "rsv_1"}))).await.ok();
    club.post(0, PATH, &hour(&tomorrow("12:00"), json!({"memberId": "mbr_2"}))).await.ok();
    let path = format!("{PATH}/rsv_1/move?minIndex={}", made.index.unwrap());
    let taken = club.post(1, &path, &json!({"startTime": tomorrow("12:00")})).await;
    taken.is(409, "slot_taken");
    assert_eq!((&taken.body["success"], &taken.body["warnings"]), (&json!(false), &json!([])));
    let moved = club.post(2, &path, &json!({"startTime": tomorrow("11:00"), "courtId": "crt_2"})).await.ok();
    let reservation = &moved.body["reservation"];
    assert_eq!(
        (&reservation["startTime"], &reservation["endTime"]),
        (&json!(tomorrow("11:00")), &json!(tomorrow("12:00")))
    );
    assert_eq!((&reservation["courtId"], &reservation["version"]), (&json!("crt_2"), &json!(2)));
    let seen = club.taken(0, moved.index.unwrap()).await;
    assert!(!seen.iter().any(|(court, start, _)| court == "crt_1" && *start == tomorrow("10:00")), "{seen:?}");
    // Longer, with its own claim out of its way; and only over the version that was seen.
    let longer = json!({"durationMinutes": 120});
    let stale = club.request(Method::POST, 0, &path).header("If-Match", "\"1\"").json(&longer);
    club.send(stale).await.is(412, "version_mismatch");
    let fresh = club.request(Method::POST, 0, &path).header("If-Match", "\"2\"").json(&longer);
    assert_eq!(club.send(fresh).await.ok().body["reservation"]["durationMinutes"], 120);
    for wrong in [json!({"endTime": tomorrow("01:00")}), json!({"durationMinutes": 0}), json!({"courtId": "a b"})] {
        club.post(0, &path, &wrong).await.is(400, "malformed");
    }
    club.post(0, &path, &json!({"courtId": "crt_none"})).await.is(404, "court_not_found");
    club.post(0, &format!("{PATH}/rsv_none/move"), &json!({})).await.is(404, "reservation_not_found");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_is_led_through_its_life() {
    let club = Club::with(json!({"checkInMinutesBefore": 1440})).await;
    let held = club.attempt(0, &tomorrow("00:00"), json!({})).await.ok();
    let id = held.text("reservationId");
    patch(&club, 0, &id, "check_in").await.is(409, "invalid_transition");
    assert_eq!(patch(&club, 1, &id, "confirm").await.ok().body, json!({"success": true, "status": "confirmed"}));
    patch(&club, 2, &id, "complete").await.is(409, "invalid_transition");
    patch(&club, 2, &id, "no_show").await.is(409, "too_early");
    patch(&club, 2, &id, "reverse_no_show").await.is(409, "invalid_transition");
    let checked = patch(&club, 2, &id, "check_in").await.ok();
    assert_eq!(checked.body["status"], "in_progress");
    assert_eq!(patch(&club, 0, &id, "complete").await.ok().body["status"], "completed");
    let ended = patch(&club, 1, &id, "check_in").await;
    ended.is(409, "already_ended");
    assert_eq!((&ended.body["success"], ended.body["error"].is_string()), (&json!(false), true));
    patch(&club, 1, &id, "dance").await.is(400, "malformed");
    patch(&club, 1, "rsv_none", "confirm").await.is(404, "reservation_not_found");
    // Too early: a day before is more than a quarter of an hour.
    let later = club.post(0, PATH, &hour(&format!("{}T12:00:00Z", date(3)), json!({"id": "rsv_later"}))).await.ok();
    club.get(1, &format!("{PATH}/rsv_later?minIndex={}", later.index.unwrap())).await.ok();
    patch(&club, 1, "rsv_later", "check_in").await.is(409, "too_early");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_not_is_answered_rule_by_rule_and_changes_nothing() {
    let club = Club::with(json!({"limits": {"maxActiveReservations": 1}})).await;
    let made = club.post(0, PATH, &hour(&tomorrow("10:00"), json!({"id": "rsv_1"}))).await.ok();
    let ask = |node: usize, change: Value| {
        let body = hour(&tomorrow("10:00"), change);
        let path = format!("{PATH}/explain?minIndex={}", made.index.unwrap());
        let club = &club;
        async move { club.post(node, &path, &body).await }
    };
    for node in 0..3 {
        let answer = ask(node, json!({"memberId": "mbr_2"})).await.ok();
        assert_eq!(answer.body["bookable"], false);
        let rules = answer.body["rules"].as_array().unwrap();
        let broken: Vec<&str> =
            rules.iter().filter(|rule| rule["passed"] == false).map(|rule| rule["rule"].as_str().unwrap()).collect();
        assert_eq!(broken, ["time_overlap"]);
        let limit = rules.iter().find(|rule| rule["rule"] == "member_limit").unwrap();
        assert_eq!((&limit["passed"], &limit["compared"]), (&json!(true), &json!({"active": 0, "limit": 1})));
        assert_eq!(limit["conflicts"], json!([]));
    }
    let own = ask(1, json!({"courtId": "crt_2"})).await.ok();
    let broken: Vec<&Value> =
        own.body["rules"].as_array().unwrap().iter().filter(|rule| rule["passed"] == false).collect();
    assert_eq!(broken.len(), 2, "{broken:?}");
    // The same as a move is no matter at all.
    assert_eq!(ask(1, json!({"courtId": "crt_2", "reservationId": "rsv_1"})).await.ok().body["bookable"], true);
    ask(1, json!({"courtId": "crt_none"})).await.is(404, "court_not_found");
    ask(1, json!({"memberId": null})).await.is(400, "malformed");
    assert_eq!(club.taken(0, 0).await.len(), 1);
    club.close().await;
}
