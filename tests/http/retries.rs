//! The same request sent again, through any node, acts once and is answered the same.

use serde_json::json;

use crate::club::{Club, hour, tomorrow};

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
async fn a_storm_of_one_request_over_all_nodes_has_one_effect() {
    let club = Club::open().await;
    let body = hour(&tomorrow("10:00"), json!({}));
    let sent = (0..30).map(|at| club.post_keyed(at % 3, "/attempt", "storm", &body));
    let answers = futures_util::future::join_all(sent).await;
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.body == answers[0].body), "{answers:?}");
    club.close().await;
}
