//! Twilio: text messages over its HTTP API, `POST …/Messages.json`.
//!
//! It does not know the same text again, and a text is an interruption: so where it may have been taken,
//! that is said, and the outbox decides.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use machine::Refusal;
use reqwest::{Client, Url};

use super::exchange::{self, Answer, Patience};
use super::{Content, Message, Sender, Sending, SetUpError};
use crate::auth::Secret;

/// Where it is, unless told otherwise.
pub const TWILIO_BASE: &str = "https://api.twilio.com";
/// Where it tells what became of a text, under the address at which the world sees us.
pub const STATUS_PATH: &str = "/api/twilio/status";
/// Characters that one text may have (its API's `Body`).
const BODY_CHARS_MAX: usize = 1_600;
/// Seconds for which it may keep a text that it cannot send at once (its API's `ValidityPeriod`).
const VALIDITY_SECONDS: std::ops::RangeInclusive<u64> = 1..=36_000;

/// An account, and who writes.
pub struct TwilioAccount {
    /// `AC…`.
    pub account_sid: String,
    /// Its password.
    pub auth_token: Secret,
    /// Who writes.
    pub from: TextFrom,
}

/// Who writes a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextFrom {
    /// A number in E.164, or a name.
    Number(String),
    /// A messaging service, `MG…`, which has numbers of its own.
    Service(String),
}

/// Sends texts by Twilio.
pub struct Twilio {
    client: Client,
    url: Url,
    account: TwilioAccount,
    /// Where it tells what became of them; `None` where the world does not see us.
    callback: Option<Url>,
}

impl Twilio {
    /// By an account, at the API that `base` is. `public_url` is the address at which the world sees us.
    pub fn new(
        base: &str,
        account: TwilioAccount,
        public_url: Option<&str>,
        patience: Patience,
    ) -> Result<Self, SetUpError> {
        let url = exchange::url(base, &format!("/2010-04-01/Accounts/{}/Messages.json", account.account_sid))?;
        let callback = public_url.map(|public| exchange::url(public, STATUS_PATH)).transpose()?;
        Ok(Self { client: exchange::client(patience)?, url, account, callback })
    }

    async fn post(&self, message: &Message) -> Sending {
        let Content::Text(text) = &message.content else { return Sending::refused("no_text") };
        if text.chars().count() > BODY_CHARS_MAX {
            return Sending::refused("text_too_long");
        }
        let request = self.client.post(self.url.clone());
        let request = request.basic_auth(&self.account.account_sid, Some(self.account.auth_token.reveal()));
        match exchange::ask(request.form(&self.form(message, text))).await {
            Ok(answer) => classify(&answer, message.now),
            Err(sending) => sending,
        }
    }

    fn form(&self, message: &Message, text: &str) -> Vec<(&'static str, String)> {
        let validity = message.useful_for().as_secs().clamp(*VALIDITY_SECONDS.start(), *VALIDITY_SECONDS.end());
        let from = match &self.account.from {
            TextFrom::Number(number) => ("From", number.clone()),
            TextFrom::Service(sid) => ("MessagingServiceSid", sid.clone()),
        };
        let mut form = vec![
            ("To", message.to.address.clone()),
            from,
            ("Body", text.to_owned()),
            ("ValidityPeriod", validity.to_string()),
        ];
        if let Some(mut callback) = self.callback.clone() {
            let ids = [("facility", message.facility_id.as_str()), ("delivery", message.delivery_id.as_str())];
            callback.query_pairs_mut().extend_pairs(ids);
            form.push(("StatusCallback", callback.into()));
        }
        form
    }
}

impl Sender for Twilio {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Sending> {
        self.post(message).boxed()
    }
}

/// What an answer means: by Twilio's own code where it has one, else by the status.
fn classify(answer: &Answer, now: machine::Instant) -> Sending {
    let status = answer.status.as_u16();
    if status == 201 {
        return Sending::accepted(answer.body["sid"].as_str().map(str::to_owned));
    }
    let after = exchange::after(&answer.headers, None, now);
    let known = answer.body["code"].as_u64().and_then(|code| known_code(code, after));
    let detail = match answer.body["code"].as_u64() {
        Some(code) => format!("twilio_{code}"),
        None => exchange::code(answer.status),
    };
    known.unwrap_or(match status {
        429 => Sending::Again { after, detail },
        // Redirects, and an account that is not there, are as wrong as a password.
        401 | 403 | 404 | 405 | 300..=399 => Sending::Misconfigured { detail },
        400..=499 => Sending::Refused { because: Refusal::Message, detail },
        // A request that ended so may have been carried out before.
        _ => Sending::Unknown { detail },
    })
}

/// The codes that say more than their status.
fn known_code(code: u64, after: Option<std::time::Duration>) -> Option<Sending> {
    let detail = format!("twilio_{code}");
    Some(match code {
        21211 | 21614 | 21612 | 30006 => Sending::Refused { because: Refusal::BadAddress, detail },
        21610 => Sending::Refused { because: Refusal::OptedOut, detail },
        20003 | 21408 | 21606 | 21608 => Sending::Misconfigured { detail },
        20429 | 20503 | 21611 | 30001 | 30003 => Sending::Again { after, detail },
        _ => return None,
    })
}
