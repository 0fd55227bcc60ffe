//! The calendar and the blocks that recur go on by themselves: whoever leads keeps them ahead of the
//! booking window.

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use machine::Instant;
use serde_json::{Value, json};

use crate::club::{Club, hour};
use crate::steered::Steered;

/// 2026-06-01, a Monday, 08:00 UTC.
const MONDAY: Instant = Instant(1_780_300_800_000);
const DAY: i64 = 24 * 60 * 60 * 1000;
/// The first Tuesday that is remembered forty days later.
const FIRST_KEPT: NaiveDate = NaiveDate::from_ymd_opt(2026, 6, 9).unwrap();

/// The slots of a court on a day, by start, that are not free.
async fn taken(club: &Club, node: usize, date: &str) -> (usize, Vec<(String, String)>) {
    let day = club.get(node, &format!("/api/availability?facility=fac_1&court=crt_1&date={date}")).await;
    let slots = day.body["courts"][0]["slots"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let shown = slots.iter().map(|slot| (text(&slot["startTime"]), text(&slot["status"])));
    (slots.len(), shown.filter(|(_, status)| status != "available").collect())
}

/// The node that leads the facility, as a place in the list of nodes.
async fn leader(club: &Club) -> usize {
    club.eventually("somebody leads", async || {
        let cluster = club.get(0, "/api/cluster").await.ok();
        let group = cluster.body["groups"].as_array()?.iter().find(|group| group["facilityId"] == "fac_1")?;
        Some(usize::try_from(group["leader"].as_u64()? - 1).unwrap())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leads_next_brings_the_days_and_the_blocks_that_are_missing() {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(Steered::at(MONDAY));
    let mut club = Club::steered(&clock, data.path()).await;
    club.make("fac_1", json!({})).await;
    let block = json!({"id": "blk_1", "courtId": "crt_1", "kind": "maintenance", "startTime": "2026-06-02T05:00:00Z",
        "endTime": "2026-06-02T06:00:00Z", "recurrenceRule": "FREQ=WEEKLY;BYDAY=TU"});
    let placed = club.post(0, "/api/facilities/fac_1/blocks", &block).await.ok();
    assert_eq!(placed.body["times"].as_array().unwrap().len(), 7, "as far as the calendar goes: {placed:?}");
    // Two weeks of booking window and thirty days: until the fifteenth of July.
    let maintenance = |date: &str| vec![(format!("{date}T05:00:00Z"), "maintenance".to_owned())];
    assert_eq!(taken(&club, 0, "2026-07-14").await, (24, maintenance("2026-07-14")));
    assert_eq!(taken(&club, 0, "2026-07-21").await, (0, Vec::new()));

    // Forty days later nobody has looked: jobs sleep by the steady clock. Another leader begins with a look.
    club.wind(&clock, Instant(MONDAY.0 + 40 * DAY)).await;
    assert_eq!(taken(&club, 0, "2026-07-21").await, (0, Vec::new()));
    let stopped = leader(&club).await;
    club.cluster.stop_node(stopped).await;
    let alive: Vec<usize> = (0..3).filter(|node| *node != stopped).collect();
    for node in &alive {
        club.eventually("the calendar goes on", async || {
            let far = taken(&club, *node, "2026-08-18").await;
            (far.0 > 0).then(|| assert_eq!(far, (24, maintenance("2026-08-18"))))
        })
        .await;
        assert_eq!(taken(&club, *node, "2026-07-21").await, (24, maintenance("2026-07-21")));
        assert_eq!(taken(&club, *node, "2026-08-25").await, (0, Vec::new()), "the calendar ends on the twenty-fourth");
    }
    let node = alive[0];
    let blocks = club.get(node, "/api/facilities/fac_1/blocks/blk_1").await.ok();
    let starts: Vec<&str> =
        blocks.body["times"].as_array().unwrap().iter().map(|time| time["startTime"].as_str().unwrap()).collect();
    let tuesdays = (0..).map(|week| format!("{}T05:00:00Z", FIRST_KEPT + Days::new(7 * week)));
    let tuesdays: Vec<String> = tuesdays.take_while(|start| start.as_str() < "2026-08-25").collect();
    assert_eq!(starts, tuesdays, "each Tuesday once, but those that are over for five weeks");
    let told = club.get(node, "/api/facilities/fac_1/history?limit=200").await.ok();
    let told = told.body["items"].as_array().unwrap();
    let extended: Vec<&Value> = told.iter().filter(|item| item["event"] == "calendar_extended").collect();
    assert_eq!(extended.len(), 1, "by one leader, once: {extended:?}");
    assert_eq!(extended[0]["actor"], json!({"kind": "system", "id": null}));

    // The new days are what bookings are held against.
    club.post(node, "/api/reservations", &hour("2026-07-24T09:00:00Z", json!({}))).await.ok();
    club.post(node, "/api/reservations", &hour("2026-07-21T05:00:00Z", json!({}))).await.is(409, "slot_taken");
    club.close().await;
}
