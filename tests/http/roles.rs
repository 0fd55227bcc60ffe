//! Who may do what: every documented route with every role, and what a role may touch.

use reqwest::Method;
use serde_json::{Value, json};

use crate::club::{Club, hour, tomorrow};
use crate::gate::{Gated, ROLES};

/// What each documented operation is for, written down once more by hand: whoever adds a route says
/// here who may call it. `P` is public, then member, service, staff, operator.
const EXPECTED: &[(&str, &str, &str)] = &[
    ("GET", "/", "PMSTO"),
    ("GET", "/livez", "PMSTO"),
    ("GET", "/readyz", "PMSTO"),
    ("GET", "/metrics", "O"),
    ("POST", "/attempt", "MSTO"),
    ("POST", "/api/realtime/attempt", "MSTO"),
    ("POST", "/confirm", "MSTO"),
    ("POST", "/api/realtime/confirm", "MSTO"),
    ("POST", "/release", "MSTO"),
    ("POST", "/cancel", "MSTO"),
    ("POST", "/sync", "TO"),
    ("GET", "/availability", "PMSTO"),
    ("GET", "/api/realtime/availability", "PMSTO"),
    ("GET", "/websocket", "PMSTO"),
    ("GET", "/api/realtime/websocket", "PMSTO"),
    ("GET", "/api/facilities/{id}/events", "PMSTO"),
    ("GET", "/api/facilities/{id}/history", "TO"),
    ("GET", "/api/facilities/{id}/notifications", "MSTO"),
    ("POST", "/api/twilio/status", "PMSTO"),
    ("POST", "/api/twilio/inbound", "PMSTO"),
    ("POST", "/api/sendgrid/events", "PMSTO"),
    ("GET", "/api/reservations/{id}", "MSTO"),
    ("PATCH", "/api/reservations/{id}", "MSTO"),
    ("DELETE", "/api/reservations/{id}", "MSTO"),
    ("GET", "/api/availability", "PMSTO"),
    ("GET", "/api/availability/search", "PMSTO"),
    ("POST", "/api/reservations", "MSTO"),
    ("GET", "/api/reservations", "MSTO"),
    ("POST", "/api/reservations/explain", "MSTO"),
    ("POST", "/api/reservations/{id}/move", "MSTO"),
    ("POST", "/api/reservations/series", "MSTO"),
    ("DELETE", "/api/reservations/series/{seriesId}", "MSTO"),
    ("PATCH", "/api/facilities/{id}", "TO"),
    ("PATCH", "/api/facilities/{id}/courts/{courtId}", "TO"),
    ("DELETE", "/api/facilities/{id}/courts/{courtId}", "TO"),
    ("PATCH", "/api/facilities/{id}/members/{memberId}", "MSTO"),
    ("DELETE", "/api/facilities/{id}/members/{memberId}", "MSTO"),
    ("POST", "/api/facilities/{id}/members/{memberId}/credits", "TO"),
    ("POST", "/api/facilities/{id}/blocks", "TO"),
    ("GET", "/api/facilities/{id}/blocks", "TO"),
    ("DELETE", "/api/facilities/{id}/blocks", "TO"),
    ("GET", "/api/facilities/{id}/blocks/{blockId}", "TO"),
    ("DELETE", "/api/facilities/{id}/blocks/{blockId}", "TO"),
    ("POST", "/api/waitlist", "MSTO"),
    ("GET", "/api/waitlist", "MSTO"),
    ("GET", "/api/waitlist/ranking", "STO"),
    ("POST", "/api/waitlist/accept", "MSTO"),
    ("POST", "/api/waitlist/decline", "MSTO"),
    ("GET", "/waitlist/accept/{token}", "PMSTO"),
    ("POST", "/waitlist/accept/{token}", "PMSTO"),
    ("GET", "/waitlist/offer.css", "PMSTO"),
    ("GET", "/waitlist/offer.js", "PMSTO"),
    ("GET", "/api/waitlist/{id}", "MSTO"),
    ("DELETE", "/api/waitlist/{id}", "MSTO"),
    ("POST", "/api/checkout", "MSTO"),
    ("POST", "/api/stripe/webhook", "PMSTO"),
    ("POST", "/api/facilities", "O"),
    ("GET", "/api/facilities", "PMSTO"),
    ("GET", "/api/facilities/{id}", "PMSTO"),
    ("POST", "/api/facilities/{id}/courts", "TO"),
    ("GET", "/api/facilities/{id}/courts", "PMSTO"),
    ("GET", "/api/facilities/{id}/courts/{courtId}", "PMSTO"),
    ("POST", "/api/facilities/{id}/members", "STO"),
    ("GET", "/api/facilities/{id}/members", "STO"),
    ("GET", "/api/facilities/{id}/members/{memberId}", "MSTO"),
    ("GET", "/api/facilities/{id}/members/{memberId}/calendar", "MSTO"),
    ("GET", "/api/members/{memberId}/calendar.ics", "PMSTO"),
    ("POST", "/api/facilities/{id}/imports/reservations", "O"),
    ("POST", "/api/facilities/{id}/imports/waitlist", "O"),
    ("POST", "/api/keys", "TO"),
    ("GET", "/api/keys", "TO"),
    ("DELETE", "/api/keys/{id}", "TO"),
    ("GET", "/api/cluster", "O"),
    ("GET", "/dev/inbox", "O"),
    ("GET", "/dev/inbox.json", "O"),
];

