//! What comes in from elsewhere: found as it stood, never twice, and nothing of it happens again.

use reqwest::Method;
use serde_json::{Value, json};

use crate::club::{Answer, Club, date};

const RESERVATIONS: &str = "/api/facilities/fac_1/imports/reservations";
const WAITLIST: &str = "/api/facilities/fac_1/imports/waitlist";

fn days_ago(days: u64, clock: &str) -> String {
    let day = date(0).checked_sub_days(chrono::Days::new(days)).unwrap();
    format!("{day}T{clock}:00Z")
}

/// A reservation of an hour at ten that ended.
fn past(id: &str, days: u64, status: &str, more: Value) -> Value {
    let mut body = json!({"id": id, "courtId": "crt_1", "memberId": "mbr_1", "status": status,
        "startTime": days_ago(days, "10:00"), "endTime": days_ago(days, "11:00")});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// One long over, one missed lately, one called off lately.
fn bygone() -> Value {
    let missed = json!({"log": [{"id": "ns_1", "log": "no_show", "at": days_ago(3, "11:00"), "penaltyCredits": 2},
        {"id": "nt_1", "log": "notification", "at": days_ago(4, "10:00"), "type": "reminder", "minutesBefore": 1440}]});
    let off = json!({"endedAt": days_ago(5, "09:00"), "cancellationReason": "rain",
        "log": [{"id": "cl_1", "log": "cancellation", "at": days_ago(5, "09:00"), "penaltyCredits": 1, "noticeMinutes": 60}]});
    json!({"reservations": [past("old", 100, "completed", json!({"participants": ["Ben"], "paymentStatus": "paid"})),
        past("missed", 3, "no_show", missed), past("off", 4, "cancelled", off)]})
}

fn outcomes(answer: &Answer) -> Vec<&str> {
    answer.body["results"].as_array().unwrap().iter().map(|one| one["outcome"].as_str().unwrap()).collect()
}

async fn events(club: &Club) -> Vec<Value> {
    let page = club.get(0, "/api/facilities/fac_1/history?limit=200&consistency=linearizable").await.ok();
    page.body["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_elsewhere_is_found_as_it_ended_and_known_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let club = Club::kept(data.path()).await;
    club.make("fac_1", json!({"noShow": {"penaltyCredits": 5, "suspendAfter": 1}})).await;
    let imported = club.post(1, RESERVATIONS, &bygone()).await.ok();
    assert_eq!(outcomes(&imported), ["imported", "imported", "imported"]);
    let index = imported.index.unwrap();
    let one = async |id: &str| {
        club.get(2, &format!("/api/reservations/{id}?facilityId=fac_1&minIndex={index}")).await.ok().body
    };
    let old = one("old").await;
    assert_eq!(
        (&old["status"], &old["participants"], &old["paymentStatus"]),
        (&json!("completed"), &json!(["Ben"]), &json!("paid"))
    );
    assert_eq!(one("missed").await["status"], "no_show");
    let off = one("off").await;
    assert_eq!((&off["cancelledAt"], &off["cancellationReason"]), (&json!(days_ago(5, "09:00")), &json!("rain")));
    let member = club.get(2, &format!("/api/facilities/fac_1/members/mbr_1?minIndex={index}")).await.ok().body;
    let standing = (&member["status"], &member["noShowCount"], &member["creditsBalance"]);
    assert_eq!(standing, (&json!("active"), &json!(0), &json!(0)), "it was counted and charged where it happened");
    let told = events(&club).await;
    // The items of one request are decided side by side.
    let mut lines: Vec<&Value> = told.iter().filter(|event| event["line"].is_object()).collect();
    lines.sort_by_key(|event| event["line"]["id"].as_str());
    let words: Vec<_> =
        lines.iter().map(|event| (event["event"].as_str().unwrap(), event["line"]["id"].as_str().unwrap())).collect();
    let expected = [("cancellation_imported", "cl_1"), ("no_show_imported", "ns_1"), ("notification_imported", "nt_1")];
    assert_eq!(words, expected);
    assert_eq!((&lines[0]["line"]["noticeMinutes"], &lines[2]["line"]["type"]), (&json!(60), &json!("reminder")));
    club.close().await;

    let club = Club::kept(data.path()).await;
    let again = club.eventually("it is back", async || {
        let answer = club.post(0, RESERVATIONS, &bygone()).await;
        (answer.status == 200).then_some(answer)
    });
    assert_eq!(outcomes(&again.await), ["exists", "exists", "exists"]);
    assert_eq!(events(&club).await, told, "nothing was written twice");
    let other = json!({"reservations": [past("old", 99, "completed", json!({}))]});
    let refused = club.post(0, RESERVATIONS, &other).await.ok();
    assert_eq!(refused.body["results"][0]["code"], "reservation_exists");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_sent_again_under_its_key_hears_what_it_heard() {
    let club = Club::open().await;
    let first = club.post_keyed(0, RESERVATIONS, "season", &bygone()).await.ok();
    let again = club.post_keyed(1, RESERVATIONS, "season", &bygone()).await.ok();
    assert_eq!((outcomes(&first), &first.body), (vec!["imported"; 3], &again.body));
    assert_eq!(outcomes(&club.post_keyed(2, RESERVATIONS, "later", &bygone()).await.ok()), ["exists"; 3]);
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_no_show_can_be_taken_back() {
    let club = Club::open().await;
    club.post(0, RESERVATIONS, &bygone()).await.ok();
    let back = json!({"action": "reverse_no_show"});
    let request = club.request(Method::PATCH, 1, "/api/reservations/missed?facilityId=fac_1").json(&back);
    let index = club.send(request).await.ok().index.unwrap();
    let member = club.get(2, &format!("/api/facilities/fac_1/members/mbr_1?minIndex={index}")).await.ok();
    assert_eq!(member.body["creditsBalance"], 2, "what it cost there comes back here");
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waited_waits_on_by_rank_and_what_ended_is_kept() {
    let club = Club::open().await;
    let wish = |id: &str, member: &str, more: Value| {
        let mut body = json!({"id": id, "memberId": member, "courtId": "crt_1", "preferredDate": date(1).to_string(),
            "preferredStartTime": "10:00", "preferredEndTime": "11:00", "durationMinutes": 60});
        more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        body
    };
    let ended = json!({"status": "expired", "endedAt": days_ago(100, "10:00"), "joinedAt": days_ago(101, "10:00")});
    let body = json!({"entries": [wish("wl_1", "mbr_1", json!({})), wish("wl_2", "mbr_2", json!({"priority": 5})),
        wish("wl_3", "mbr_3", ended), wish("wl_4", "nobody", json!({})),
        wish("wl_5", "mbr_3", json!({"preferredDate": "1999-01-01"}))]});
    let first = club.post_keyed(0, WAITLIST, "waiting", &body).await.ok();
    assert_eq!(outcomes(&first), ["imported", "imported", "imported", "refused", "refused"]);
    let codes: Vec<&Value> = first.body["results"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
    assert_eq!((codes[3], codes[4]), (&json!("member_not_found"), &json!("past_time")));
    let statuses: Vec<&Value> = first.body["results"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses[..2], [&json!("active"), &json!("offered")], "what is free goes to the first by rank");
    let kept = club.get(1, &format!("/api/waitlist/wl_3?minIndex={}", first.index.unwrap())).await.ok();
    assert_eq!(kept.text("status"), "expired");

    assert_eq!(outcomes(&club.post_keyed(1, WAITLIST, "waiting", &body).await.ok()), outcomes(&first));
    let again = club.post(2, WAITLIST, &body).await.ok();
    assert_eq!(outcomes(&again), ["exists", "exists", "exists", "refused", "refused"]);
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_malformed_place_of_an_import_is_named() {
    let club = Club::open().await;
    let line = json!({"id": "l 1", "at": "soon"});
    let body = json!({"reservations": [past("old", 100, "completed", json!({"log": [line], "participants": [" "]}))]});
    let refused = club.post(0, RESERVATIONS, &body).await;
    refused.is(400, "malformed");
    let places = ["participants", "log/0/id", "log/0/at", "log/0/log"];
    assert_eq!(refused.pointers(), places.map(|place| format!("/reservations/0/{place}")));
    let held = json!({"reservations": [past("old", 100, "pending", json!({}))]});
    club.post(0, RESERVATIONS, &held).await.is(400, "malformed");
    let entry = json!({"entries": [{"id": "wl_1", "memberId": "mbr_1", "preferredDate": "soon"}]});
    assert_eq!(club.post(0, WAITLIST, &entry).await.pointers(), ["/entries/0/preferredDate"]);
    club.close().await;
}
