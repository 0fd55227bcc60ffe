//! The notification log: who was told what, and what became of it.

use serde_json::{Value, json};

use crate::club::{Club, date};
use crate::gate::Gated;
use crate::provider::{MORNING, Told};

/// All of a list, page by page, another node for every page.
async fn whole(club: &Club, query: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    for node in (0..3).cycle() {
        let path = format!("/api/facilities/fac_1/notifications?consistency=linearizable&limit={limit}{query}{cursor}");
        let page = club.get(node, &path).await.ok();
        let on_page = page.body["items"].as_array().unwrap();
        assert!(on_page.len() <= limit, "{page:?}");
        items.extend(on_page.iter().cloned());
        let Some(next) = page.body["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    items
}

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_told_is_listed_the_last_first_and_by_what_it_is() {
    let told = Told::open().await;
    told.club.make("fac_1", json!({})).await;
    told.call("fac_1", "mbr_1", "+12065550100", json!({})).await;
    told.book("fac_1", "rsv_1", "mbr_1", "2026-06-02T10:00:00Z").await;
    told.club.wind(&told.clock, MORNING.plus(60_000)).await;
    told.book("fac_1", "rsv_2", "mbr_2", "2026-06-02T12:00:00Z").await;
    let all = whole(&told.club, "", 2).await;
    let [email, sms] = ["ntf_confirmation-email-1-rsv_1", "ntf_confirmation-sms-1-rsv_1"];
    assert_eq!(ids(&all), ["ntf_confirmation-email-1-rsv_2", email, sms]);
    assert_eq!(
        all[2],
        json!({"id": sms, "type": "confirmation", "medium": "sms", "memberId": "mbr_1", "reservationId": "rsv_1",
            "waitlistId": null, "state": "scheduled", "createdAt": "2026-06-01T08:00:00Z",
            "dueAt": "2026-06-01T08:00:00Z", "sentAt": null, "providerId": null, "attempts": [], "receipt": null,
            "droppedBecause": null})
    );
    told.status(1, sms, "SM1", "undelivered", "30006").await;
    for (query, expected) in [
        ("&member=mbr_1", &[email, sms][..]),
        ("&reservation=rsv_1&medium=sms", &[sms][..]),
        ("&state=failed", &[sms][..]),
        ("&state=scheduled&member=mbr_1", &[email][..]),
        ("&type=reminder,cancellation", &[][..]),
        ("&type=confirmation&medium=email,sms&member=mbr_1", &[email, sms][..]),
    ] {
        assert_eq!(ids(&whole(&told.club, query, 1).await), expected, "{query}");
    }
    for wrong in ["state=lost", "medium=pigeon", "limit=0", "cursor=x", "cursor=1.a%20b", "member=a%20b"] {
        told.club.get(0, &format!("/api/facilities/fac_1/notifications?{wrong}")).await.is(400, "malformed");
    }
    told.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_state_has_forgotten_the_history_still_shows() {
    let told = Told::open().await;
    told.club.make("fac_1", json!({"limits": {"maxActiveReservations": null}})).await;
    for (n, day) in (0..6).zip(2..) {
        told.book("fac_1", &format!("rsv_{n}"), ["mbr_1", "mbr_2"][n % 2], &format!("2026-06-{day:02}T10:00:00Z"))
            .await;
    }
    let before = ids(&whole(&told.club, "&type=confirmation", 200).await).join(" ");
    // Nobody sends here: each is given up in time, and four days later forgotten by the state.
    told.club.wind(&told.clock, MORNING.plus(20 * 24 * 60 * 60_000)).await;
    told.book("fac_1", "rsv_last", "mbr_1", "2026-06-22T10:00:00Z").await;
    let after = whole(&told.club, "&type=confirmation&state=dropped", 4).await;
    assert_eq!(ids(&after).join(" "), before);
    assert!(after.iter().all(|one| one["droppedBecause"] == "too_late"), "{after:?}");
    let hers: Vec<Value> = whole(&told.club, "&member=mbr_1&type=confirmation", 2).await;
    assert_eq!(hers.len(), 4, "three that are forgotten, and one that is to be told");
    told.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_elsewhere_is_in_the_log_as_well() {
    let club = Club::open().await;
    let day = date(0).checked_sub_days(chrono::Days::new(3)).unwrap();
    let log = json!([{"id": "nt_1", "log": "notification", "at": format!("{day}T09:00:00Z"), "type": "reminder",
            "medium": "email", "minutesBefore": 60},
        {"id": "ns_1", "log": "no_show", "at": format!("{day}T11:00:00Z"), "penaltyCredits": 2}]);
    let past = json!({"reservations": [{"id": "old", "courtId": "crt_1", "memberId": "mbr_1", "status": "no_show",
        "startTime": format!("{day}T10:00:00Z"), "endTime": format!("{day}T11:00:00Z"), "log": log}]});
    club.post(1, "/api/facilities/fac_1/imports/reservations", &past).await.ok();
    let found = whole(&club, "&member=mbr_1", 50).await;
    assert_eq!(ids(&found), ["nt_1"]);
    let line = &found[0];
    assert_eq!((&line["type"], &line["medium"], &line["state"]), (&json!("reminder"), &json!("email"), &json!("sent")));
    assert_eq!((&line["minutesBefore"], &line["reservationId"]), (&json!(60), &json!("old")));
    assert_eq!(line["sentAt"], format!("{day}T09:00:00Z"));
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_sees_its_own_and_nobody_elses() {
    let gated = Gated::open().await;
    for (member, clock) in [("mbr_1", "10:00"), ("mbr_2", "12:00")] {
        let body = json!({"facilityId": "fac_1", "courtId": "crt_1", "memberId": member,
            "startTime": crate::club::tomorrow(clock), "durationMinutes": 60});
        gated.post(0, "service", "/api/reservations", &body).await.ok();
    }
    let path = "/api/facilities/fac_1/notifications?consistency=linearizable";
    let whose = async |role: &str, query: &str| {
        let page = gated.get(1, role, &format!("{path}{query}")).await.ok();
        let members = page.body["items"].as_array().unwrap().iter().map(|one| one["memberId"].clone());
        members.collect::<std::collections::HashSet<_>>().len()
    };
    assert_eq!(whose("member", "").await, 1);
    assert_eq!(whose("member", "&member=mbr_1").await, 1);
    gated.get(1, "member", &format!("{path}&member=mbr_2")).await.is(403, "not_yours");
    for role in ["service", "staff", "operator"] {
        assert_eq!(whose(role, "").await, 2, "{role}");
        gated.get(1, role, &format!("{path}&member=mbr_2")).await.ok();
    }
    gated.get(1, "member", "/api/facilities/fac_2/notifications").await.is(403, "not_your_facility");
    gated.get(1, "staff", "/api/facilities/fac_2/notifications").await.is(403, "not_your_facility");
    gated.close().await;
}
