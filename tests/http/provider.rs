//! Whoever carries messages, as the tests play it: it signs what it sends as the real ones do.

use std::sync::Arc;

use courtd::{Access, Outside};
use machine::Instant;
use reqwest::{Method, RequestBuilder, Url};
use serde_json::{Value, json};

use crate::club::{Answer, Club};
use crate::signer::Signer;
use crate::steered::Steered;

/// Monday, 2026-06-01, 08:00 UTC.
pub(crate) const MORNING: Instant = Instant(1_780_300_800_000);

/// A club whose providers the test plays.
pub(crate) struct Told {
    pub(crate) club: Club,
    pub(crate) clock: Arc<Steered>,
    signer: Signer,
}

impl Told {
    /// Three nodes without any facility, on a Monday morning.
    pub(crate) async fn open() -> Self {
        Self::with(Access::open(), Outside::default()).await
    }

    /// The same with other callers, and more outside.
    pub(crate) async fn with(access: Access, outside: Outside) -> Self {
        let signer = Signer::new();
        let outside = Outside { callbacks: signer.callbacks(), ..outside };
        let clock = Arc::new(Steered::at(MORNING));
        Self { club: Club::outside_with(&clock, outside, access).await, clock, signer }
    }

    /// Gives a member a telephone and what else `change` says.
    pub(crate) async fn call(&self, facility: &str, member: &str, phone: &str, change: Value) -> u64 {
        let mut body = json!({"phone": phone, "preferences": {"notificationSms": true}});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let path = format!("/api/facilities/{facility}/members/{member}");
        self.club.send(self.club.request(Method::PATCH, 0, &path).json(&body)).await.ok().index.unwrap()
    }

    /// What the text provider posts, signed for its address of it.
    pub(crate) fn form(&self, node: usize, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        self.unsigned_form(node, path, fields).header("X-Twilio-Signature", self.signer.form(path, fields))
    }

    pub(crate) fn unsigned_form(&self, node: usize, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let mut url = Url::parse("http://form/").unwrap();
        url.query_pairs_mut().extend_pairs(fields);
        let request = self.club.request(Method::POST, node, path).body(url.query().unwrap_or_default().to_owned());
        request.header("Content-Type", "application/x-www-form-urlencoded")
    }

    /// What became of a text.
    pub(crate) async fn status(&self, node: usize, delivery: &str, sid: &str, status: &str, code: &str) -> Answer {
        let path = format!("/api/twilio/status?facility=fac_1&delivery={delivery}");
        let fields = [("MessageSid", sid), ("MessageStatus", status), ("ErrorCode", code), ("To", "+12065550100")];
        self.club.send(self.form(node, &path, &fields)).await
    }

    /// Sends in a text; what is answered, in words, and nothing for nothing.
    pub(crate) async fn text(&self, node: usize, sid: &str, from: &str, body: &str) -> String {
        let fields = [("MessageSid", sid), ("From", from), ("To", "+12065550000"), ("Body", body)];
        self.said(self.form(node, "/api/twilio/inbound", &fields)).await
    }

    /// The words of an answer in the text provider's markup.
    pub(crate) async fn said(&self, request: RequestBuilder) -> String {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        let body = response.text().await.unwrap();
        assert_eq!((status, kind.as_str()), (200, "text/xml; charset=utf-8"), "{body}");
        let inside = body.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>").unwrap();
        let inside = inside.strip_suffix("</Response>").unwrap();
        let message = inside.strip_prefix("<Message>").and_then(|text| text.strip_suffix("</Message>"));
        message.unwrap_or_default().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    }

    /// What became of emails, signed.
    pub(crate) fn events(&self, node: usize, events: &Value) -> RequestBuilder {
        let timestamp = (self.clock.now().0 / 1000).to_string();
        let body = format!("{events}\r\n");
        let signature = self.signer.events(&timestamp, &body);
        let request = self.club.request(Method::POST, node, "/api/sendgrid/events").body(body);
        request
            .header("Content-Type", "application/json")
            .header("X-Twilio-Email-Event-Webhook-Signature", signature)
            .header("X-Twilio-Email-Event-Webhook-Timestamp", timestamp)
    }

    /// The notification log of `fac_1`, as the leader knows it.
    pub(crate) async fn log(&self, node: usize, query: &str) -> Vec<Value> {
        let path = format!("/api/facilities/fac_1/notifications?consistency=linearizable{query}");
        self.club.get(node, &path).await.ok().body["items"].as_array().unwrap().clone()
    }

    /// One notification of `fac_1`.
    pub(crate) async fn logged(&self, node: usize, id: &str) -> Value {
        let found = self.log(node, "&limit=200").await.into_iter().find(|item| item["id"] == id);
        found.unwrap_or_else(|| panic!("{id} is in the log"))
    }

    /// Books an hour on that day of June.
    pub(crate) async fn book(&self, facility: &str, id: &str, member: &str, start: &str) -> u64 {
        let body = json!({"facilityId": facility, "id": id, "courtId": "crt_1", "memberId": member,
            "startTime": start, "durationMinutes": 60});
        self.club.post(0, "/api/reservations", &body).await.ok().index.unwrap()
    }

    /// How often something happened to `fac_1`.
    pub(crate) async fn happened(&self, facility: &str, event: &str) -> usize {
        let path = format!("/api/facilities/{facility}/history?limit=200&consistency=linearizable");
        let page = self.club.get(0, &path).await.ok();
        page.body["items"].as_array().unwrap().iter().filter(|item| item["event"] == event).count()
    }
}
