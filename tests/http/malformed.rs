//! What is malformed is named place by place, and holds nothing.

use reqwest::Method;
use serde_json::{Value, json};

use crate::club::{Club, date, hour, tomorrow};

#[tokio::test(flavor = "multi_thread")]
async fn every_malformed_attempt_is_refused_with_its_places() {
    let club = Club::open().await;
    let start = tomorrow("10:00");
    let day = date(1);
    let long = "x".repeat(129);
    let cases: Vec<(Value, &[&str])> = vec![
        (json!({"startTime": "banana"}), &["/startTime"]),
        (json!({"startTime": format!("{day}T10:00:00")}), &["/startTime"]),
        (json!({"startTime": format!("{day} 10:00:00Z")}), &["/startTime"]),
        (json!({"startTime": format!("{day}T25:00:00Z")}), &["/startTime"]),
        (json!({"startTime": 1_700_000_000_000_i64}), &["/startTime"]),
        (json!({"startTime": null}), &["/startTime"]),
        (json!({"durationMinutes": null, "endTime": "banana"}), &["/endTime"]),
        (json!({"durationMinutes": null, "endTime": tomorrow("09:00")}), &["/endTime"]),
        (json!({"durationMinutes": null, "endTime": start}), &["/endTime"]),
        (json!({"durationMinutes": null}), &["/endTime"]),
        (json!({"durationMinutes": 0}), &["/durationMinutes"]),
        (json!({"durationMinutes": -60}), &["/durationMinutes"]),
        (json!({"durationMinutes": 60.5}), &["/durationMinutes"]),
        (json!({"durationMinutes": "60"}), &["/durationMinutes"]),
        (json!({"durationMinutes": 60, "endTime": tomorrow("12:00")}), &["/durationMinutes"]),
        (json!({"courtId": "crt:1"}), &["/courtId"]),
        (json!({"courtId": ""}), &["/courtId"]),
        (json!({"courtId": "crt 1"}), &["/courtId"]),
        (json!({"courtId": "cørt"}), &["/courtId"]),
        (json!({"courtId": long}), &["/courtId"]),
        (json!({"courtId": ["crt_1"]}), &["/courtId"]),
        (json!({"facilityId": "fac/1"}), &["/facilityId"]),
        (json!({"facilityId": null}), &["/facilityId"]),
        (json!({"memberId": null}), &["/memberId"]),
        (json!({"courtId": null, "memberId": "a b", "startTime": "x"}), &["/courtId", "/startTime", "/memberId"]),
    ];
    for (change, pointers) in cases {
        let refused = club.attempt(0, &start, change.clone()).await;
        refused.is(400, "malformed");
        assert_eq!(refused.pointers(), pointers, "{change}");
        assert_eq!((&refused.body["success"], refused.body["error"].is_string()), (&json!(false), true));
    }
    assert_eq!(club.taken(0, 0).await, []);
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_json_is_refused_whatever_it_is() {
    let club = Club::open().await;
    let send = |body: &'static str| {
        club.send(club.request(Method::POST, 0, "/attempt").header("Content-Type", "application/json").body(body))
    };
    for body in ["", "{", "null", "[]", "\"text\"", "{\"courtId\":}", "{} {}", "{\"a\":1,}", "\u{feff}{}"] {
        let refused = send(body).await;
        refused.is(400, "malformed");
        assert!(!refused.pointers().is_empty(), "{body}: {refused:?}");
    }
    let deep: &'static str = Box::leak(format!("{}{}", "[".repeat(5000), "]".repeat(5000)).into_boxed_str());
    send(deep).await.is(400, "malformed");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_facilities_courts_and_members_are_404() {
    let club = Club::open().await;
    let start = tomorrow("10:00");
    for (change, code) in [
        (json!({"facilityId": "fac_none"}), "facility_not_found"),
        (json!({"courtId": "crt_none"}), "court_not_found"),
        (json!({"memberId": "mbr_none"}), "member_not_found"),
        // A slug is no id.
        (json!({"facilityId": "club-fac-1"}), "facility_not_found"),
    ] {
        club.attempt(1, &start, change).await.is(404, code);
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_facility_may_be_named_in_the_query_and_unknown_fields_do_not_matter() {
    let club = Club::open().await;
    let body = hour(&tomorrow("10:00"), json!({"facilityId": null, "colour": "blue"}));
    club.post(0, "/api/realtime/attempt?facilityId=fac_1", &body).await.ok();
    let refused = club.post(0, "/attempt?facilityId=fac:1", &body).await;
    refused.is(400, "malformed");
    assert_eq!(refused.pointers(), ["?facilityId"]);
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_that_is_no_answer_is_a_problem() {
    let club = Club::open().await;
    club.get(0, "/nowhere").await.is(404, "not_found");
    club.get(0, "/api/facilities/fac_1/nowhere").await.is(404, "not_found");
    club.get(0, "/attempt").await.is(405, "method_not_allowed");
    club.send(club.request(Method::PUT, 0, "/api/facilities")).await.is(405, "method_not_allowed");
    let typed = |kind: &str| club.request(Method::POST, 0, "/attempt").header("Content-Type", kind).body("a=b");
    club.send(typed("application/x-www-form-urlencoded")).await.is(415, "unsupported_media_type");
    club.send(typed("text/plain")).await.is(415, "unsupported_media_type");
    let large = json!({"notes": "x".repeat(70_000)});
    club.post(0, "/attempt", &large).await.is(413, "body_too_large");
    club.get(0, "/api/reservations/a%2Fb").await.is(400, "malformed");
    club.get(0, "/availability").await.is(400, "malformed");
    club.get(0, "/availability?facilityId=fac_1&date=tomorrow").await.is(400, "malformed");
    club.get(0, "/availability?facilityId=fac_1&courtId=crt_none").await.is(404, "court_not_found");
    club.get(0, "/availability?facilityId=fac_none").await.is(404, "facility_not_found");
    club.get(0, "/availability?facilityId=fac_1&consistency=maybe").await.is(400, "malformed");
    club.get(0, "/websocket?facilityId=fac_1").await.is(426, "upgrade_required");
    club.get(0, "/websocket?facilityId=fac_none").await.is(404, "facility_not_found");
    club.close().await;
}
