//! What was over long ago: listed with the rest, found by its id, and told what it became.

use std::sync::Arc;

use machine::Instant;
use reqwest::Method;
use serde_json::{Value, json};

use crate::club::{Answer, Club};
use crate::steered::Steered;

/// 2026-06-01, 08:00 UTC.
const FIRST_DAY: Instant = Instant(1_780_300_800_000);
const DAY: i64 = 24 * 60 * 60 * 1000;

/// A day after the first and an hour, as a start.
fn at(day: u32, hour: u32) -> String {
    format!("2026-06-{day:02}T{hour:02}:00:00Z")
}

/// Books an hour; the log index of it.
async fn book(club: &Club, facility: &str, id: &str, start: &str, court: &str, member: &str) -> u64 {
    let body = json!({"facilityId": facility, "id": id, "courtId": court, "memberId": member, "startTime": start,
        "durationMinutes": 60, "notes": id});
    club.post(0, "/api/reservations", &body).await.ok().index.unwrap()
}

/// Two clubs with thirty bookings each, of which every third is called off; all is over since five weeks,
/// and one is still to come.
async fn five_weeks_later(club: &Club, clock: &Steered) {
    for facility in ["fac_1", "fac_2"] {
        club.make(facility, json!({"limits": {"maxActiveReservations": null}, "cancellation": {"hours": 0}})).await;
        for n in 0..30 {
            // Two at each start; in both clubs the same ids but one.
            let id = if facility == "fac_2" && n == 7 { "rsv_two".to_owned() } else { format!("rsv_{n:02}") };
            let court = ["crt_1", "crt_2"][n as usize % 2];
            let member = ["mbr_1", "mbr_2", "mbr_3"][n as usize % 3];
            book(club, facility, &id, &at(2 + n / 10, 9 + n % 10 / 2), court, member).await;
            if n % 3 == 0 {
                let path = format!("/api/reservations/{id}?facilityId={facility}");
                club.send(club.request(Method::DELETE, 1, &path)).await.ok();
            }
        }
    }
    club.wind(clock, Instant(FIRST_DAY.0 + 5 * DAY)).await;
    // Whatever is decided settles what is due: the rest is over, and 36 days later forgotten.
    book(club, "fac_1", "rsv_between", &at(7, 9), "crt_1", "mbr_1").await;
    book(club, "fac_2", "rsv_between", &at(7, 9), "crt_1", "mbr_1").await;
    club.wind(clock, Instant(FIRST_DAY.0 + 41 * DAY)).await;
    let mut last = 0;
    for facility in ["fac_1", "fac_2"] {
        last = book(club, facility, "rsv_next", "2026-07-13T09:00:00Z", "crt_1", "mbr_1").await;
        for node in 0..3 {
            let path = format!("/api/reservations?facility={facility}&minIndex={last}");
            club.get(node, &path).await.ok();
        }
    }
    assert!(last > 0);
}

fn name(item: &Value) -> (String, String, String) {
    let text = |field: &str| item[field].as_str().unwrap().to_owned();
    (text("startTime"), text("facilityId"), text("id"))
}

