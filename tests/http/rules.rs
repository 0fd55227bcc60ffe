//! The rules of an attempt, told all at once.

use serde_json::json;

use crate::club::{Club, date, hour, tomorrow};

#[tokio::test(flavor = "multi_thread")]
async fn all_broken_rules_are_told_in_their_order() {
    let club = Club::open().await;
    let past = format!("{}T10:00:00Z", chrono::Utc::now().date_naive() - chrono::Days::new(2));
    let refused = club.attempt(0, &past, json!({"durationMinutes": 7})).await;
    refused.is(409, "past_time");
    assert_eq!(refused.conflicts()[0], "past_time");
    assert!(refused.conflicts().contains(&"invalid_duration"), "{refused:?}");
    let first = &refused.body["conflicts"][0];
    assert_eq!(first["details"]["startTime"], past);
    assert!(first["message"].is_string());
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn durations_and_hours_are_the_clubs() {
    let always = json!([{"open": "08:00", "close": "20:00"}]);
    let week: serde_json::Value =
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|name| (name, always.clone())).into_iter().collect();
    let club = Club::with(json!({"openingHours": week})).await;
    for minutes in [30, 61, 180] {
        club.attempt(0, &tomorrow("10:00"), json!({"durationMinutes": minutes})).await.is(409, "invalid_duration");
    }
    for start in ["07:00", "19:30", "20:00"] {
        club.attempt(0, &tomorrow(start), json!({"durationMinutes": 60})).await.is(409, "outside_hours");
    }
    club.attempt(0, &tomorrow("19:00"), json!({})).await.ok();
    // Beyond the window, and beyond the calendar there are no hours.
    let far = club.attempt(0, &format!("{}T10:00:00Z", date(400)), json!({})).await;
    far.is(409, "advance_booking");
    assert_eq!(far.conflicts(), ["advance_booking", "outside_hours"]);
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_holds_as_many_slots_as_allowed() {
    let club = Club::with(json!({"limits": {"maxHolds": 2}})).await;
    for start in ["10:00", "12:00"] {
        club.attempt(0, &tomorrow(start), json!({})).await.ok();
    }
    let refused = club.attempt(1, &tomorrow("14:00"), json!({})).await;
    refused.is(409, "hold_limit");
    assert_eq!(refused.body["conflicts"][0]["details"], json!({"holds": 2, "limit": 2}));
    club.attempt(1, &tomorrow("14:00"), json!({"memberId": "mbr_2"})).await.ok();
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_inactive_takes_no_bookings() {
    let club = Club::open().await;
    let court = json!({"id": "crt_closed", "name": "Closed", "courtType": "padel", "active": false});
    club.post(0, "/api/facilities/fac_1/courts", &court).await.ok();
    club.attempt(0, &tomorrow("10:00"), json!({"courtId": "crt_closed"})).await.is(409, "court_inactive");
    club.make("fac_2", json!({"status": "inactive"})).await;
    let body = hour(&tomorrow("10:00"), json!({"facilityId": "fac_2"}));
    club.post(1, "/attempt", &body).await.is(409, "facility_inactive");
    club.close().await;
}
