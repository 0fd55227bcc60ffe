//! What handlers take from a request: who asks, under which key, with which body; parameters are in [`super::params`].
//!
//! [`Asked`] is a request that wants to change something, [`Viewed`] is one that only looks. The
//! caller of either was let in by [`super::front`], which knows what the route needs.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use machine::{FacilityId, IdError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::check::{Check, Text};
use super::idempotency::{self, Named};
use super::params::Params;
use super::precondition::IfMatch;
use super::problem::Problem;
use crate::auth::Caller;
use crate::edge::Edge;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(8);

/// What a path names; where it names nothing, a problem like any other.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

/// A request that only looks.
#[derive(Debug)]
pub(crate) struct Viewed {
    pub(crate) caller: Caller,
    pub(crate) params: Params,
}

/// A request that wants to change something.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) caller: Caller,
    pub(crate) key: Option<String>,
    pub(crate) if_match: IfMatch,
    pub(crate) params: Params,
    pub(crate) body: Bytes,
}

/// A request whose body is signed: as it came, to the byte.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Edge>> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, Problem> {
        let named = axum::extract::Path::<T>::from_request_parts(parts, edge).await;
        named.map(|path| Self(path.0)).map_err(|_| Problem::malformed_at("path", IdError.to_string()))
    }
}

impl FromRequestParts<Arc<Edge>> for Viewed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Edge>) -> Result<Self, Problem> {
        Ok(Self { caller: caller(parts)?, params: Params::of(parts)? })
    }
}

impl Asked {
    /// The body as `T`; where it does not fit, the place that does not.
    pub(crate) fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Problem> {
        parse(&self.body)
    }

    /// The body as `T`, where one may be left out.
    pub(crate) fn parse_or_default<'a, T: Deserialize<'a> + Default>(&'a self) -> Result<T, Problem> {
        if self.body.is_empty() { Ok(T::default()) } else { self.parse() }
    }

    /// The body as a JSON object: what a merge patch changes.
    pub(crate) fn patch(&self) -> Result<Value, Problem> {
        let patch: Value = self.parse()?;
        if patch.is_object() { Ok(patch) } else { Err(Problem::malformed_at("", "must be a JSON object")) }
    }

    /// The facility, named in the body or in `?facilityId=`.
    pub(crate) fn facility_id(&self, check: &mut Check, in_body: Option<&Text<'_>>) -> Option<FacilityId> {
        match (in_body, self.params.get("facilityId")) {
            (None, Some(text)) => {
                let id = FacilityId::parse(text);
                id.inspect_err(|error| check.wrong("?facilityId", error.to_string())).ok()
            }
            (in_body, _) => check.required_id("/facilityId", in_body),
        }
    }

    /// This request's name.
    pub(crate) fn name(&self, operation: &str) -> Named {
        idempotency::name(&self.caller, self.key.as_deref(), operation, "", &self.body)
    }
}

impl FromRequest<Arc<Edge>> for Asked {
    type Rejection = Problem;

    async fn from_request(request: Request, edge: &Arc<Edge>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let caller = caller(&parts)?;
        let (key, params) = (idempotency::key(&parts.headers)?, Params::of(&parts)?);
        let if_match = IfMatch::of(&parts.headers)?;
        let is_json = is_json(&parts.headers);
        let body = body_of(Request::from_parts(parts, body), edge).await?;
        if !is_json && !body.is_empty() {
            let detail = "The body must be application/json.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
        }
        Ok(Self { caller, key, if_match, params, body })
    }
}

impl FromRequest<Arc<Edge>> for Signed {
    type Rejection = Problem;

    async fn from_request(request: Request, edge: &Arc<Edge>) -> Result<Self, Problem> {
        Ok(Self { headers: request.headers().clone(), body: body_of(request, edge).await? })
    }
}

/// The body, if it comes in time.
pub(super) async fn body_of(request: Request, edge: &Arc<Edge>) -> Result<Bytes, Problem> {
    match tokio::time::timeout(BODY_TIMEOUT, Bytes::from_request(request, edge)).await {
        Ok(read) => read.map_err(unreadable),
        Err(_) => {
            let detail = "The body did not arrive in time.";
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", detail))
        }
    }
}

/// Whom the front has let in.
fn caller(parts: &Parts) -> Result<Caller, Problem> {
    parts.extensions.get().cloned().ok_or_else(Problem::internal)
}

/// Reads what is JSON already; where it does not fit, the place that does not.
pub(crate) fn from_value<'a, T: Deserialize<'a>>(value: &'a Value) -> Result<T, Problem> {
    let read = serde_path_to_error::deserialize::<_, T>(value);
    read.map_err(|error| Problem::malformed_at(pointer(error.path()), error.inner().to_string()))
}

/// Reads JSON; only where it does not fit is it read again to find the place.
fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        if !error.is_data() {
            return Problem::malformed_at("", format!("the body is not JSON: {error}"));
        }
        let mut again = serde_json::Deserializer::from_slice(body);
        match serde_path_to_error::deserialize::<_, T>(&mut again) {
            Err(error) => Problem::malformed_at(pointer(error.path()), error.inner().to_string()),
            Ok(_) => Problem::malformed_at("", error.to_string()),
        }
    })
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => Some(format!("/{index}")),
        Segment::Map { key } => Some(format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
        Segment::Enum { .. } | Segment::Unknown => None,
    };
    path.iter().filter_map(segment).collect()
}

/// Whether the body is JSON, or says nothing of what it is.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return true };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn unreadable(rejection: BytesRejection) -> Problem {
    match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large.")
        }
        _ => Problem::malformed_at("", "the body could not be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        name: Option<Text<'a>>,
        hours: Option<Vec<u16>>,
    }

    fn pointer_of(body: &str) -> String {
        parse::<Body<'_>>(body.as_bytes()).unwrap_err().facts().errors[0].pointer.clone()
    }

    #[test]
    fn a_wrong_type_is_named_by_its_place() {
        assert_eq!(pointer_of(r#"{"name": 3}"#), "/name");
        assert_eq!(pointer_of(r#"{"hours": [1, "two"]}"#), "/hours/1");
        assert_eq!(pointer_of(r#"{"hours": [1, -2]}"#), "/hours/1");
        assert_eq!(pointer_of("[]"), "");
        assert_eq!(pointer_of("{"), "");
        assert_eq!(pointer_of(""), "");
        let fits: Body<'_> = parse(br#"{"name": "a\"b", "unknown": 1}"#).unwrap();
        assert_eq!((fits.name.unwrap().as_str(), fits.hours), ("a\"b", None));
    }

    #[test]
    fn text_without_escapes_is_not_copied() {
        let body: Body<'_> = parse(br#"{"name": "plain"}"#).unwrap();
        assert!(matches!(body.name, Some(Text(std::borrow::Cow::Borrowed("plain")))));
    }

    #[test]
    fn json_is_what_says_so_or_says_nothing() {
        let of = |text: &str| HeaderMap::from_iter([(header::CONTENT_TYPE, text.parse().unwrap())]);
        assert!(is_json(&HeaderMap::new()));
        assert!(is_json(&of("application/json; charset=utf-8")));
        assert!(is_json(&of("application/merge-patch+json")));
        assert!(!is_json(&of("application/x-www-form-urlencoded")));
        assert!(!is_json(&of("text/plain")));
    }
}
