//! Calling a reservation off.

use reqwest::Method;
use serde_json::json;

use crate::club::{Club, date, tomorrow};

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_needs_the_id_and_the_slot_to_belong_together() {
    let club = Club::open().await;
    let booked = club.book(&tomorrow("10:00")).await;
    let cancel = |start: String, id: serde_json::Value| json!({"facilityId": "fac_1", "courtId": "crt_1", "startTime": start, "reservationId": id});
    let mine = booked.body["reservationId"].clone();
    club.post(0, "/cancel", &cancel(tomorrow("11:00"), mine.clone())).await.is(404, "slot_mismatch");
    club.post(1, "/cancel", &cancel(tomorrow("10:00"), json!("rsv_other"))).await.is(404, "reservation_not_found");
    assert_eq!(club.taken(2, booked.index.unwrap()).await.len(), 1);

    let cancelled = club.post(1, "/cancel", &cancel(tomorrow("10:00"), mine)).await.ok();
    assert_eq!((&cancelled.body["success"], cancelled.text("status")), (&json!(true), "cancelled".into()));
    assert_eq!(cancelled.body["policyCheck"]["allowed"], true);
    assert_eq!(cancelled.body["waitlistPromotion"], json!(null));
    assert!(cancelled.body.as_object().unwrap().contains_key("waitlistPromotion"));
    assert_eq!(club.taken(2, cancelled.index.unwrap()).await, []);
    // What the original never allowed again.
    club.attempt(2, &tomorrow("10:00"), json!({"memberId": "mbr_2"})).await.ok();
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_says_what_a_late_cancellation_costs() {
    let policy = json!({"cancellation": {"hours": 48, "feeCents": 500, "penaltyCredits": 2}});
    let club = Club::with(policy).await;
    for (day, within, fee) in [(1, false, 500), (5, true, 0)] {
        let start = format!("{}T00:00:00Z", date(day));
        let booked = club.book(&start).await;
        let path = format!("/api/reservations/{}", booked.text("reservationId"));
        let cancelled = club.send(club.request(Method::DELETE, 0, &path).json(&json!({"reason": "rain"}))).await.ok();
        // The operator of an open node is no member: the policy is shown, and charged to members only.
        let check = &cancelled.body["policyCheck"];
        assert_eq!((&check["withinPolicy"], check["reason"].is_string()), (&json!(within), !within), "{check}");
        assert!(check["hoursBeforeStart"].as_f64().unwrap() <= 24.0 * f64::from(u32::try_from(day).unwrap()));
        assert!(check["feeCents"] == json!(fee) || check["feeCents"] == json!(0), "{check}");
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_is_called_off_by_its_own_address_without_a_body() {
    let club = Club::open().await;
    let booked = club.book(&tomorrow("10:00")).await;
    let path = format!("/api/reservations/{}?facilityId=fac_1", booked.text("reservationId"));
    let cancelled = club.send(club.request(Method::DELETE, 0, &path)).await.ok();
    assert_eq!(cancelled.text("status"), "cancelled");
    let after = club.get(1, &format!("{path}&minIndex={}", cancelled.index.unwrap())).await.ok();
    assert_eq!((after.text("status"), after.body["cancelledAt"].is_string()), ("cancelled".into(), true));
    club.send(club.request(Method::DELETE, 0, "/api/reservations/rsv_none")).await.is(404, "reservation_not_found");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_two_clubs_share_asks_which_is_meant() {
    let club = Club::open().await;
    club.make("fac_2", json!({})).await;
    for facility in ["fac_1", "fac_2"] {
        club.attempt(0, &tomorrow("10:00"), json!({"facilityId": facility})).await.ok();
        let body = json!({"facilityId": facility, "courtId": "crt_1", "startTime": tomorrow("10:00"), "reservationId": "shared"});
        let confirmed = club.post(0, "/confirm", &body).await.ok();
        let path = format!("/availability?facilityId={facility}&minIndex={}", confirmed.index.unwrap());
        club.get(1, &path).await.ok();
    }
    club.get(1, "/api/reservations/shared").await.is(409, "ambiguous_id");
    let named = club.get(1, "/api/reservations/shared?facilityId=fac_2").await.ok();
    assert_eq!(named.text("facilityId"), "fac_2");
    club.close().await;
}
