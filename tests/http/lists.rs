//! The list of reservations: newest first, narrowed, page by page, the same on every node.

use serde_json::{Value, json};

use crate::club::{Answer, Club, date, hour, tomorrow};

fn ids(answer: &Answer) -> Vec<&str> {
    answer.body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

/// Holds and confirms an hour under a name of its own; the log index of it.
async fn book(club: &Club, id: &str, start: &str, change: Value) -> u64 {
    let held = club.post(0, "/attempt", &hour(start, change.clone())).await.ok();
    let facility = change["facilityId"].as_str().unwrap_or("fac_1");
    let body = json!({"facilityId": facility, "holdId": held.body["holdId"], "reservationId": id});
    club.post(1, "/confirm", &body).await.ok().index.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn reservations_are_listed_newest_first_and_narrowed() {
    let club = Club::with(json!({"limits": {"maxActiveReservations": null}})).await;
    book(&club, "rsv_a", &tomorrow("10:00"), json!({})).await;
    book(&club, "rsv_b", &tomorrow("12:00"), json!({"courtId": "crt_2"})).await;
    book(&club, "rsv_c", &tomorrow("10:00"), json!({"courtId": "crt_2", "memberId": "mbr_2"})).await;
    book(&club, "rsv_d", &format!("{}T08:00:00Z", date(2)), json!({})).await;
    let cancel =
        json!({"facilityId": "fac_1", "courtId": "crt_2", "startTime": tomorrow("10:00"), "reservationId": "rsv_c"});
    let index = club.post(0, "/cancel", &cancel).await.ok().index.unwrap();
    let cases = [
        (String::new(), vec!["rsv_d", "rsv_b", "rsv_a", "rsv_c"]),
        ("&member=mbr_1".to_owned(), vec!["rsv_d", "rsv_b", "rsv_a"]),
        ("&court=crt_2".to_owned(), vec!["rsv_b", "rsv_c"]),
        ("&status=cancelled".to_owned(), vec!["rsv_c"]),
        ("&status=cancelled,pending".to_owned(), vec!["rsv_c"]),
        (format!("&date={}", date(2)), vec!["rsv_d"]),
        (format!("&date={}&member=mbr_2", date(1)), vec!["rsv_c"]),
        ("&member=mbr_none".to_owned(), vec![]),
    ];
    for node in 0..3 {
        for (query, expected) in &cases {
            let list = club.get(node, &format!("/api/reservations?facility=fac_1&minIndex={index}{query}")).await.ok();
            assert_eq!(ids(&list), *expected, "{query} on node {node}");
            assert!(list.index.unwrap() >= index);
        }
    }
    let whole = club.get(0, "/api/reservations?facility=fac_1&limit=1").await.ok();
    let item = &whole.body["items"][0];
    assert_eq!(
        (&item["status"], &item["paymentStatus"], &item["durationMinutes"]),
        (&json!("confirmed"), &json!("none"), &json!(60))
    );
    assert_eq!(
        (&item["memberName"], &item["participants"], &item["checkedInAt"]),
        (&json!("mbr_1"), &json!([]), &Value::Null)
    );
    for query in ["status=asleep", "status=confirmed,", "member=a%3Ab", "date=x", "cursor=x", "cursor=1.2", "limit=0"] {
        club.get(0, &format!("/api/reservations?facility=fac_1&{query}")).await.is(400, "malformed");
    }
    club.get(0, "/api/reservations?facility=fac_none").await.is(404, "facility_not_found");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_follows_the_one_before_though_something_is_booked_in_between() {
    let club = Club::with(json!({"limits": {"maxActiveReservations": null}})).await;
    club.make("fac_2", json!({})).await;
    for (id, clock) in [("rsv_1", "01:00"), ("rsv_2", "03:00"), ("rsv_3", "05:00")] {
        book(&club, id, &tomorrow(clock), json!({})).await;
    }
    let last = book(&club, "rsv_2", &tomorrow("03:00"), json!({"facilityId": "fac_2", "memberId": "mbr_2"})).await;
    for node in 0..3 {
        club.get(node, &format!("/api/facilities/fac_2?minIndex={last}")).await.ok();
    }
    let first = club.get(0, "/api/reservations?limit=2").await.ok();
    assert_eq!(ids(&first), ["rsv_3", "rsv_2"]);
    let newer = book(&club, "rsv_new", &tomorrow("20:00"), json!({})).await;
    club.get(1, &format!("/api/facilities/fac_1?minIndex={newer}")).await.ok();
    let cursor = first.text("nextCursor");
    let second = club.get(1, &format!("/api/reservations?limit=2&cursor={cursor}")).await.ok();
    assert_eq!(ids(&second), ["rsv_2", "rsv_1"]);
    assert_eq!((&second.body["items"][0]["facilityId"], &second.body["nextCursor"]), (&json!("fac_2"), &Value::Null));
    club.close().await;
}
