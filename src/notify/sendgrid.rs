//! SendGrid: emails over its HTTP API, `POST /v3/mail/send`.
//!
//! It does not know the same email again. What it took without our hearing of it is sent twice, if the
//! outbox says so.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use machine::Refusal;
use reqwest::{Client, Url};
use serde_json::{Value, json};

use super::exchange::{self, Answer, Patience};
use super::letter::{Author, CALENDAR_FILE, one_line};
use super::{CalendarPart, Content, Message, Sender, Sending, SetUpError};
use crate::auth::Secret;

/// Where it is, unless told otherwise.
pub const SENDGRID_BASE: &str = "https://api.sendgrid.com";
/// When it takes more, in seconds since 1970.
const RESET: &str = "x-ratelimit-reset";
/// What it calls an email that it has taken.
const MESSAGE_ID: &str = "x-message-id";

/// Sends emails by SendGrid.
pub struct SendGrid {
    client: Client,
    url: Url,
    key: Secret,
    author: Author,
}

impl SendGrid {
    /// By the account that `key` is of, at the API that `base` is, in the name of `author`.
    pub fn new(base: &str, key: Secret, author: Author, patience: Patience) -> Result<Self, SetUpError> {
        let url = exchange::url(base, "/v3/mail/send")?;
        Ok(Self { client: exchange::client(patience)?, url, key, author })
    }

    async fn post(&self, message: &Message) -> Sending {
        let Some(body) = body(message, &self.author) else { return Sending::refused("no_email") };
        let request = self.client.post(self.url.clone()).bearer_auth(self.key.reveal()).json(&body);
        match exchange::ask(request).await {
            Ok(answer) => classify(&answer, message.now),
            Err(sending) => sending,
        }
    }
}

impl Sender for SendGrid {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Sending> {
        self.post(message).boxed()
    }
}

/// The request, as its API has it; `None` for what is no email.
fn body(message: &Message, author: &Author) -> Option<Value> {
    let Content::Email { subject, text, html, calendar, reply_to, from_name } = &message.content else { return None };
    let mut to = json!({"email": message.to.address});
    let name = one_line(&message.to.name);
    if !name.is_empty() {
        to["name"] = json!(name);
    }
    let mut body = json!({
        "personalizations": [{"to": [to]}],
        "from": {"email": author.address.to_string(), "name": one_line(author.name(from_name))},
        "subject": one_line(subject),
        "content": [{"type": "text/plain", "value": text}, {"type": "text/html", "value": html}],
        "custom_args": {
            "delivery_id": message.delivery_id.as_str(),
            "facility_id": message.facility_id.as_str(),
            "member_id": message.member_id.as_str(),
        },
    });
    if let Some(reply_to) = reply_to {
        body["reply_to"] = json!({"email": reply_to});
    }
    if let Some(calendar) = calendar {
        body["attachments"] = json!([attachment(calendar)]);
    }
    Some(body)
}

fn attachment(calendar: &CalendarPart) -> Value {
    json!({
        "content": STANDARD.encode(&calendar.text),
        "type": format!("text/calendar; method={}", calendar.method.word()),
        "filename": CALENDAR_FILE,
        "disposition": "attachment",
    })
}

/// What an answer means.
fn classify(answer: &Answer, now: machine::Instant) -> Sending {
    let detail = exchange::code(answer.status);
    match answer.status.as_u16() {
        202 => {
            let id = answer.headers.get(MESSAGE_ID).and_then(|id| id.to_str().ok());
            Sending::accepted(id.map(str::to_owned))
        }
        408 | 429 | 500..=599 => Sending::Again { after: exchange::after(&answer.headers, Some(RESET), now), detail },
        // Redirects, and an address at which there is no such API, are as wrong as a key.
        401 | 403 | 404 | 405 | 300..=399 => Sending::Misconfigured { detail },
        400..=499 => Sending::Refused { because: Refusal::Message, detail },
        _ => Sending::Unknown { detail },
    }
}
