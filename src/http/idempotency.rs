//! Names a request so that it acts once however often it is sent.
//!
//! A client's `Idempotency-Key` belongs to its principal and is kept for a day; without one the
//! node that was asked mints a name, so that a retry *between nodes* never acts twice. The
//! fingerprint tells the same request from another one under the same key.

use axum::http::HeaderMap;
use machine::{Digest, RequestId};
use serde_json::Value;

use super::problem::Problem;
use crate::auth::Caller;
use crate::ids;

/// The longest key, in characters (`api.md` 1).
const KEY_CHARS_MAX: usize = 255;
/// How long an answer is kept for a client's key: a day.
const KEYED_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// How long for a minted name: nodes retry among themselves for seconds only.
const MINTED_MILLIS: i64 = 60 * 1000;

/// A request's name, what was asked, and how long the answer is kept.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) request: RequestId,
    pub(crate) fingerprint: u64,
    pub(crate) remember_millis: i64,
}

/// The client's key, if there is one and it is well formed.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| (1..=KEY_CHARS_MAX).contains(&text.len()));
    let detail = format!("Idempotency-Key has 1 to {KEY_CHARS_MAX} printable ASCII characters");
    text.map(|text| Some(text.to_owned())).ok_or_else(|| Problem::malformed_at("Idempotency-Key", detail))
}

/// Names a request. `operation` is the method and path without its aliases; `part` tells apart
/// what one request asks for several times.
pub(crate) fn name(caller: &Caller, key: Option<&str>, operation: &str, part: &str, body: &[u8]) -> Named {
    let principal = caller.principal();
    match key {
        Some(key) => {
            let key = if part.is_empty() { key.to_owned() } else { format!("{key}#{part}") };
            let fingerprint = fingerprint(operation, body);
            Named { request: RequestId { principal, key }, fingerprint, remember_millis: KEYED_MILLIS }
        }
        None => {
            // A minted name is new: it can be no other request's, so there is nothing to tell apart.
            let request = RequestId { principal, key: ids::request() };
            Named { request, fingerprint: 0, remember_millis: MINTED_MILLIS }
        }
    }
}

/// Hash of what is asked: the order of fields and the white space between them do not count.
fn fingerprint(operation: &str, body: &[u8]) -> u64 {
    let mut canonical = operation.as_bytes().to_vec();
    canonical.push(b'\n');
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => write_canonical(&value, &mut canonical),
        Err(_) => canonical.extend_from_slice(body),
    }
    Digest::of(&canonical).0
}

fn write_canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            out.push(b'{');
            for (name, field) in fields {
                write_canonical(&Value::String(name.clone()), out);
                out.push(b':');
                write_canonical(field, out);
                out.push(b',');
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for item in items {
                write_canonical(item, out);
                out.push(b',');
            }
            out.push(b']');
        }
        plain => out.extend_from_slice(plain.to_string().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Need, Who};

    fn anybody() -> Caller {
        Caller::admit(Who::Public, Need::Anybody).unwrap()
    }

    fn keyed(key: &str, body: &str) -> Named {
        name(&anybody(), Some(key), "POST /attempt", "", body.as_bytes())
    }

    #[test]
    fn the_same_request_has_the_same_name_and_fingerprint() {
        let one = keyed("k", r#"{"a":1,"b":[{"x":"é","y":null}]}"#);
        let two = keyed("k", "{ \"b\": [ {\"y\":null, \"x\":\"\\u00e9\"} ],\n \"a\":1 }");
        assert_eq!((&one.request, one.fingerprint), (&two.request, two.fingerprint));
        assert_ne!(one.fingerprint, keyed("k", r#"{"a":2,"b":[{"x":"é","y":null}]}"#).fingerprint);
        assert_ne!(one.fingerprint, keyed("k", r#"{"a":1,"b":{"x":"é","y":null}}"#).fingerprint);
        assert_eq!(one.remember_millis, 86_400_000);
    }

    #[test]
    fn without_a_key_every_request_is_new() {
        let mint = || name(&anybody(), None, "POST /attempt", "", b"{}");
        assert_ne!(mint().request, mint().request);
        assert_eq!(mint().remember_millis, 60_000);
    }

    #[test]
    fn a_key_has_1_to_255_characters() {
        let headers = |text: &str| HeaderMap::from_iter([("idempotency-key".parse().unwrap(), text.parse().unwrap())]);
        assert_eq!(key(&HeaderMap::new()).unwrap(), None);
        assert_eq!(key(&headers("k1")).unwrap().as_deref(), Some("k1"));
        assert!(key(&headers(&"k".repeat(255))).is_ok());
        assert!(key(&headers("")).is_err());
        assert!(key(&headers(&"k".repeat(256))).is_err());
    }
}
