//! The client: one way to ask Stripe, with everything that every request has in common.
//!
//! Each POST has an `Idempotency-Key`, so that a request whose answer was lost is sent again without harm.
//! Nothing of an answer is kept but what is asked for; Stripe's own words are never logged.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::digest;
use machine::FacilityId;
use reqwest::header::{HeaderName, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, redirect};
use serde_json::Value;

use super::failure::Failure;
use crate::auth::Secret;

/// Where Stripe is.
pub(crate) const API_BASE: &str = "https://api.stripe.com";
/// The version of the interface that this client was written against; Stripe keeps it for those who name it.
const API_VERSION: &str = "2024-06-20";
const STRIPE_VERSION: HeaderName = HeaderName::from_static("stripe-version");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Stands on an answer that is the kept one of the first request under its key.
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The longest key that Stripe takes.
const KEY_CHARS_MAX: usize = 255;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A good answer of the five calls has a few kilobytes.
const ANSWER_BYTES_MAX: usize = 512 << 10;

/// What a node is told of Stripe.
#[derive(Clone, PartialEq, Eq)]
pub struct StripeSettings {
    /// Where it is.
    pub api_base: String,
    /// Lets the club's account be used.
    pub secret_key: Secret,
    /// Signs what Stripe tells.
    pub webhook_secret: Secret,
    /// Where a member comes back to after paying, unless the request says another.
    pub success_url: Option<String>,
    /// Where a member comes back to without paying, unless the request says another.
    pub cancel_url: Option<String>,
    /// How long a hold waits for its payment.
    pub hold_seconds: u32,
}

/// Stripe, as this program uses it.
#[derive(Clone)]
pub struct Stripe {
    client: Client,
    settings: StripeSettings,
}

/// The fields of a form, in order.
pub(super) type Form = Vec<(String, String)>;

impl Stripe {
    /// A client of the account that the settings name; fails where TLS cannot be set up.
    pub fn new(settings: StripeSettings) -> reqwest::Result<Self> {
        // A redirect would carry the key to wherever it leads.
        let client = Client::builder().connect_timeout(CONNECT_TIMEOUT).redirect(redirect::Policy::none()).build()?;
        Ok(Self { client, settings })
    }

    pub(crate) fn settings(&self) -> &StripeSettings {
        &self.settings
    }

    pub(super) async fn get(&self, path: &str, patience: Duration) -> Result<Value, Failure> {
        self.ask(self.client.get(self.url(path)), patience).await
    }

    pub(super) async fn post(&self, path: &str, key: &str, form: &Form, patience: Duration) -> Result<Value, Failure> {
        let request = self.client.post(self.url(path)).header(IDEMPOTENCY_KEY, key).form(form);
        self.ask(request, patience).await
    }

    async fn ask(&self, request: RequestBuilder, patience: Duration) -> Result<Value, Failure> {
        let request = request.bearer_auth(self.settings.secret_key.reveal()).header(STRIPE_VERSION, API_VERSION);
        let response = request.timeout(patience).send().await.map_err(|error| Failure::of_transport(&error))?;
        let status = response.status();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let retry_after = retry_after.map(Duration::from_secs);
        let is_repeated = response.headers().contains_key(IDEMPOTENT_REPLAYED);
        let body = match read(response).await {
            Ok(body) if status.is_success() => return Ok(body),
            Err(failure) if status.is_success() => return Err(failure),
            body => body.unwrap_or_default(),
        };
        let failure = Failure::of_answer(status.as_u16(), &body, retry_after);
        Err(if is_repeated { failure.repeated() } else { failure })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.api_base.trim_end_matches('/'))
    }
}

/// A key out of a facility and what is asked of it, so that two facilities with one id never share one.
pub(super) fn key(facility: &FacilityId, what: &str) -> String {
    let key = format!("{facility}:{what}");
    if key.len() <= KEY_CHARS_MAX {
        return key;
    }
    let digest = digest::digest(&digest::SHA256, key.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name that Stripe gave, to be put into an address: anything else is none of its names.
pub(super) fn in_address(name: &str) -> Result<&str, Failure> {
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name { Ok(name) } else { Err(Failure::refused("malformed_id")) }
}

async fn read(mut response: Response) -> Result<Value, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::of_transport(&error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > ANSWER_BYTES_MAX {
            return Err(Failure::Unknown { detail: "answer_too_large".to_owned() });
        }
    }
    serde_json::from_slice(&bytes).map_err(|_| Failure::Unknown { detail: "answer_malformed".to_owned() })
}

impl fmt::Debug for StripeSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeSettings").field("api_base", &self.api_base).finish_non_exhaustive()
    }
}

impl fmt::Debug for Stripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_of_its_facility_and_never_too_long() {
        let facility = |id: &str| FacilityId::parse(id).unwrap();
        assert_eq!(key(&facility("fac_1"), "res:rsv_1:v2:checkout"), "fac_1:res:rsv_1:v2:checkout");
        let (long, other) = ("r".repeat(200), "r".repeat(201));
        let of = |what: &str| key(&facility(&"f".repeat(100)), what);
        assert!(of(&long).len() <= KEY_CHARS_MAX);
        assert_ne!(of(&long), of(&other));
        assert_eq!(of(&long), of(&long));
    }

    #[test]
    fn only_a_name_comes_into_an_address() {
        assert!(in_address("cs_test_a1").is_ok());
        for bad in ["", "../refunds", "cs?x=1", "cs/expire", "cs%2f"] {
            assert!(in_address(bad).is_err(), "{bad}");
        }
    }
}