/// The letters of the table, in the order of [`ROLES`].
const LETTERS: [char; 5] = ['P', 'M', 'S', 'T', 'O'];

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_route_admits_exactly_the_roles_that_it_names() {
    let gated = Gated::open().await;
    let document = gated.get(0, "public", "/openapi.json").await.ok().body;
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    let mut walked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters") {
            let method = method.to_uppercase();
            let entry = EXPECTED.iter().find(|(verb, at, _)| (*verb, *at) == (&method, path));
            let (_, _, letters) = entry.unwrap_or_else(|| panic!("{method} {path} is not in the table of this test"));
            walk(&gated, &method, path, operation, letters).await;
            walked += 1;
        }
    }
    assert_eq!(walked, EXPECTED.len(), "the table of this test names routes that are not documented");
    gated.close().await;
}

/// Calls one operation as each role. Whoever is let in may hear anything but 401 and 403.
async fn walk(gated: &Gated, method: &str, path: &str, operation: &Value, letters: &str) {
    let allowed: Vec<&str> =
        ROLES.iter().zip(LETTERS).filter(|(_, letter)| letters.contains(*letter)).map(|(role, _)| *role).collect();
    let at = format!("{method} {path}");
    assert_eq!(operation["x-roles"], json!(allowed), "{at}");
    let security = operation["security"].as_array().unwrap();
    assert!(security.contains(&json!({"bearer": []})), "{at}");
    assert_eq!(security.contains(&json!({})), allowed.contains(&"public"), "{at}");

    let filled = path
        .replace("{id}", "nobody_has_this_id")
        .replace("{courtId}", "c")
        .replace("{memberId}", "mbr_1")
        .replace("{blockId}", "b")
        .replace("{seriesId}", "s");
    for role in ROLES {
        let verb = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = gated.request(verb.clone(), 1, role, &filled);
        if verb != Method::GET {
            request = request.json(&json!({}));
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let challenge = response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
        let expected = match (allowed.contains(&role), role) {
            (true, _) => {
                assert!(status != 401 && status != 403, "{role} may not {at}: {status}");
                continue;
            }
            (false, "public") => (401, Some("Bearer".to_owned())),
            (false, _) => (403, None),
        };
        assert_eq!((status, challenge), expected, "{role} and {at}");
    }
    if !["/livez", "/readyz"].contains(&path) {
        let verb = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = gated.with_token(verb, 1, "courtd_key_none_00", &filled, &json!({})).await;
        answer.is(401, "invalid_token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_acts_for_itself_at_its_facility_and_for_nobody_else() {
    let gated = Gated::open().await;
    let at = |clock: &str, change| hour(&tomorrow(clock), change);
    let held = gated.post(1, "member", "/attempt", &at("10:00", json!({}))).await.ok();
    let other = gated.post(1, "member", "/attempt", &at("11:00", json!({"memberId": "mbr_2"}))).await;
    other.is(403, "not_yours");
    let elsewhere = gated.post(1, "member", "/attempt", &at("11:00", json!({"facilityId": "fac_2"}))).await;
    elsewhere.is(403, "not_your_facility");

    // Another member's hold, made by the club's own back end: not to be confirmed, ended, seen or cancelled.
    let theirs = gated.post(2, "service", "/attempt", &at("12:00", json!({"memberId": "mbr_2"}))).await.ok();
    let hold = json!({"facilityId": "fac_1", "holdId": theirs.body["holdId"]});
    gated.post(1, "member", "/confirm", &hold).await.is(403, "not_yours");
    gated.post(1, "member", "/release", &hold).await.is(403, "not_yours");
    let path = format!("/api/reservations/{}?minIndex={}", theirs.text("reservationId"), theirs.index.unwrap());
    gated.get(1, "member", &path).await.is(403, "not_yours");
    gated.post(1, "service", "/confirm", &hold).await.ok();
    let cancelled = gated.club.send(gated.request(Method::DELETE, 1, "member", &path)).await;
    cancelled.is(403, "not_yours");

    let mine = json!({"facilityId": "fac_1", "holdId": held.body["holdId"]});
    let booked = gated.post(2, "member", "/confirm", &mine).await.ok();
    let path = format!("/api/reservations/{}?minIndex={}", booked.text("reservationId"), booked.index.unwrap());
    assert_eq!(gated.get(0, "member", &path).await.ok().text("memberId"), "mbr_1");
    gated.get(0, "member", "/api/facilities/fac_1/members/mbr_1").await.ok();
    gated.get(0, "member", "/api/facilities/fac_1/members/mbr_2").await.is(403, "not_yours");
    gated.get(0, "member", "/api/facilities/fac_2/members/mbr_1").await.is(403, "not_your_facility");
    gated.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_club_reaches_its_own_facility_only_under_any_name_of_it() {
    let gated = Gated::open().await;
    let court = json!({"name": "New", "courtType": "padel"});
    gated.post(0, "staff", "/api/facilities/fac_1/courts", &court).await.ok();
    gated.post(0, "staff", "/api/facilities/fac_2/courts", &court).await.is(403, "not_your_facility");
    let slug = gated.get(0, "public", "/api/facilities/fac_2").await.ok().text("slug");
    for facility in ["fac_2", &slug] {
        let path = format!("/api/facilities/{facility}/members");
        gated.get(0, "staff", &path).await.is(403, "not_your_facility");
        gated.get(0, "service", &path).await.is(403, "not_your_facility");
        gated.get(0, "operator", &path).await.ok();
        // What everybody may read, they may read as well.
        gated.get(0, "staff", &format!("/api/facilities/{facility}/courts")).await.ok();
    }
    gated.get(0, "staff", "/api/facilities/fac_9/members").await.is(404, "facility_not_found");

    // A reservation is looked for where the caller may look.
    let attempt = |facility: &str| hour(&tomorrow("10:00"), json!({"facilityId": facility}));
    let theirs = gated.post(0, "operator", "/attempt", &attempt("fac_2")).await.ok();
    let path = format!("/api/reservations/{}", theirs.text("reservationId"));
    gated.get(0, "staff", &path).await.is(404, "reservation_not_found");
    gated.get(0, "staff", &format!("{path}?facilityId=fac_2")).await.is(403, "not_your_facility");
    gated.get(0, "operator", &format!("{path}?minIndex={}", theirs.index.unwrap())).await.ok();
    gated.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_sees_what_is_taken_and_not_by_whom() {
    let gated = Gated::open().await;
    let held = gated.post(0, "member", "/attempt", &hour(&tomorrow("10:00"), json!({}))).await.ok();
    let index = held.index.unwrap();
    let path = format!("/availability?facilityId=fac_1&minIndex={index}");
    let seen = gated.get(2, "public", &path).await.ok();
    assert_eq!(seen.body["slots"].as_array().unwrap().len(), 1);
    assert!(!seen.body.to_string().contains("mbr_"), "{seen:?}");
    let events = gated.request(Method::GET, 0, "public", "/api/facilities/fac_1/events").send().await.unwrap();
    assert_eq!(events.status(), 200);
    // Nor by a token that is worth nothing.
    gated.with_token(Method::GET, 0, "nonsense", &path, &json!({})).await.is(401, "invalid_token");
    drop(events);
    gated.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_node_believes_a_token_that_is_shown() {
    let mut club = Club::open().await;
    let wanted = json!({"role": "member", "facilities": ["fac_1"], "memberId": "mbr_1"});
    let token = club.post(0, "/api/keys", &wanted).await.ok().text("token");
    let attempt = hour(&tomorrow("10:00"), json!({"memberId": "mbr_2"}));
    club.use_token(&token);
    club.post(0, "/attempt", &attempt).await.is(403, "not_yours");
    club.get(0, "/api/cluster").await.is(403, "forbidden");
    club.use_token("nonsense");
    club.get(0, "/api/cluster").await.is(401, "invalid_token");
    club.use_token("");
    club.post(0, "/attempt", &attempt).await.ok();
    club.close().await;
}
