//! The same request sent again, through any node, acts once and is answered the same.

use reqwest::Method;
use serde_json::{Value, json};

use crate::club::{Answer, Club, date, hour, tomorrow};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_answers_the_same_on_every_node_even_after_the_hold_is_gone() {
    let club = Club::open().await;
    let body = hour(&tomorrow("10:00"), json!({}));
    let first = club.post_keyed(0, "/attempt", "key-1", &body).await.ok();
    let release = json!({"facilityId": "fac_1", "holdId": first.body["holdId"]});
    club.post(0, "/release", &release).await.ok();
    for node in 0..3 {
        let again = club.post_keyed(node, "/attempt", "key-1", &body).await.ok();
        assert_eq!(again.body, first.body);
    }
    // The alias is the same operation.
    let aliased = club.post_keyed(1, "/api/realtime/attempt", "key-1", &body).await.ok();
    assert_eq!(aliased.body, first.body);
    assert_eq!(club.taken(0, first.index.unwrap() + 1).await, []);
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_with_another_body_is_a_mistake() {
    let club = Club::open().await;
    club.post_keyed(0, "/attempt", "key-1", &hour(&tomorrow("10:00"), json!({}))).await.ok();
    let other = hour(&tomorrow("12:00"), json!({}));
    club.post_keyed(1, "/attempt", "key-1", &other).await.is(422, "idempotency_key_reused");
    club.post_keyed(1, "/attempt", "key-2", &other).await.ok();
    let too_long = "k".repeat(256);
    club.post_keyed(1, "/attempt", &too_long, &other).await.is(400, "malformed");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_changed_nothing_and_is_decided_anew() {
    let club = Club::open().await;
    let theirs = club.attempt(0, &tomorrow("10:00"), json!({"memberId": "mbr_2"})).await.ok();
    let mine = hour(&tomorrow("10:00"), json!({}));
    club.post_keyed(1, "/attempt", "key-1", &mine).await.is(409, "slot_taken");
    club.post(0, "/release", &json!({"facilityId": "fac_1", "holdId": theirs.body["holdId"]})).await.ok();
    club.post_keyed(2, "/attempt", "key-1", &mine).await.ok();
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_make_creations_repeatable() {
    let club = Club::open().await;
    let facility = json!({"name": "Keyed", "timezone": "Europe/London"});
    let first = club.post_keyed(0, "/api/facilities", "make", &facility).await.ok();
    let again = club.post_keyed(1, "/api/facilities", "make", &facility).await.ok();
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    let court = json!({"name": "Court", "courtType": "squash"});
    let first = club.post_keyed(0, "/api/facilities/fac_1/courts", "court", &court).await.ok();
    let again = club.post_keyed(2, "/api/facilities/fac_1/courts", "court", &court).await.ok();
    assert_eq!((201, &first.body), (again.status, &again.body));
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_hears_what_was_answered_first_whatever_happened_since() {
    let club = Club::open().await;
    let made = json!({"id": "fac_keyed", "name": "Keyed", "timezone": "UTC"});
    let wait = |member: &str| {
        json!({"facilityId": "fac_1", "memberId": member, "courtId": "crt_1", "preferredDate": date(1).to_string(),
            "preferredStartTime": "10:00", "preferredEndTime": "11:00", "durationMinutes": 60})
    };
    club.book(&tomorrow("10:00")).await;
    let patch = |node, key: &'static str, path: &'static str, body: Value| {
        let request = club.request(Method::PATCH, node, path).header("Idempotency-Key", key);
        club.send(request.json(&body))
    };
    let (house, hours) = ("/api/facilities/fac_1", json!({"openingTime": "08:00", "closingTime": "09:00"}));
    let first_made = club.post_keyed(0, "/api/facilities", "make", &made).await.ok();
    let first_wait = club.post_keyed(0, "/api/waitlist", "wait", &wait("mbr_2")).await.ok();
    let first_patch = patch(0, "patch", house, hours.clone()).await.ok();
    assert_eq!((&first_wait.body["position"], &first_wait.body["status"]), (&json!(1), &json!("active")));
    assert_eq!(first_patch.body["outsideHours"].as_array().unwrap().len(), 1);

    // All that they showed is different now.
    patch(1, "other", "/api/facilities/fac_keyed", json!({"name": "Renamed"})).await.ok();
    patch(1, "and other", house, json!({"openingTime": "00:00", "closingTime": "24:00", "name": "Renamed"})).await.ok();
    let staff_goes_first = json!({"priority": 5});
    let mut ahead = wait("mbr_3");
    ahead.as_object_mut().unwrap().extend(staff_goes_first.as_object().unwrap().clone());
    assert_eq!(club.post(1, "/api/waitlist", &ahead).await.ok().body["position"], 1);

    let same = |first: &Answer, again: &Answer| assert_eq!((first.status, &first.body), (again.status, &again.body));
    for node in 0..3 {
        same(&first_made, &club.post_keyed(node, "/api/facilities", "make", &made).await);
        same(&first_wait, &club.post_keyed(node, "/api/waitlist", "wait", &wait("mbr_2")).await);
        same(&first_patch, &patch(node, "patch", house, hours.clone()).await);
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_one_request_over_all_nodes_has_one_effect() {
    let club = Club::open().await;
    let body = hour(&tomorrow("10:00"), json!({}));
    let sent = (0..30).map(|at| club.post_keyed(at % 3, "/attempt", "storm", &body));
    let answers = futures_util::future::join_all(sent).await;
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.body == answers[0].body), "{answers:?}");
    club.close().await;
}