/// All of a list, page by page, another node for every page.
async fn whole(club: &Club, query: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    for node in (0..3).cycle() {
        let page = club.get(node, &format!("/api/reservations?limit={limit}{query}{cursor}")).await.ok();
        let on_page = page.body["items"].as_array().unwrap();
        assert!(on_page.len() <= limit, "{page:?}");
        items.extend(on_page.iter().cloned());
        let Some(next) = page.body["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    items
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_state_has_forgotten_is_in_the_list_in_its_place() {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(Steered::at(FIRST_DAY));
    let club = Club::steered(&clock, data.path()).await;
    five_weeks_later(&club, &clock).await;

    let all = whole(&club, "", 200).await;
    assert_eq!(all.len(), 2 * 32, "everything, long over or not");
    let mut sorted = all.clone();
    sorted.sort_by_key(|item| {
        let (start, facility, id) = name(item);
        (std::cmp::Reverse(start), facility, id)
    });
    assert_eq!(all, sorted, "newest start first, then by facility and id");
    assert_eq!(all[2]["id"], "rsv_between");
    assert_eq!((&all[2]["status"], &all[2]["memberName"]), (&json!("no_show"), &json!("mbr_1")));

    let both =
        |keep: &dyn Fn(&Value) -> bool| -> Vec<Value> { all.iter().filter(|item| keep(item)).cloned().collect() };
    let is = |field: &'static str, word: &'static str| move |item: &Value| item[field] == word;
    let cases: Vec<(&str, Vec<Value>)> = vec![
        ("", all.clone()),
        ("&facility=fac_2", both(&is("facilityId", "fac_2"))),
        ("&facility=club-fac-1&member=mbr_3", both(&|it| is("facilityId", "fac_1")(it) && is("memberId", "mbr_3")(it))),
        ("&member=mbr_2", both(&is("memberId", "mbr_2"))),
        ("&court=crt_2", both(&is("courtId", "crt_2"))),
        ("&status=cancelled", both(&is("status", "cancelled"))),
        ("&status=confirmed,pending", both(&is("status", "confirmed"))),
        ("&date=2026-06-03", both(&|it| it["startTime"].as_str().unwrap().starts_with("2026-06-03"))),
        ("&member=mbr_none", Vec::new()),
    ];
    for (query, expected) in &cases {
        for limit in [1, 3, 7, 200] {
            assert!(whole(&club, query, limit).await == *expected, "{query} by {limit}");
        }
    }
    club.close().await;

    // From the disk it is what it was.
    let club = Club::steered(&clock, data.path()).await;
    club.eventually("both clubs serve again", async || {
        let mut all_served = true;
        for node in 0..3 {
            for facility in ["fac_1", "fac_2"] {
                all_served &= club.get(node, &format!("/api/facilities/{facility}")).await.status == 200;
            }
        }
        all_served.then_some(())
    })
    .await;
    assert!(whole(&club, "", 9).await == all, "after a restart");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_state_has_forgotten_is_found_by_its_id_and_is_over() {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(Steered::at(FIRST_DAY));
    let club = Club::steered(&clock, data.path()).await;
    five_weeks_later(&club, &clock).await;
    for node in 0..3 {
        let found = club.get(node, "/api/reservations/rsv_two").await.ok();
        assert_eq!(
            (&found.body["facilityId"], &found.body["status"], &found.body["notes"], &found.body["courtName"]),
            (&json!("fac_2"), &json!("no_show"), &json!("rsv_two"), &json!("crt_2"))
        );
        club.get(node, "/api/reservations/rsv_03").await.is(409, "ambiguous_id");
        let one = club.get(node, "/api/reservations/rsv_03?facilityId=fac_1").await.ok();
        assert_eq!((&one.body["status"], &one.body["facilityId"]), (&json!("cancelled"), &json!("fac_1")));
        club.get(node, "/api/reservations/rsv_none").await.is(404, "reservation_not_found");
    }
    // Its id is not given to another.
    let again = json!({"facilityId": "fac_2", "id": "rsv_two", "courtId": "crt_2", "memberId": "mbr_2",
        "startTime": "2026-07-13T15:00:00Z", "durationMinutes": 60});
    club.post(0, "/api/reservations", &again).await.is(409, "reservation_exists");
    let held = club.post(1, "/attempt", &again).await.ok();
    let confirm = |id: &str| json!({"facilityId": "fac_2", "holdId": held.body["holdId"], "reservationId": id});
    club.post(2, "/confirm", &confirm("rsv_two")).await.is(409, "reservation_exists");
    club.post(2, "/confirm", &confirm("rsv_new")).await.ok();
    // Nothing can be done with it any more, and it is no secret that it was there.
    let over = |answer: &Answer| answer.is(409, "invalid_transition");
    for query in ["", "?facilityId=fac_2"] {
        let path = format!("/api/reservations/rsv_two{query}");
        over(&club.send(club.request(Method::DELETE, 0, &path)).await);
        for action in ["check_in", "complete", "no_show"] {
            over(&club.send(club.request(Method::PATCH, 1, &path).json(&json!({"action": action}))).await);
        }
        let to = json!({"startTime": "2026-07-13T12:00:00Z"});
        over(&club.post(2, &format!("/api/reservations/rsv_two/move{query}"), &to).await);
    }
    club.close().await;
}
