//! API keys: made once, known on every node, and worth nothing once they are revoked or run out.

use reqwest::Method;
use serde_json::{Value, json};

use crate::club::{Answer, Club, hour, tomorrow};
use crate::gate::{BOOTSTRAP, Gated, closed};

async fn make(gated: &Gated, role: &str, wanted: Value) -> Answer {
    gated.post(0, role, "/api/keys", &wanted).await
}

/// What a token is answered on a node when it asks for something that is for the staff of `fac_1`.
async fn asks(gated: &Gated, node: usize, token: &str) -> u16 {
    gated.with_token(Method::GET, node, token, "/api/facilities/fac_1/members", &Value::Null).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_known_on_every_node_and_a_revoked_one_on_none() {
    let gated = Gated::open().await;
    let wanted = json!({"role": "staff", "facilities": ["fac_1"], "name": "desk"});
    let made = make(&gated, "operator", wanted).await.ok();
    let (id, token) = (made.text("id"), made.text("token"));
    assert!(made.status == 201 && token.starts_with(&format!("courtd_{id}_")), "{}", made.status);
    assert_eq!(asks(&gated, 0, &token).await, 200, "at once where it was made");
    for node in 1..3 {
        gated.club.eventually("the key works", async || (asks(&gated, node, &token).await == 200).then_some(())).await;
    }
    // Another secret under the same id, and a secret without its id.
    let last = token.chars().last().map(|last| if last == '0' { '1' } else { '0' }).unwrap();
    let other = format!("{}{last}", &token[..token.len() - 1]);
    for wrong in [&other, &token[..token.len() - 1], &token["courtd_".len()..]] {
        assert_eq!(asks(&gated, 0, wrong).await, 401);
    }

    let path = format!("/api/keys/{id}");
    let gone = gated.club.send(gated.request(Method::DELETE, 1, "operator", &path)).await;
    assert_eq!((gone.status, gone.body), (204, Value::Null));
    assert_eq!(asks(&gated, 1, &token).await, 401, "at once where it was revoked");
    for node in [0, 2] {
        gated
            .club
            .eventually("the key is dead", async || (asks(&gated, node, &token).await == 401).then_some(()))
            .await;
    }
    let again = gated.club.send(gated.request(Method::DELETE, 2, "operator", &path)).await;
    assert_eq!(again.status, 204, "the same request has the same answer");
    let unknown = gated.club.send(gated.request(Method::DELETE, 2, "operator", "/api/keys/key_none")).await;
    unknown.is(404, "key_not_found");
    gated.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_keys_shows_no_secret_and_staff_only_what_they_handle() {
    let gated = Gated::open().await;
    for wanted in [
        json!({"id": "mine", "role": "service", "facilities": ["fac_1"]}),
        json!({"id": "theirs", "role": "service", "facilities": ["fac_2"]}),
        json!({"id": "chain", "role": "service", "facilities": ["fac_2", "fac_1", "fac_2"]}),
    ] {
        make(&gated, "operator", wanted).await.ok();
    }
    let all = gated.get(0, "operator", "/api/keys?limit=200").await.ok();
    let text = all.body.to_string();
    assert!(!text.contains("token") && !text.contains("hash") && !text.contains("secret"), "{text}");
    let ids = |answer: &Answer| -> Vec<String> {
        let items = answer.body["items"].as_array().unwrap();
        items.iter().map(|key| key["id"].as_str().unwrap().to_owned()).filter(|id| !id.starts_with("key_")).collect()
    };
    assert_eq!(ids(&all), ["chain", "mine", "theirs"]);
    let chain = all.body["items"].as_array().unwrap().iter().find(|key| key["id"] == "chain").unwrap();
    assert_eq!(chain["facilities"], json!(["fac_1", "fac_2"]));
    assert_eq!(ids(&gated.get(0, "staff", "/api/keys?limit=200").await.ok()), ["mine"]);
    let page = gated.get(0, "operator", "/api/keys?limit=1").await.ok();
    assert_eq!((ids(&page), page.text("nextCursor").as_str()), (vec!["chain".to_owned()], "chain"));

    let revoke = |id: &str| gated.club.send(gated.request(Method::DELETE, 0, "staff", &format!("/api/keys/{id}")));
    revoke("theirs").await.is(403, "not_your_facility");
    revoke("chain").await.is(403, "not_your_facility");
    assert_eq!(revoke("mine").await.status, 204);
    gated.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_a_key_that_reaches_further_than_they_do() {
    let gated = Gated::open().await;
    let wanted = |role: &str, facility: &str| json!({"role": role, "facilities": [facility]});
    make(&gated, "staff", wanted("staff", "fac_1")).await.ok();
    make(&gated, "staff", wanted("service", "fac_2")).await.is(403, "not_your_facility");
    make(&gated, "staff", json!({"role": "service", "facilities": ["fac_1", "fac_2"]}))
        .await
        .is(403, "not_your_facility");
    make(&gated, "staff", json!({"role": "operator"})).await.is(403, "forbidden");
    make(&gated, "service", wanted("member", "fac_1")).await.is(403, "forbidden");
    make(&gated, "operator", wanted("staff", "fac_9")).await.is(404, "facility_not_found");
    let stranger = json!({"role": "member", "facilities": ["fac_1"], "memberId": "mbr_9"});
    make(&gated, "operator", stranger).await.is(404, "member_not_found");
    gated.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_makes_no_sense_is_refused_place_by_place() {
    let gated = Gated::open().await;
    for (wanted, pointers) in [
        (json!({}), vec!["/facilities", "/role"]),
        (json!({"role": "staff"}), vec!["/facilities"]),
        (json!({"role": "king", "facilities": ["fac_1"]}), vec!["/role"]),
        (json!({"role": "operator", "facilities": ["fac_1"]}), vec!["/facilities"]),
        (json!({"role": "staff", "facilities": ["fac 1", "fac_1"]}), vec!["/facilities/0"]),
        (json!({"role": "member", "facilities": ["fac_1"]}), vec!["/memberId"]),
        (json!({"role": "staff", "facilities": ["fac_1"], "memberId": "mbr_1"}), vec!["/memberId"]),
        (json!({"role": "operator", "expiresAt": "2020-01-01T00:00:00Z"}), vec!["/expiresAt"]),
        (json!({"role": "operator", "id": "a b", "name": ""}), vec!["/id", "/name"]),
    ] {
        let refused = make(&gated, "operator", wanted.clone()).await;
        refused.is(400, "malformed");
        assert_eq!(refused.pointers(), pointers, "{wanted}");
    }
    gated.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_runs_out_works_until_then() {
    let gated = Gated::open().await;
    let soon = chrono::Utc::now() + chrono::TimeDelta::seconds(3);
    let expires = soon.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let wanted = json!({"role": "staff", "facilities": ["fac_1"], "expiresAt": expires});
    let token = make(&gated, "operator", wanted).await.ok().text("token");
    let first = asks(&gated, 0, &token).await;
    assert!(first == 200 || chrono::Utc::now() >= soon, "{first}");
    gated.club.eventually("it has run out", async || (asks(&gated, 0, &token).await == 401).then_some(())).await;
    assert!(chrono::Utc::now() >= soon);
    gated.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_request_makes_one_key_whose_token_is_shown_once() {
    let gated = Gated::open().await;
    let wanted = json!({"role": "service", "facilities": ["fac_1"]});
    let send = |node| {
        let request = gated.request(Method::POST, node, "operator", "/api/keys").header("Idempotency-Key", "once");
        gated.club.send(request.json(&wanted))
    };
    assert_eq!(send(0).await.status, 201);
    for node in 0..3 {
        send(node).await.is(409, "key_exists");
    }
    gated.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bootstrap_key_makes_the_first_operator_and_then_works_no_more() {
    let mut club = Club::empty(closed()).await;
    club.use_token("not-the-bootstrap-key-of-this-test");
    club.get(0, "/api/cluster").await.is(401, "invalid_token");
    club.use_token(BOOTSTRAP);
    club.get(0, "/api/cluster").await.ok();
    let made = club.post(0, "/api/keys", &json!({"role": "operator"})).await.ok();
    club.get(0, "/api/cluster").await.is(401, "invalid_token");
    // The last operator's key is lost: whoever has the file makes the next one.
    club.use_token(&made.text("token"));
    let gone = club.send(club.request(Method::DELETE, 0, &format!("/api/keys/{}", made.text("id")))).await;
    assert_eq!(gone.status, 204);
    club.get(0, "/api/cluster").await.is(401, "invalid_token");
    club.use_token(BOOTSTRAP);
    club.get(0, "/api/cluster").await.ok();
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_callers_may_use_the_same_idempotency_key() {
    let gated = Gated::open().await;
    let send = |role: &'static str, clock: &str| {
        let body = hour(&tomorrow(clock), json!({}));
        gated.club.send(gated.request(Method::POST, 0, role, "/attempt").header("Idempotency-Key", "k").json(&body))
    };
    let member = send("member", "10:00").await.ok();
    let service = send("service", "12:00").await.ok();
    assert_ne!(member.body["holdId"], service.body["holdId"]);
    assert_eq!(send("member", "10:00").await.ok().body, member.body);
    gated.close().await;
}
