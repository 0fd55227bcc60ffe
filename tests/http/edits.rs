//! Facilities, courts and members are edited: what is left out stays, null clears, and nobody overwrites
//! what they have not seen.

use reqwest::Method;
use serde_json::{Value, json};

use crate::club::{Answer, Club, date, hour, tomorrow};

async fn patch(club: &Club, node: usize, path: &str, if_match: Option<&str>, body: &Value) -> Answer {
    let request = club.request(Method::PATCH, node, path).json(body);
    club.send(if_match.map_or(request.try_clone().unwrap(), |tag| request.header("If-Match", tag))).await
}

async fn etag(club: &Club, node: usize, path: &str) -> String {
    let response = club.request(Method::GET, node, path).send().await.unwrap();
    response.headers()["etag"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_facility_keeps_what_is_left_out_and_clears_what_is_null() {
    let club = Club::with(json!({"chain": "stack", "limits": {"maxPerDay": 2}, "email": "a@example.org"})).await;
    let path = "/api/facilities/club-fac-1";
    assert_eq!(etag(&club, 0, path).await, "\"1\"");
    let change = json!({"name": "Renamed", "chain": null, "limits": {"maxActiveReservations": null},
        "cancellation": {"feeCents": 500}, "contact": {"phone": "+12065550100"}, "unknown": 1});
    let changed = patch(&club, 1, path, None, &change).await.ok();
    assert_eq!(
        (&changed.body["name"], &changed.body["chain"], &changed.body["version"]),
        (&json!("Renamed"), &Value::Null, &json!(2))
    );
    assert_eq!(changed.body["limits"], json!({"maxActiveReservations": null, "maxPerDay": 2, "maxHolds": 3}));
    assert_eq!(changed.body["cancellation"], json!({"hours": 24, "feeCents": 500, "penaltyCredits": 0}));
    assert_eq!((&changed.body["email"], &changed.body["phone"]), (&json!("a@example.org"), &json!("+12065550100")));
    assert_eq!(changed.body["outsideHours"], json!([]));
    for node in 0..3 {
        let read = club.get(node, &format!("{path}?minIndex={}", changed.index.unwrap())).await.ok();
        assert_eq!(read.body["cancellation"]["feeCents"], 500);
        assert_eq!(etag(&club, node, path).await, "\"2\"");
    }
    for (wrong, place) in [
        (json!({"timezone": "Mars/Base"}), "/timezone"),
        (json!({"name": null}), "/name"),
        (json!({"slug": null}), "/slug"),
        (json!({"slug": "no spaces"}), "/slug"),
        (json!({"slug": "not-taken", "slotMinutes": 0}), "/slotMinutes"),
        (json!({"contact": 3}), "/contact"),
        (json!({"slotMinutes": 0}), "/slotMinutes"),
        (json!({"status": "asleep"}), "/status"),
        (json!({"openingHours": {"mon": [{"open": "9", "close": "10:00"}]}}), "/openingHours/mon/0"),
        (json!([]), ""),
    ] {
        let refused = patch(&club, 0, path, None, &wrong).await;
        refused.is(400, "malformed");
        assert_eq!(refused.pointers(), [place], "{wrong}");
    }
    patch(&club, 0, "/api/facilities/fac_none", None, &json!({})).await.is(404, "facility_not_found");
    club.get(0, "/api/facilities/not-taken").await.is(404, "facility_not_found");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn null_is_no_limit_and_for_anything_else_the_default_in_whichever_request() {
    let club = Club::open().await;
    let limits = |active: Value, day: Value, holds: Value| json!({"maxActiveReservations": active, "maxPerDay": day, "maxHolds": holds});
    // What is asked for, what that is where nothing was before, and where there were limits of 7 each.
    let cases = [
        (
            json!({"limits": {"maxHolds": null}}),
            limits(3.into(), Value::Null, Value::Null),
            limits(7.into(), 7.into(), Value::Null),
        ),
        (
            json!({"limits": {"maxPerDay": 2}}),
            limits(3.into(), 2.into(), 3.into()),
            limits(7.into(), 2.into(), 7.into()),
        ),
        (json!({"limits": {}}), limits(3.into(), Value::Null, 3.into()), limits(7.into(), 7.into(), 7.into())),
        (json!({"limits": null}), limits(3.into(), Value::Null, 3.into()), limits(3.into(), Value::Null, 3.into())),
    ];
    for (at, (asked, made, changed)) in cases.into_iter().enumerate() {
        let with = |more: &Value| {
            let mut body = json!({"id": format!("fac_new{at}"), "name": "New", "timezone": "UTC"});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        let new = club.post(0, "/api/facilities", &with(&asked)).await.ok();
        assert_eq!(new.body["limits"], made, "{asked} on creation");
        patch(&club, 1, "/api/facilities/fac_1", None, &json!({"limits": limits(7.into(), 7.into(), 7.into())}))
            .await
            .ok();
        let after = patch(&club, 2, "/api/facilities/fac_1", None, &asked).await.ok();
        assert_eq!(after.body["limits"], changed, "{asked} in a patch");
    }
    let change = json!({"cancellation": {"hours": null}, "slotMinutes": null, "checkInMinutesBefore": null});
    let after = patch(&club, 0, "/api/facilities/fac_1", None, &change).await.ok();
    assert_eq!((&after.body["cancellation"]["hours"], &after.body["slotMinutes"]), (&json!(24), &json!(60)));
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_said_in_two_ways_is_changed_in_both() {
    let club = Club::open().await;
    let path = "/api/facilities/fac_1";
    for email in ["a@example.org", "b@example.org"] {
        let changed = patch(&club, 0, path, None, &json!({"contact": {"email": email}})).await.ok();
        assert_eq!(changed.body["email"], email);
    }
    let changed = patch(&club, 1, path, None, &json!({"openingTime": "08:00", "closingTime": "20:00"})).await.ok();
    assert_eq!(changed.body["openingHours"]["sun"], json!([{"open": "08:00", "close": "20:00"}]));
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_facility_gets_another_slug_and_nobody_elses() {
    let club = Club::open().await;
    club.make("fac_2", json!({})).await;
    let path = "/api/facilities/fac_1";
    let changed = patch(&club, 0, path, None, &json!({"slug": "house", "name": "House"})).await.ok();
    assert_eq!((&changed.body["slug"], &changed.body["version"]), (&json!("house"), &json!(2)));
    for node in 0..3 {
        for slug in ["house", "club-fac-1"] {
            let found =
                club.get(node, &format!("/api/facilities/{slug}?minIndex={}", changed.index.unwrap())).await.ok();
            assert_eq!((&found.body["id"], &found.body["slug"]), (&json!("fac_1"), &json!("house")), "{slug}");
        }
        let day =
            club.get(node, &format!("/api/availability?facility=house&minIndex={}", changed.index.unwrap())).await.ok();
        assert_eq!(day.body["facility"]["slug"], "house");
    }
    // The very same slug is no change; another's is refused, and nothing else is changed either.
    assert_eq!(patch(&club, 1, path, None, &json!({"slug": "house"})).await.ok().body["version"], 2);
    let taken = patch(&club, 1, "/api/facilities/fac_2", None, &json!({"slug": "house", "name": "Lost"})).await;
    taken.is(409, "slug_taken");
    patch(&club, 1, "/api/facilities/fac_2", None, &json!({"slug": "fac_1"})).await.is(409, "slug_taken");
    assert_eq!(club.get(1, "/api/facilities/fac_2?consistency=linearizable").await.ok().body["name"], "Club fac_2");
    // A stale edit takes no slug either.
    patch(&club, 2, path, Some("\"1\""), &json!({"slug": "stale"})).await.is(412, "version_mismatch");
    club.get(2, "/api/facilities/stale").await.is(404, "facility_not_found");
    // What it was called before may be somebody else's name now.
    patch(&club, 2, "/api/facilities/fac_2", None, &json!({"slug": "club-fac-1"})).await.ok();
    assert_eq!(club.get(0, "/api/facilities/club-fac-1").await.ok().body["id"], "fac_2");
    // A repeat of the first edit is answered as it was, and takes nothing back.
    let keyed = |node: usize, slug: &'static str| {
        let request = club.request(Method::PATCH, node, path).header("Idempotency-Key", slug);
        club.send(request.json(&json!({"slug": slug})))
    };
    let first = keyed(0, "den").await.ok();
    keyed(1, "nest").await.ok();
    assert_eq!(keyed(2, "den").await.ok().body, first.body);
    for node in 0..3 {
        let found = club.get(node, "/api/facilities/nest?consistency=linearizable").await.ok();
        assert_eq!(found.body["slug"], "nest");
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_version_that_was_seen_is_overwritten() {
    let club = Club::open().await;
    for (path, change) in [
        ("/api/facilities/fac_1", json!({"name": "Other"})),
        ("/api/facilities/fac_1/courts/crt_1", json!({"name": "Other"})),
        ("/api/facilities/fac_1/members/mbr_1", json!({"name": "Other"})),
    ] {
        let seen = etag(&club, 0, path).await;
        let changed = patch(&club, 1, path, Some(&seen), &change).await.ok();
        let stale = patch(&club, 2, path, Some(&seen), &json!({"name": "Lost"})).await;
        stale.is(412, "version_mismatch");
        patch(&club, 2, path, Some(&format!("W/{seen}")), &json!({"name": "Lost"})).await.is(412, "version_mismatch");
        patch(&club, 2, path, Some("7"), &json!({"name": "Lost"})).await.is(400, "malformed");
        let any = patch(&club, 2, path, Some("*"), &json!({"name": "Any"})).await.ok();
        assert!(any.body["version"].as_u64() > changed.body["version"].as_u64(), "{path}");
        patch(&club, 0, path, None, &json!({"name": "Last"})).await.ok();
        // What changes nothing leaves the version as it is.
        let same = patch(&club, 1, path, None, &json!({"name": "Last"})).await.ok();
        let read = club.get(1, &format!("{path}?minIndex={}", same.index.unwrap())).await.ok();
        assert_eq!((&read.body["name"], &read.body["version"]), (&json!("Last"), &same.body["version"]));
        // A repeat is answered as before, though its version is not the one any more.
        let keyed = |node: usize| {
            let body = json!({"name": "Keyed"});
            let tag = format!("\"{}\"", same.body["version"]);
            let request =
                club.request(Method::PATCH, node, path).header("If-Match", tag).header("Idempotency-Key", path);
            club.send(request.json(&body))
        };
        let first = keyed(0).await.ok();
        let again = keyed(1).await.ok();
        assert_eq!(again.body["version"], first.body["version"]);
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_hours_hold_at_once_and_what_they_leave_outside_is_listed() {
    let club = Club::open().await;
    club.post(0, "/api/reservations", &hour(&tomorrow("20:00"), json!({"id": "rsv_late"}))).await.ok();
    club.post(0, "/api/reservations", &hour(&tomorrow("10:00"), json!({"id": "rsv_noon"}))).await.ok();
    let until = |close: &str| -> Value {
        let hours = json!([{"open": "08:00", "close": close}]);
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|day| (day, hours.clone())).into_iter().collect()
    };
    let path = "/api/facilities/fac_1";
    let changed = patch(&club, 1, path, None, &json!({"openingHours": until("18:00")})).await.ok();
    let outside: Vec<&str> =
        changed.body["outsideHours"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(outside, ["rsv_late"]);
    let late = hour(&tomorrow("18:00"), json!({"memberId": "mbr_2"}));
    club.post(2, "/api/reservations", &late).await.is(409, "outside_hours");
    let grid = club
        .get(2, &format!("/api/availability?facility=fac_1&date={}&minIndex={}", date(1), changed.index.unwrap()))
        .await
        .ok();
    assert_eq!(grid.body["courts"][0]["slots"].as_array().unwrap().len(), 10);
    assert_eq!(club.get(0, "/api/reservations/rsv_late").await.ok().text("startTime"), tomorrow("20:00"));
    // Another zone moves the hours, and no reservation.
    let zone = patch(&club, 0, path, None, &json!({"timezone": "Asia/Kathmandu"})).await.ok();
    assert_eq!(zone.body["timezone"], "Asia/Kathmandu");
    let first = club.get(0, &format!("/api/availability?facility=fac_1&date={}", date(3))).await.ok();
    assert_eq!(first.body["courts"][0]["slots"][0]["startTime"], format!("{}T02:15:00Z", date(3)));
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_court_changes_and_goes_only_when_nothing_is_on_it() {
    let club = Club::open().await;
    let path = "/api/facilities/fac_1/courts/crt_2";
    let changed =
        patch(&club, 0, path, None, &json!({"surfaceType": "clay", "pricePerSlotCents": 900, "active": false}))
            .await
            .ok();
    assert_eq!((&changed.body["courtType"], &changed.body["surfaceType"]), (&json!("tennis"), &json!("clay")));
    let back = patch(&club, 1, path, None, &json!({"pricePerSlotCents": null, "active": true})).await.ok();
    assert_eq!((&back.body["pricePerSlotCents"], &back.body["version"]), (&Value::Null, &json!(3)));
    patch(&club, 1, path, None, &json!({"courtType": "golf"})).await.is(400, "malformed");
    let held = club.attempt(0, &tomorrow("10:00"), json!({"courtId": "crt_2"})).await.ok();
    let delete = |node| club.send(club.request(Method::DELETE, node, path));
    delete(1).await.is(409, "court_in_use");
    club.post(0, "/release", &json!({"facilityId": "fac_1", "holdId": held.body["holdId"]})).await.ok();
    let stale = club.request(Method::DELETE, 2, path).header("If-Match", "\"1\"");
    club.send(stale).await.is(412, "version_mismatch");
    let gone = delete(2).await;
    assert_eq!((gone.status, gone.body), (204, Value::Null));
    assert!(gone.index.is_some());
    club.get(0, &format!("{path}?minIndex={}", gone.index.unwrap())).await.is(404, "court_not_found");
    delete(0).await.is(404, "court_not_found");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_suspended_given_credits_and_erased() {
    let club = Club::open().await;
    let path = "/api/facilities/fac_1/members/mbr_1";
    let change = json!({"status": "suspended", "suspendedUntil": format!("{}T00:00:00Z", date(30)),
        "preferences": {"notificationSms": true}, "phone": "+12065550100"});
    let changed = patch(&club, 1, path, None, &change).await.ok();
    assert_eq!((&changed.body["status"], &changed.body["email"]), (&json!("suspended"), &json!("someone@example.org")));
    assert_eq!(
        changed.body["preferences"],
        json!({"notificationEmail": true, "notificationSms": true, "locale": "en"})
    );
    club.attempt(2, &tomorrow("10:00"), json!({})).await.is(409, "member_suspended");
    let back = patch(&club, 2, path, None, &json!({"status": "active", "phone": null})).await.ok();
    assert_eq!((&back.body["phone"], &back.body["suspendedUntil"]), (&Value::Null, &Value::Null));
    for (wrong, place) in [
        (json!({"creditsBalance": 7}), "/creditsBalance"),
        (json!({"status": "erased"}), "/status"),
        (json!({"status": "asleep"}), "/status"),
        (json!({"membershipExpiresAt": "soon"}), "/membershipExpiresAt"),
        (json!({"preferences": {"locale": ""}}), "/preferences/locale"),
    ] {
        let refused = patch(&club, 0, path, None, &wrong).await;
        assert_eq!((refused.status, refused.pointers()), (400, vec![place]), "{wrong}");
    }
    // Nobody has to have an address.
    club.post(0, "/api/facilities/fac_1/members", &json!({"id": "mbr_9", "name": "Ivo"})).await.ok();
    let renamed = patch(&club, 1, "/api/facilities/fac_1/members/mbr_9", None, &json!({"name": "Iva"})).await.ok();
    assert_eq!((&renamed.body["name"], &renamed.body["email"]), (&json!("Iva"), &json!("")));
    let credits =
        |node, body: Value| club.post(node, "/api/facilities/fac_1/members/mbr_1/credits", Box::leak(Box::new(body)));
    assert_eq!(credits(0, json!({"amount": 5, "note": "a gift"})).await.ok().body["creditsBalance"], 5);
    assert_eq!(credits(1, json!({"amount": -2, "note": "a mistake"})).await.ok().body["creditsBalance"], 3);
    for wrong in
        [json!({}), json!({"amount": 0, "note": "x"}), json!({"amount": i64::MIN, "note": "x"}), json!({"amount": 5})]
    {
        credits(2, wrong).await.is(400, "malformed");
    }
    club.post(0, "/api/reservations", &hour(&tomorrow("10:00"), json!({"id": "rsv_1", "notes": "with Ben"})))
        .await
        .ok();
    let gone = club.send(club.request(Method::DELETE, 1, path)).await;
    assert_eq!(gone.status, 204, "{gone:?}");
    let index = gone.index.unwrap();
    let tombstone = club.get(2, &format!("{path}?minIndex={index}")).await.ok();
    assert_eq!((&tombstone.body["status"], &tombstone.body["id"]), (&json!("erased"), &json!("mbr_1")));
    assert!(!tombstone.body.to_string().contains("example.org"), "{tombstone:?}");
    let reservation = club.get(2, "/api/reservations/rsv_1").await.ok();
    assert_eq!((&reservation.body["status"], &reservation.body["notes"]), (&json!("cancelled"), &Value::Null));
    let list = club.get(2, "/api/facilities/fac_1/members").await.ok();
    assert_eq!(list.body["items"].as_array().unwrap().len(), 3);
    patch(&club, 0, path, None, &json!({"name": "Ana"})).await.is(404, "member_not_found");
    club.post(0, "/api/facilities/fac_1/members", &json!({"id": "mbr_1", "name": "Ana"}))
        .await
        .is(409, "member_exists");
    club.close().await;
}
