//! Blocks and series: what recurs by the wall clock, and what is in its way.

use reqwest::Method;
use serde_json::{Value, json};

use crate::club::{Answer, Club, date, hour, tomorrow};

const PATH: &str = "/api/facilities/fac_1/blocks";

fn block(change: Value) -> Value {
    let mut body = json!({"id": "blk_1", "courtId": "crt_1", "kind": "maintenance", "startTime": tomorrow("10:00"),
        "endTime": tomorrow("12:00"), "title": "New net"});
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn starts(answer: &Answer, field: &str) -> Vec<String> {
    answer.body[field].as_array().unwrap().iter().map(|time| time["startTime"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_takes_its_court_for_maintenance_until_it_is_taken_away() {
    let club = Club::open().await;
    let placed = club.post(1, PATH, &block(json!({}))).await.ok();
    assert_eq!(
        (placed.status, &placed.body["mode"], &placed.body["recurrenceRule"]),
        (201, &json!("reject"), &Value::Null)
    );
    let refused = club.attempt(2, &tomorrow("11:00"), json!({})).await;
    refused.is(409, "slot_taken");
    assert_eq!(
        (&refused.body["currentStatus"], &refused.body["error"]),
        (&json!("maintenance"), &json!("Slot maintenance"))
    );
    assert_eq!(refused.conflicts(), ["blocked_period"]);
    let grid = club
        .get(
            0,
            &format!(
                "/api/availability?facility=fac_1&court=crt_1&date={}&minIndex={}",
                date(1),
                placed.index.unwrap()
            ),
        )
        .await
        .ok();
    let statuses: Vec<&Value> =
        grid.body["courts"][0]["slots"].as_array().unwrap()[9..13].iter().map(|slot| &slot["status"]).collect();
    assert_eq!(statuses, ["available", "maintenance", "maintenance", "available"]);
    assert_eq!(
        club.taken(0, placed.index.unwrap()).await,
        [("crt_1".to_owned(), tomorrow("10:00"), "maintenance".to_owned())]
    );
    let again = club.post(2, PATH, &block(json!({}))).await.ok();
    assert_eq!(again.body["id"], "blk_1");
    club.post(2, PATH, &block(json!({"title": "Other"}))).await.is(409, "block_exists");
    let delete = |node, query: &'static str| club.send(club.request(Method::DELETE, node, &format!("{PATH}{query}")));
    let gone = delete(1, "/blk_1").await;
    assert_eq!(gone.status, 204, "{gone:?}");
    club.get(0, &format!("{PATH}/blk_1?minIndex={}", gone.index.unwrap())).await.is(404, "block_not_found");
    assert_eq!(delete(2, "?blockId=blk_1").await.status, 204);
    delete(0, "").await.is(400, "malformed");
    club.attempt(2, &tomorrow("11:00"), json!({})).await.ok();
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_the_way_refuses_is_left_out_or_is_displaced() {
    let club = Club::open().await;
    club.post(0, "/api/reservations", &hour(&tomorrow("10:00"), json!({"id": "rsv_1"}))).await.ok();
    let refused = club.post(1, PATH, &block(json!({}))).await;
    refused.is(409, "in_the_way");
    assert_eq!(refused.body["conflicts"][0]["details"]["reservationId"], "rsv_1");
    let skipping = json!({"id": "blk_skip", "mode": "skip", "recurrenceRule": "FREQ=DAILY;COUNT=3"});
    let skipped = club.post(2, PATH, &block(skipping)).await.ok();
    assert_eq!(starts(&skipped, "skipped"), [tomorrow("10:00")]);
    assert_eq!(starts(&skipped, "times"), [2, 3].map(|day| format!("{}T10:00:00Z", date(day))));
    assert_eq!(skipped.body["recurrenceRule"], "FREQ=DAILY;COUNT=3");
    let displaced = club.post(0, PATH, &block(json!({"id": "blk_force", "mode": "displace"}))).await.ok();
    let path = format!("/api/reservations/rsv_1?facilityId=fac_1&minIndex={}", displaced.index.unwrap());
    assert_eq!(club.get(1, &path).await.ok().text("status"), "cancelled");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn extra_hours_are_on_the_grid_of_their_court_and_can_be_booked() {
    let hours = json!([{"open": "08:00", "close": "10:00"}]);
    let week: Value =
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|day| (day, hours.clone())).into_iter().collect();
    let club = Club::with(json!({"openingHours": week})).await;
    let extra = json!({"kind": "extended", "startTime": tomorrow("09:30"), "endTime": tomorrow("12:30")});
    let placed = club.post(1, PATH, &block(extra)).await.ok();
    let path = format!("/api/availability?facility=fac_1&date={}&minIndex={}", date(1), placed.index.unwrap());
    let grid = club.get(2, &path).await.ok();
    let of_court = |at: usize| -> Vec<&str> {
        let slots = grid.body["courts"][at]["slots"].as_array().unwrap();
        slots.iter().map(|slot| slot["startTime"].as_str().unwrap()).collect()
    };
    assert_eq!(of_court(0), ["08:00", "09:00", "10:30", "11:30"].map(tomorrow));
    assert_eq!(of_court(1), ["08:00", "09:00"].map(tomorrow));
    club.post(0, "/api/reservations", &hour(&tomorrow("10:30"), json!({}))).await.ok();
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_recurs_loses_one_time_or_all_that_follow() {
    let club = Club::open().await;
    let placed = club.post(0, PATH, &block(json!({"courtId": null, "recurrenceRule": "freq=daily"}))).await.ok();
    assert!(starts(&placed, "times").len() > 30, "up to the end of the calendar: {placed:?}");
    let at = |day: u64| format!("{}T10:00:00Z", date(day));
    let delete = |query: String| club.send(club.request(Method::DELETE, 1, &format!("{PATH}/blk_1?{query}")));
    assert_eq!(delete(format!("scope=one&startTime={}", at(2))).await.status, 204);
    let last = delete(format!("scope=following&startTime={}", at(4))).await;
    let left = club.get(2, &format!("{PATH}/blk_1?minIndex={}", last.index.unwrap())).await.ok();
    assert_eq!(starts(&left, "times"), [at(1), at(3)]);
    assert_eq!(left.body["recurrenceRule"], Value::Null, "it does not go on");
    let list = club.get(2, &format!("{PATH}?date={}&court=crt_2", date(3))).await.ok();
    assert_eq!(list.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(club.get(2, &format!("{PATH}?date={}", date(2))).await.ok().body["items"], json!([]));
    for (change, pointer) in [
        (json!({"recurrenceRule": "FREQ=HOURLY"}), "/recurrenceRule"),
        (json!({"recurrenceRule": "often"}), "/recurrenceRule"),
        (json!({"kind": "party"}), "/kind"),
        (json!({"mode": "politely"}), "/mode"),
        (json!({"endTime": tomorrow("10:00")}), "/endTime"),
    ] {
        let refused = club.post(1, PATH, &block(change.clone())).await;
        assert_eq!((refused.status, refused.pointers()), (400, vec![pointer]), "{change}");
    }
    delete("scope=some".to_owned()).await.is(400, "malformed");
    delete("scope=one".to_owned()).await.is(400, "malformed");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_is_booked_date_by_date_and_called_off_from_a_date_on() {
    let club = Club::with(json!({"limits": {"maxActiveReservations": null}})).await;
    let path = "/api/reservations/series";
    club.post(0, "/api/reservations", &hour(&format!("{}T10:00:00Z", date(2)), json!({"memberId": "mbr_2"})))
        .await
        .ok();
    let series = |change: Value| {
        let mut body = hour(&tomorrow("10:00"), json!({"recurrenceRule": "FREQ=DAILY;COUNT=3", "id": "ser_1"}));
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let refused = club.post(1, path, &series(json!({}))).await;
    refused.is(409, "series_refused");
    assert_eq!(refused.conflicts(), ["time_overlap"]);
    assert_eq!(refused.body["conflicts"][0]["details"]["occurrence"], format!("{}T10:00:00Z", date(2)));
    let booked = club.post(2, path, &series(json!({"onConflict": "skip", "joinWaitlist": true}))).await.ok();
    assert_eq!((booked.status, &booked.body["seriesId"]), (201, &json!("ser_1")));
    assert_eq!(starts(&booked, "reservations"), [1, 3].map(|day| format!("{}T10:00:00Z", date(day))));
    assert!(booked.body["refused"][0]["waitlistId"].is_string(), "{booked:?}");
    for wrong in
        [json!({"recurrenceRule": "FREQ=DAILY"}), json!({"recurrenceRule": "x"}), json!({"onConflict": "maybe"})]
    {
        club.post(2, path, &series(wrong)).await.is(400, "malformed");
    }
    let delete = club.request(Method::DELETE, 1, &format!("{path}/ser_1?facilityId=fac_1&from={}T00:00:00Z", date(2)));
    let off = club.send(delete).await.ok();
    assert_eq!(off.body["cancelled"].as_array().unwrap().len(), 1);
    assert_eq!(off.body["cancelled"][0]["policyCheck"]["withinPolicy"], true);
    let none = club.request(Method::DELETE, 1, &format!("{path}/ser_none"));
    club.send(none).await.is(404, "series_not_found");
    club.close().await;
}
