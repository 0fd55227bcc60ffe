//! What the providers tell of a message: believed when it is signed, twice and out of order as it comes.

use courtd::{Access, Outside, Quota, RateLimits, Secret, Stripe, StripeSettings};
use reqwest::Method;
use serde_json::{Value, json};

use crate::club::Club;
use crate::gate::{BOOTSTRAP, closed};
use crate::provider::{MORNING, Told};

const TEXT: &str = "ntf_confirmation-sms-1-rsv_1";
const EMAIL: &str = "ntf_confirmation-email-1-rsv_1";
const START: &str = "2026-06-02T10:00:00Z";

/// A club whose first member is told of a booking by email and text.
async fn booked() -> Told {
    booked_at(Told::open().await).await
}

async fn booked_at(told: Told) -> Told {
    told.club.make("fac_1", json!({})).await;
    told.call("fac_1", "mbr_1", "+12065550100", json!({})).await;
    told.book("fac_1", "rsv_1", "mbr_1", START).await;
    assert_eq!(told.logged(0, TEXT).await["state"], "scheduled");
    told
}

fn event(id: &str, event: &str, change: Value) -> Value {
    let mut body = json!({"event": event, "sg_event_id": id, "sg_message_id": "m1.recvd-x-1", "timestamp": 1,
        "email": "someone@example.org", "facility_id": "fac_1", "delivery_id": EMAIL, "member_id": "mbr_1"});
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_said_by_what_a_provider_is_known_nothing_is_believed() {
    let club = Club::open().await;
    for path in ["/api/twilio/status?facility=fac_1&delivery=ntf_1", "/api/twilio/inbound", "/api/sendgrid/events"] {
        club.post(0, path, &json!([])).await.is(409, "callbacks_not_configured");
    }
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_is_not_believed() {
    let told = booked().await;
    let path = format!("/api/twilio/status?facility=fac_1&delivery={TEXT}");
    let fields = [("MessageSid", "SM1"), ("MessageStatus", "failed"), ("ErrorCode", "21610")];
    told.club.send(told.unsigned_form(0, &path, &fields)).await.is(403, "bad_signature");
    let signature = |request: reqwest::RequestBuilder| {
        request.build().unwrap().headers()["x-twilio-signature"].to_str().unwrap().to_owned()
    };
    // The signature of something else: other fields, another delivery.
    for (of_path, of_fields) in [
        (path.as_str(), &[("MessageSid", "SM1"), ("MessageStatus", "sent")][..]),
        ("/api/twilio/status?facility=fac_1&delivery=ntf_2", &fields[..]),
        ("/api/twilio/inbound", &fields[..]),
    ] {
        let stolen = signature(told.form(0, of_path, of_fields));
        let request = told.unsigned_form(1, &path, &fields).header("X-Twilio-Signature", stolen);
        told.club.send(request).await.is(403, "bad_signature");
    }
    let bounced = json!([event("e1", "bounce", json!({}))]);
    let good = told.events(0, &bounced).build().unwrap();
    let header = |name: &str| good.headers()[name].to_str().unwrap().to_owned();
    let (signature, timestamp) =
        (header("X-Twilio-Email-Event-Webhook-Signature"), header("X-Twilio-Email-Event-Webhook-Timestamp"));
    let post = |body: &str, signature: &str| {
        let request = told.club.request(reqwest::Method::POST, 0, "/api/sendgrid/events").body(body.to_owned());
        let request = request.header("X-Twilio-Email-Event-Webhook-Signature", signature);
        told.club.send(request.header("X-Twilio-Email-Event-Webhook-Timestamp", &timestamp))
    };
    post(&bounced.to_string(), &signature).await.is(403, "bad_signature");
    post(&format!("{bounced}\r\n"), "AAAA").await.is(403, "bad_signature");
    // The right one, when its time is over.
    told.club.wind(&told.clock, MORNING.plus(601_000)).await;
    post(&format!("{bounced}\r\n"), &signature).await.is(403, "bad_signature");
    let untouched = [told.logged(0, TEXT).await, told.logged(0, EMAIL).await];
    assert!(untouched.iter().all(|one| one["state"] == "scheduled" && one["receipt"].is_null()), "{untouched:?}");
    told.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_followed_to_its_end_whatever_comes_twice_or_late() {
    let told = booked().await;
    for (node, status) in [(0, "sent"), (1, "delivered"), (2, "queued"), (0, "delivered"), (1, "sent")] {
        assert_eq!(told.status(node, TEXT, "SM1", status, "").await.status, 204);
    }
    let delivered = told.logged(2, TEXT).await;
    assert_eq!((&delivered["state"], &delivered["providerId"]), (&json!("sent"), &json!("SM1")));
    assert_eq!(delivered["receipt"], json!({"status": "delivered", "detail": null}));
    assert_eq!(told.happened("fac_1", "delivery_sent").await, 2, "on its way, and there");
    // What nobody knows, and what says nothing.
    for (delivery, status) in [("ntf_none", "delivered"), (TEXT, "received"), (TEXT, "nonsense")] {
        assert_eq!(told.status(1, delivery, "SM1", status, "").await.status, 204);
    }
    told.status(1, "a%20b", "SM1", "sent", "").await.is(400, "malformed");
    told.status(1, TEXT, "", "sent", "").await.is(400, "malformed");
    told.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_takes_nothing_is_not_written_to_again() {
    let told = booked().await;
    assert_eq!(told.status(1, TEXT, "SM1", "undelivered", "30006").await.status, 204);
    let failed = told.logged(0, TEXT).await;
    assert_eq!(failed["state"], "failed");
    assert_eq!(failed["receipt"], json!({"status": "undelivered", "detail": "twilio_30006"}));
    assert_eq!(told.happened("fac_1", "reach_changed").await, 1);
    told.book("fac_1", "rsv_2", "mbr_1", "2026-06-02T12:00:00Z").await;
    let next = told.log(0, "&reservation=rsv_2").await;
    let media: Vec<&str> = next.iter().map(|one| one["medium"].as_str().unwrap()).collect();
    assert_eq!(media, ["email"]);
    told.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_that_was_off_is_tried_once_more() {
    let told = booked().await;
    assert_eq!(told.status(1, TEXT, "SM1", "undelivered", "30003").await.status, 204);
    let again = told.logged(0, TEXT).await;
    assert_eq!((&again["state"], &again["dueAt"]), (&json!("scheduled"), &json!("2026-06-01T08:01:00Z")));
    assert_eq!(told.happened("fac_1", "reach_changed").await, 0);
    told.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_event_of_many_stops_no_other() {
    let told = booked().await;
    let events = json!([
        event("e0", "processed", json!({})),
        "nonsense",
        {"event": "bounce"},
        event("e1", "delivered", json!({"facility_id": "fac_none"})),
        event("e2", "delivered", json!({"facility_id": "no facility"})),
        event("e3", "bounce", json!({"delivery_id": "ntf_none", "member_id": "mbr_none"})),
        event("e4", "open", json!({})),
        event("e5", "bounce", json!({"type": "bounce", "reason": "550 someone@example.org unknown"})),
        event("e6", "delivered", json!({})),
    ]);
    for node in 0..3 {
        let answer = told.club.send(told.events(node, &events)).await;
        assert_eq!(answer.status, 204, "{answer:?}");
    }
    let bounced = told.logged(0, EMAIL).await;
    assert_eq!((&bounced["state"], &bounced["providerId"]), (&json!("failed"), &json!("m1")));
    assert_eq!(bounced["receipt"], json!({"status": "undelivered", "detail": "sendgrid_bounce"}));
    assert_eq!(told.happened("fac_1", "reach_changed").await, 1);
    told.club.send(told.events(0, &json!({"event": "bounce"}))).await.is(400, "malformed");
    told.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_complaint_does_not_undo_what_a_member_chose_since() {
    let told = booked().await;
    let left = json!([event("e1", "group_unsubscribe", json!({}))]);
    let back = json!([event("e2", "group_resubscribe", json!({}))]);
    for (node, events, changes) in [(0, &left, 1), (1, &left, 1), (2, &back, 2), (0, &left, 2), (1, &back, 2)] {
        assert_eq!(told.club.send(told.events(node, events)).await.status, 204);
        assert_eq!(told.happened("fac_1", "reach_changed").await, changes);
    }
    // Of an address that is not the member's any more it says nothing.
    let other = json!([event("e3", "spamreport", json!({"email": "other@example.org"}))]);
    assert_eq!(told.club.send(told.events(0, &other)).await.status, 204);
    assert_eq!(told.happened("fac_1", "reach_changed").await, 2);
    told.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_no_majority_can_take_are_asked_for_again() {
    let mut told = booked().await;
    told.club.cluster.stop_node(1).await;
    told.club.cluster.stop_node(2).await;
    let events = json!([event("e1", "delivered", json!({})), event("e2", "spamreport", json!({}))]);
    let answer = told.club.send(told.events(0, &events)).await;
    assert_eq!((answer.status, answer.retry_after.is_some()), (503, true), "{answer:?}");
    told.club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_never_waits_and_who_only_claims_to_be_one_does() {
    let quota = |requests| Quota { requests, seconds: 3600 };
    let limits = RateLimits { public: quota(2), ..RateLimits::default() };
    let stripe = Stripe::new(StripeSettings {
        api_base: "http://127.0.0.1:9".to_owned(),
        secret_key: Secret::new("sk_test"),
        webhook_secret: Secret::new("whsec"),
        success_url: None,
        cancel_url: None,
        hold_seconds: 600,
    });
    let outside = Outside { stripe: Some(stripe.unwrap()), ..Outside::default() };
    let mut told = Told::with(Access { rate_limits: Some(limits), ..closed() }, outside).await;
    told.club.use_token(BOOTSTRAP);
    let mut told = booked_at(told).await;
    told.club.use_token("");
    let news = ["queued", "sending", "sent", "sent", "delivered"];
    let events = json!([event("e1", "processed", json!({}))]);
    let tell = async |told: &Told| {
        for status in news {
            assert_eq!(told.status(0, TEXT, "SM1", status, "").await.status, 204);
        }
        for _ in 0..5 {
            assert_eq!(told.club.send(told.events(0, &events)).await.status, 204);
        }
    };
    tell(&told).await;
    let path = format!("/api/twilio/status?facility=fac_1&delivery={TEXT}");
    let fields = [("MessageSid", "SM1"), ("MessageStatus", "failed")];
    for _ in 0..2 {
        told.club.send(told.unsigned_form(0, &path, &fields)).await.is(403, "bad_signature");
    }
    let refused = told.club.send(told.unsigned_form(0, &path, &fields)).await;
    refused.is(429, "rate_limited");
    assert!(refused.retry_after.is_some());
    // On all of their addresses together, and those whose signature is good are taken all the same.
    for path in ["/api/twilio/status", "/api/twilio/inbound", "/api/sendgrid/events", "/api/stripe/webhook"] {
        told.club.send(told.club.request(Method::POST, 0, path).body("{}")).await.is(429, "rate_limited");
    }
    tell(&told).await;
    told.club.use_token(BOOTSTRAP);
    assert_eq!(told.logged(0, TEXT).await["receipt"]["status"], "delivered");
    told.club.close().await;
}
