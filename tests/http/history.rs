//! The history: everything that happened, in order, the same on every node and after a restart.

use std::collections::HashSet;

use courtd::Access;
use serde_json::{Value, json};

use crate::club::{Answer, Club, tomorrow};

/// All items, page by page, from one node.
async fn whole(club: &Club, node: usize, query: &str, limit: usize) -> Vec<Value> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/facilities/fac_1/history?limit={limit}{query}{cursor}");
        let page = club.get(node, &path).await.ok();
        let on_page = page.body["items"].as_array().unwrap();
        assert!(on_page.len() <= limit, "{page:?}");
        items.extend(on_page.iter().cloned());
        match page.body["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

async fn book_and_cancel(club: &Club) -> Answer {
    let held = club.attempt(0, &tomorrow("10:00"), json!({})).await.ok();
    let reservation = held.text("reservationId");
    let confirm = json!({"facilityId": "fac_1", "holdId": held.text("holdId")});
    club.post(1, "/confirm", &confirm).await.ok();
    let path = format!("/api/reservations/{reservation}?facilityId=fac_1");
    let reason = json!({"reason": "Ana is ill"});
    club.request(reqwest::Method::DELETE, 2, &path).json(&reason).send().await.unwrap();
    club.get(0, &format!("{path}&consistency=linearizable")).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_told_by_every_node_and_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let club = Club::kept(data.path()).await;
    club.make("fac_1", json!({})).await;
    // Whoever is told nothing leaves a history that ends with what was asked for.
    let quiet = club.request(reqwest::Method::PATCH, 0, "/api/facilities/fac_1/members/mbr_1");
    club.send(quiet.json(&json!({"preferences": {"notificationEmail": false}}))).await.ok();
    let cancelled = book_and_cancel(&club).await;
    let (index, reservation) = (cancelled.index.unwrap(), cancelled.body["id"].clone());
    assert_eq!(cancelled.body["status"], "cancelled");

    let told = whole(&club, 0, &format!("&minIndex={index}"), 200).await;
    let words: Vec<&str> = told.iter().map(|item| item["event"].as_str().unwrap()).collect();
    assert_eq!(words.first(), Some(&"facility_created"));
    assert_eq!(words[words.len() - 3..], ["hold_placed", "reservation_confirmed", "reservation_cancelled"]);
    let last = told.last().unwrap();
    assert_eq!((&last["reservationId"], &last["cancellationReason"]), (&reservation, &json!("Ana is ill")));
    assert_eq!(
        (&last["memberId"], &last["courtId"], &last["status"]),
        (&json!("mbr_1"), &json!("crt_1"), &json!("cancelled"))
    );
    assert_eq!(last["actor"], json!({"kind": "operator", "id": "open"}));
    assert!(last["index"].as_u64().unwrap() <= index && last["at"].as_str().unwrap().ends_with('Z'));
    let cursors: HashSet<&str> = told.iter().map(|item| item["cursor"].as_str().unwrap()).collect();
    assert_eq!(cursors.len(), told.len(), "each has a place of its own");
    assert!(!json!(told).to_string().contains("someone@example.org"), "nobody's address is in it");

    for (node, limit) in [(1, 2), (2, 3)] {
        assert_eq!(whole(&club, node, &format!("&minIndex={index}"), limit).await, told, "node {node}");
    }
    let since = told[told.len() - 3]["cursor"].as_str().unwrap();
    assert_eq!(whole(&club, 1, &format!("&since={since}"), 1).await, told[told.len() - 2..]);
    assert_eq!(whole(&club, 1, &format!("&since={index}"), 5).await, Vec::<Value>::new());

    club.close().await;
    let club = Club::kept(data.path()).await;
    for node in 0..3 {
        club.eventually("the facility serves again", || async {
            let path = format!("/api/facilities/fac_1?minIndex={index}");
            (club.get(node, &path).await.status == 200).then_some(())
        })
        .await;
        assert_eq!(whole(&club, node, &format!("&minIndex={index}"), 4).await, told, "node {node}");
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_not_for_everybody_and_its_places_are_cursors() {
    let closed = Club::empty(Access::closed()).await;
    closed.get(0, "/api/facilities/fac_1/history").await.is(401, "unauthorized");
    closed.close().await;
    let club = Club::open().await;
    club.get(0, "/api/facilities/fac_9/history").await.is(404, "facility_not_found");
    for bad in ["since=soon", "cursor=1.x", "limit=0", "minIndex=-1"] {
        club.get(0, &format!("/api/facilities/fac_1/history?{bad}")).await.is(400, "malformed");
    }
    club.close().await;
}
