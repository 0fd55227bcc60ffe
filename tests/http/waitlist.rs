//! Joining, being offered, taking, declining and leaving, on any node.

use reqwest::Method;
use serde_json::{Value, json};

use crate::club::{Answer, Club, date, hour, tomorrow};

const PATH: &str = "/api/waitlist";

fn wish(member: &str, change: Value) -> Value {
    let mut body = json!({"facilityId": "fac_1", "memberId": member, "courtId": "crt_1", "preferredDate": date(1).to_string(),
        "preferredStartTime": "10:00", "preferredEndTime": "11:00", "durationMinutes": 60});
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// `crt_1` is booked at ten by `mbr_1`; the index of it.
async fn full(club: &Club) -> u64 {
    club.post(0, "/api/reservations", &hour(&tomorrow("10:00"), json!({"id": "rsv_1"}))).await.ok().index.unwrap()
}

async fn cancel(club: &Club, node: usize, id: &str) -> Answer {
    club.send(club.request(Method::DELETE, node, &format!("/api/reservations/{id}?facilityId=fac_1"))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_offered_what_becomes_free_and_takes_it() {
    let club = Club::open().await;
    full(&club).await;
    let first = club.post(1, PATH, &wish("mbr_2", json!({"id": "wl_2"}))).await.ok();
    assert_eq!((first.status, first.text("status"), &first.body["position"]), (201, "active".to_owned(), &json!(1)));
    for (field, value) in [
        ("courtId", json!("crt_1")),
        ("preferredStartTime", json!("10:00")),
        ("autoBook", json!(false)),
        ("notifyEmail", json!(true)),
        ("preferredEndTime", json!("11:00")),
        ("offerExpiresAt", Value::Null),
    ] {
        assert_eq!(first.body[field], value, "{field}");
    }
    let second = club.post(2, PATH, &wish("mbr_3", json!({"id": "wl_3"}))).await.ok();
    assert_eq!(second.body["position"], 2);
    let cancelled = cancel(&club, 1, "rsv_1").await.ok();
    let promotion = &cancelled.body["waitlistPromotion"];
    assert_eq!((&promotion["action"], &promotion["memberId"]), (&json!("offer_sent"), &json!("mbr_2")));
    let index = cancelled.index.unwrap();
    let offered = club.get(2, &format!("{PATH}/wl_2?minIndex={index}")).await.ok();
    assert_eq!(
        (offered.text("status"), &offered.body["offeredReservationId"]),
        ("offered".to_owned(), &promotion["reservationId"])
    );
    assert!(offered.body["offerExpiresAt"].is_string());
    // It is nobody else's meanwhile, and declined it goes to the next at once.
    let other = hour(&tomorrow("10:00"), json!({}));
    club.post(0, "/attempt", &other).await.is(409, "slot_taken");
    let answer = |id: &str, member: &str| json!({"waitlistId": id, "memberId": member});
    club.post(0, &format!("{PATH}/accept"), &answer("wl_2", "mbr_3")).await.is(403, "not_yours");
    club.post(0, &format!("{PATH}/accept"), &answer("wl_3", "mbr_3")).await.is(409, "no_active_offer");
    club.post(0, &format!("{PATH}/accept"), &answer("wl_none", "mbr_3")).await.is(404, "waitlist_not_found");
    let declined = club.post(1, &format!("{PATH}/decline"), &answer("wl_2", "mbr_2")).await.ok();
    assert_eq!(declined.body, json!({"success": true}));
    let taken = club.post(2, &format!("{PATH}/accept"), &answer("wl_3", "mbr_3")).await.ok();
    let again =
        club.post(0, &format!("{PATH}/accept?minIndex={}", taken.index.unwrap()), &answer("wl_3", "mbr_3")).await.ok();
    assert_eq!((&taken.body["success"], &again.body), (&json!(true), &taken.body));
    let refused = club.post(0, &format!("{PATH}/accept"), &answer("wl_2", "mbr_2")).await;
    refused.is(409, "no_active_offer");
    assert_eq!(refused.body["success"], false);
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_it_booked_has_it_booked_and_who_leaves_is_gone() {
    let club = Club::open().await;
    full(&club).await;
    club.post(0, PATH, &wish("mbr_2", json!({"id": "wl_2"}))).await.ok();
    club.post(
        0,
        PATH,
        &wish(
            "mbr_3",
            json!({"id": "wl_3", "autoBook": true, "courtId": null, "courtType": "tennis",
        "preferredStartTime": "10:00"}),
        ),
    )
    .await
    .ok();
    let left = club.send(club.request(Method::DELETE, 1, &format!("{PATH}/wl_2?facilityId=fac_1"))).await;
    assert_eq!(left.status, 204, "{left:?}");
    let list = club.get(2, &format!("{PATH}?facility=fac_1&minIndex={}", left.index.unwrap())).await.ok();
    let shown: Vec<(&str, &str)> = list.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["id"].as_str().unwrap(), item["status"].as_str().unwrap()))
        .collect();
    assert_eq!(shown[0], ("wl_2", "cancelled"));
    let open = club.get(2, &format!("{PATH}?facility=fac_1&status=active,offered,converted&member=mbr_3")).await.ok();
    assert_eq!(open.body["items"].as_array().unwrap().len(), 1);
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ranked_list_says_who_would_get_it_and_why() {
    let club = Club::open().await;
    full(&club).await;
    club.post(0, PATH, &wish("mbr_2", json!({"id": "wl_2"}))).await.ok();
    let last = club.post(0, PATH, &wish("mbr_3", json!({"id": "wl_3", "priority": 5}))).await.ok();
    let path = format!(
        "{PATH}/ranking?facility=fac_1&court=crt_1&startTime={}&endTime={}&minIndex={}",
        tomorrow("10:00"),
        tomorrow("11:00"),
        last.index.unwrap()
    );
    for node in 0..3 {
        let ranking = club.get(node, &path).await.ok();
        let ids: Vec<&str> =
            ranking.body["ranked"].as_array().unwrap().iter().map(|one| one["waitlistId"].as_str().unwrap()).collect();
        assert_eq!(ids, ["wl_3", "wl_2"]);
        let first = &ranking.body["ranked"][0];
        assert_eq!(
            (&first["priority"], &first["courtMatch"], &first["distanceMinutes"]),
            (&json!(5), &json!("court"), &json!(0))
        );
        assert!(first["fate"].is_string());
    }
    club.get(0, &format!("{PATH}/ranking?facility=fac_1&court=crt_1")).await.is(400, "malformed");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_wish_is_refused_with_its_places() {
    let club = Club::open().await;
    for (change, pointers) in [
        (json!({"preferredDate": "soon"}), vec!["/preferredDate"]),
        (json!({"preferredStartTime": "9:00"}), vec!["/preferredStartTime"]),
        (json!({"preferredEndTime": "25:00"}), vec!["/preferredEndTime"]),
        (json!({"courtType": "golf"}), vec!["/courtType"]),
        (json!({"durationMinutes": 0}), vec!["/durationMinutes"]),
        (json!({"priority": 1001}), vec!["/priority"]),
        (json!({"id": "a b", "memberId": "c d"}), vec!["/id", "/memberId"]),
    ] {
        let refused = club.post(1, PATH, &wish("mbr_2", change.clone())).await;
        refused.is(400, "malformed");
        assert_eq!(refused.pointers(), pointers, "{change}");
    }
    club.post(1, PATH, &wish("mbr_none", json!({}))).await.is(404, "member_not_found");
    club.post(1, PATH, &wish("mbr_2", json!({"preferredDate": date(90).to_string()}))).await.is(409, "outside_hours");
    // A day on which the clocks change, wherever it lies.
    club.make("fac_2", json!({"timezone": "America/Los_Angeles"})).await;
    let on = |day: &str, clock: &str| {
        let body = wish("mbr_2", json!({"facilityId": "fac_2", "preferredDate": day, "preferredStartTime": clock}));
        let club = &club;
        async move { club.post(2, PATH, &body).await }
    };
    let gap = on("2027-03-14", "02:30").await;
    gap.is(400, "local_time_nonexistent");
    assert_eq!(gap.pointers(), ["/preferredStartTime"]);
    on("2027-11-07", "01:30").await.is(400, "local_time_ambiguous");
    on("2027-11-07", "01:30-08:00").await.is(409, "outside_hours");
    club.close().await;
}
