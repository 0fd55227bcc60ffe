//! Facilities, courts, members, imports, and the pages of operations.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::club::{Club, tomorrow};

#[tokio::test(flavor = "multi_thread")]
async fn a_facility_is_made_with_the_originals_defaults_and_read_by_slug_on_any_node() {
    let club = Club::open().await;
    let made =
        club.post(1, "/api/facilities", &json!({"name": "The Stack", "timezone": "America/Los_Angeles"})).await.ok();
    assert_eq!((made.status, made.text("slug")), (201, "the-stack".to_owned()));
    assert!(made.text("id").starts_with("fac_"));
    assert_eq!(made.body["openingHours"]["mon"], json!([{"open": "06:00", "close": "22:00"}]));
    assert_eq!((&made.body["slotMinutes"], &made.body["holdSeconds"]), (&json!(60), &json!(15)));
    let read = club.eventually("the slug is known", || async {
        let answer = club.get(2, "/api/facilities/the-stack").await;
        (answer.status == 200).then_some(answer)
    });
    assert_eq!(read.await.body, made.body);
    // A second club of that name gets another slug; a slug that was asked for is refused.
    let twin = club.post(0, "/api/facilities", &json!({"name": "The Stack", "timezone": "UTC"})).await.ok();
    assert!(twin.text("slug").starts_with("the-stack-"), "{twin:?}");
    let taken = json!({"name": "X", "slug": "the-stack", "timezone": "UTC"});
    club.post(0, "/api/facilities", &taken).await.is(409, "slug_taken");
    let same = json!({"id": "fac_1", "name": "Other", "timezone": "UTC"});
    club.post(0, "/api/facilities", &same).await.is(409, "facility_exists");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_facility_is_refused_with_its_places() {
    let club = Club::open().await;
    let body = json!({"timezone": "Mars/Base", "slotMinutes": 0, "openingHours": {"someday": []}});
    let refused = club.post(0, "/api/facilities", &body).await;
    refused.is(400, "malformed");
    let places: BTreeSet<&str> = refused.pointers().into_iter().collect();
    assert_eq!(places, BTreeSet::from(["/name", "/timezone", "/slotMinutes", "/openingHours/someday"]));
    let status = club.post(0, "/api/facilities", &json!({"name": "C", "timezone": "UTC", "status": "asleep"})).await;
    assert_eq!((status.status, status.pointers()), (400, vec!["/status"]));
    let court = club.post(0, "/api/facilities/fac_1/courts", &json!({"name": "C", "courtType": "golf"})).await;
    assert_eq!((court.status, court.pointers()), (400, vec!["/courtType"]));
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_in_pages() {
    let club = Club::open().await;
    for at in 0..5 {
        club.post(0, "/api/facilities/fac_1/members", &json!({"id": format!("m{at}"), "name": "M"})).await.ok();
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = club.get(0, &format!("/api/facilities/fac_1/members?limit=3{cursor}")).await.ok();
        let ids = page.body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned());
        seen.extend(ids);
        let Some(next) = page.body["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ["m0", "m1", "m2", "m3", "m4", "mbr_1", "mbr_2", "mbr_3"]);
    for limit in ["0", "201", "x"] {
        club.get(0, &format!("/api/facilities?limit={limit}")).await.is(400, "malformed");
    }
    let courts = club.get(0, "/api/facilities/fac_1/courts?limit=1").await.ok();
    assert_eq!((&courts.body["items"][0]["id"], &courts.body["nextCursor"]), (&json!("crt_1"), &json!("crt_1")));
    assert_eq!(club.get(0, "/api/facilities/fac_1/courts/crt_2").await.ok().text("courtType"), "tennis");
    assert_eq!(club.get(0, "/api/facilities/fac_1/members/mbr_2").await.ok().text("status"), "active");
    club.get(0, "/api/facilities/fac_1/members/nobody").await.is(404, "member_not_found");
    let twice = json!({"id": "mbr_1", "name": "Another"});
    club.post(0, "/api/facilities/fac_1/members", &twice).await.is(409, "member_exists");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn imported_reservations_are_facts_that_only_an_overlap_refuses() {
    let club = Club::open().await;
    let import = |id: &str, start: String, end: String| json!({"id": id, "courtId": "crt_1", "memberId": "mbr_1", "startTime": start, "endTime": end});
    let first = import("old_1", tomorrow("10:07"), tomorrow("11:13"));
    let over = import("old_2", tomorrow("11:00"), tomorrow("12:00"));
    let unknown = json!({"id": "old_3", "courtId": "crt_none", "memberId": "mbr_1", "startTime": tomorrow("13:00"), "endTime": tomorrow("14:00")});
    let path = "/api/facilities/fac_1/imports/reservations";
    let imported = club.post(1, path, &json!({"reservations": [first, unknown]})).await.ok();
    let outcomes = |answer: &Value| -> Vec<String> {
        answer["results"].as_array().unwrap().iter().map(|one| one["outcome"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(outcomes(&imported.body), ["imported", "refused"]);
    assert_eq!(imported.body["results"][1]["code"], "court_not_found");
    let again = club.post(2, path, &json!({"reservations": [over, first]})).await.ok();
    assert_eq!(again.body["results"][0]["code"], "slot_taken");
    assert_eq!(again.body["results"][0]["conflicts"][0]["type"], "time_overlap");
    assert_eq!(outcomes(&again.body), ["refused", "exists"]);
    assert_eq!(club.taken(0, again.index.unwrap()).await.len(), 1);
    let broken = json!({"reservations": [import("a:b", tomorrow("10:00"), "x".to_owned())]});
    let refused = club.post(0, path, &broken).await;
    assert_eq!(refused.pointers(), ["/reservations/0/id", "/reservations/0/endTime"]);
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_has_every_route_and_the_pages_are_there() {
    let club = Club::open().await;
    let document = club.get(0, "/openapi.json").await.ok().body;
    let paths = document["paths"].as_object().unwrap();
    for path in [
        "/attempt",
        "/confirm",
        "/release",
        "/cancel",
        "/availability",
        "/websocket",
        "/api/realtime/attempt",
        "/api/realtime/confirm",
        "/api/realtime/websocket",
        "/api/reservations/{id}",
        "/api/facilities",
        "/api/facilities/{id}",
        "/api/facilities/{id}/courts",
        "/api/facilities/{id}/courts/{courtId}",
        "/api/facilities/{id}/members",
        "/api/facilities/{id}/members/{memberId}",
        "/api/facilities/{id}/events",
        "/api/facilities/{id}/imports/reservations",
        "/api/cluster",
        "/livez",
        "/readyz",
        "/metrics",
        "/",
    ] {
        assert!(paths.contains_key(path), "{path} is not in the document");
    }
    let mut operations = BTreeSet::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                !responses.is_empty() && responses.values().all(|one| one["description"].is_string()),
                "{method} {path}"
            );
            assert!(operations.insert(operation["operationId"].as_str().unwrap().to_owned()), "{method} {path}");
        }
    }
    for path in ["/", "/docs/", "/metrics", "/livez", "/readyz"] {
        club.get(1, path).await.ok();
    }
    let figures = club.request(reqwest::Method::GET, 1, "/metrics").send().await.unwrap().text().await.unwrap();
    assert!(figures.contains("courtd_http_requests_total"), "{figures}");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_nodes_show_the_same_cluster_and_the_same_digest() {
    let club = Club::open().await;
    let booked = club.book(&tomorrow("10:00")).await;
    // What is told of the booking goes on in the log for a moment.
    let seen = club
        .eventually("all nodes have the same digest", || async {
            let mut seen = BTreeSet::new();
            for node in 0..3 {
                club.taken(node, booked.index.unwrap()).await;
                seen.insert(digest(&club, node).await);
            }
            (seen.len() == 1).then_some(seen)
        })
        .await;
    assert!(seen.first().unwrap().0 >= booked.index.unwrap());
    club.close().await;
}

/// Where a node stands, and the digest of its replica there.
async fn digest(club: &Club, node: usize) -> (u64, String) {
    let view = club.get(node, "/api/cluster").await.ok().body;
    assert_eq!((&view["clusterId"], &view["canLose"]), (&json!("dev"), &json!(1)), "{view}");
    assert_eq!(view["nodes"].as_array().unwrap().len(), 3);
    let group = &view["groups"][0];
    assert_eq!((&group["facilityId"], group["replicas"].as_array().unwrap().len()), (&json!("fac_1"), 3));
    assert!(group["leader"].is_u64(), "{group}");
    (group["appliedIndex"].as_u64().unwrap(), group["digest"].as_str().unwrap().to_owned())
}
