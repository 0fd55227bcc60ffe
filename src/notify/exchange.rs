//! One request to a provider over HTTP, and what can be said of it where there is no answer.
//!
//! Invariant: *again* is only said of what certainly was not taken. A request that may have left this
//! machine and was not answered is unknown.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, StatusCode, Url, redirect};
use serde_json::Value;

use super::{Sending, SetUpError};

/// For the connection alone, its encryption included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For the whole exchange.
const TIMEOUT: Duration = Duration::from_secs(20);
/// A connection that rests for longer is not used again: the provider may be closing it at that moment, and
/// whatever was sent on it would be unknown.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// The longest time for which a provider is believed that it wants to be left alone.
const AFTER_MAX: Duration = Duration::from_secs(60 * 60);

/// How long a provider may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the connection.
    pub connect: Duration,
    /// For all of it.
    pub whole: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: CONNECT_TIMEOUT, whole: TIMEOUT }
    }
}

/// What a provider answered.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// Null where it is no JSON, or did not arrive.
    pub(super) body: Value,
}

/// A client that follows nobody elsewhere.
pub(super) fn client(patience: Patience) -> Result<Client, reqwest::Error> {
    // A redirect would carry a key, and somebody's address, to wherever it leads.
    Client::builder()
        .connect_timeout(patience.connect)
        .timeout(patience.whole)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .redirect(redirect::Policy::none())
        .user_agent(concat!("courtd/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// A path at the address that somebody named.
pub(super) fn url(base: &str, path: &str) -> Result<Url, SetUpError> {
    let url = Url::parse(&format!("{}{path}", base.trim_end_matches('/'))).ok();
    url.filter(|url| matches!(url.scheme(), "http" | "https")).ok_or_else(|| SetUpError::Base(base.to_owned()))
}

/// Sends a request; where there is no answer, what that means.
pub(super) async fn ask(request: RequestBuilder) -> Result<Answer, Sending> {
    let response = request.send().await.map_err(|error| unanswered(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    // The status has decided: what comes after it only says more.
    let body = response.bytes().await.unwrap_or_default();
    Ok(Answer { status, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
}

/// The error names the address it went to, which may name a person: only its kind is kept.
fn unanswered(error: &reqwest::Error) -> Sending {
    if error.is_builder() {
        Sending::misconfigured("request_impossible")
    } else if error.is_connect() {
        Sending::again(if error.is_timeout() { "connect_timeout" } else { "connect_failed" })
    } else if error.is_timeout() {
        Sending::unknown("timeout")
    } else {
        Sending::unknown("connection_lost")
    }
}

/// `http_429` and the like.
pub(super) fn code(status: StatusCode) -> String {
    format!("http_{}", status.as_u16())
}

/// For how long the provider wants to be left alone: `Retry-After` in seconds, or a header with the second
/// since 1970 from which on it takes more. No more than an hour is believed.
pub(super) fn after(headers: &HeaderMap, reset: Option<&str>, now: machine::Instant) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    let until_reset = || Some(number(reset?)?.saturating_sub(now.0.div_euclid(1000)));
    let seconds = number(RETRY_AFTER.as_str()).or_else(until_reset)?;
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)).clamp(Duration::from_secs(1), AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn a_provider_is_left_alone_for_as_long_as_it_says() {
        let said = |lines: &[(&'static str, &'static str)]| {
            let headers = lines.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
            after(&headers.collect(), Some("x-ratelimit-reset"), machine::Instant(1_796_000_000_500))
        };
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(said(&[("retry-after", "7")]), seconds(7));
        assert_eq!(said(&[("x-ratelimit-reset", "1796000030")]), seconds(30));
        assert_eq!(said(&[("x-ratelimit-reset", "1796000030"), ("retry-after", "2")]), seconds(2));
        assert_eq!(said(&[("x-ratelimit-reset", "1795999990")]), seconds(1));
        assert_eq!(said(&[("retry-after", "999999999")]), seconds(3600));
        assert_eq!(said(&[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")]), None);
        assert_eq!(said(&[]), None);
    }
}
