//! The grid of a day, and the search over the clubs of a chain.

use serde_json::{Value, json};

use crate::club::{Club, date, tomorrow};

fn slots(answer: &Value, court: usize) -> &Vec<Value> {
    answer["courts"][court]["slots"].as_array().unwrap()
}

fn statuses(answer: &Value, court: usize) -> Vec<&str> {
    slots(answer, court).iter().map(|slot| slot["status"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_shows_every_slot_free_or_not_on_every_node() {
    let club = Club::open().await;
    let priced = json!({"id": "crt_0", "name": "Centre", "courtType": "padel", "surfaceType": "clay", "sortOrder": -1,
        "pricePerSlotCents": 1500});
    club.post(0, "/api/facilities/fac_1/courts", &priced).await.ok();
    club.book(&tomorrow("10:00")).await;
    let held = club.attempt(1, &tomorrow("12:00"), json!({"durationMinutes": 120})).await.ok();
    for node in 0..3 {
        let path = format!("/api/availability?facility=club-fac-1&date={}&minIndex={}", date(1), held.index.unwrap());
        let day = club.get(node, &path).await.ok();
        assert_eq!(
            day.body["facility"],
            json!({"id": "fac_1", "name": "Club fac_1", "slug": "club-fac-1", "timezone": "UTC"})
        );
        assert_eq!((&day.body["date"], &day.body["index"]), (&json!(date(1).to_string()), &json!(day.index)));
        let first = &day.body["courts"][0];
        assert_eq!(
            (&first["id"], &first["type"], &first["surfaceType"]),
            (&json!("crt_0"), &json!("padel"), &json!("clay"))
        );
        let expected = json!({"startTime": tomorrow("00:00"), "endTime": tomorrow("01:00"), "status": "available",
            "priceCents": 1500, "bookable": true});
        assert_eq!(slots(&day.body, 0)[0], expected);
        let shown = statuses(&day.body, 1);
        assert_eq!(shown.len(), 24);
        let taken: Vec<(usize, &str)> =
            shown.into_iter().enumerate().filter(|(_, status)| *status != "available").collect();
        assert_eq!(taken, [(10, "reserved"), (12, "pending"), (13, "pending")]);
        assert_eq!(slots(&day.body, 1)[10]["bookable"], false);
        assert!(!day.body.to_string().contains("mbr_"), "nobody is named: {day:?}");
    }
    let one = club.get(0, &format!("/api/availability?facility=fac_1&date={}&court=crt_2", date(1))).await.ok();
    assert_eq!(one.body["courts"].as_array().unwrap().len(), 1);
    // Today, where nobody says which day; and a day that the calendar does not reach.
    assert_eq!(slots(&club.get(0, "/api/availability?facility=fac_1").await.ok().body, 1).len(), 24);
    let far = club.get(0, &format!("/api/availability?facility=fac_1&date={}", date(400))).await.ok();
    assert_eq!(slots(&far.body, 0).len(), 0);
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_is_asked_for_wrongly_is_refused() {
    let club = Club::open().await;
    for (query, status, code) in [
        ("", 400, "malformed"),
        ("facility=fac_1&date=tomorrow", 400, "malformed"),
        ("facility=fac_1&court=a%3Ab", 400, "malformed"),
        ("facility=fac_none", 404, "facility_not_found"),
        ("facility=fac_1&court=crt_none", 404, "court_not_found"),
    ] {
        club.get(1, &format!("/api/availability?{query}")).await.is(status, code);
    }
    for query in [
        "",
        "date=soon",
        "date=2026-12-01&from=25:00",
        "date=2026-12-01&courtType=golf",
        "date=2026-12-01&durationMinutes=0",
        "date=2026-12-01&cursor=x",
    ] {
        club.get(1, &format!("/api/availability/search?{query}")).await.is(400, "malformed");
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_what_is_free_over_a_chain_page_by_page() {
    let club = Club::with(json!({"chain": "stack"})).await;
    club.make("fac_2", json!({"chain": "stack", "slotMinutes": 30})).await;
    club.make("fac_3", json!({"chain": "other"})).await;
    let golf = json!({"id": "crt_p", "name": "P", "courtType": "padel"});
    club.post(0, "/api/facilities/fac_2/courts", &golf).await.ok();
    let booked = club.book(&tomorrow("19:00")).await;
    for node in 0..3 {
        club.taken(node, booked.index.unwrap()).await;
    }
    let query = format!(
        "/api/availability/search?chain=stack&date={}&from=18:00&to=20:00&courtType=tennis&durationMinutes=60",
        date(1)
    );
    let mut found = Vec::new();
    let mut cursor = String::new();
    // Another node for every page.
    for node in (0..3).cycle() {
        let page = club.get(node, &format!("{query}&limit=3{cursor}")).await.ok();
        for item in page.body["items"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            assert!(item["index"].is_u64() && item["currency"] == "USD", "{item}");
            found.push((text(&item["startTime"]), text(&item["facility"]["id"]), text(&item["court"]["id"])));
        }
        let Some(next) = page.body["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let at = |clock, facility: &str, court: &str| (tomorrow(clock), facility.to_owned(), court.to_owned());
    let expected = [
        at("18:00", "fac_1", "crt_1"),
        at("18:00", "fac_1", "crt_2"),
        at("18:00", "fac_2", "crt_1"),
        at("18:00", "fac_2", "crt_2"),
        at("18:30", "fac_2", "crt_1"),
        at("18:30", "fac_2", "crt_2"),
        at("19:00", "fac_1", "crt_2"),
        at("19:00", "fac_2", "crt_1"),
        at("19:00", "fac_2", "crt_2"),
    ];
    assert_eq!(found, expected);
    let padel = club
        .get(0, &format!("/api/availability/search?date={}&from=18:00&to=18:30&courtType=padel", date(1)))
        .await
        .ok();
    assert_eq!(padel.body["items"].as_array().unwrap().len(), 1);
    club.close().await;
}
