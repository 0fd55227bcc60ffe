//! What a client is told when the answer is no: RFC 9457, with a code that never changes.
//!
//! A [`Problem`] is a value that handlers return; where it happened (`instance`, `requestId`) is
//! known to [`super::front`], which writes it out. On the booking endpoints the same object speaks
//! the original's words as well.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::auth::{Denial, Refused};

/// What a client is told when the answer is no. Boxed: the way of a good answer stays narrow.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Facts>);

/// The parts of a problem that its origin knows.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    /// The original's words, where they are not the detail.
    pub(crate) error: Option<&'static str>,
    pub(crate) current_status: Option<&'static str>,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) conflicts: Vec<ConflictBody>,
    /// What the booker should know besides, where bookings say so.
    pub(crate) warnings: Option<Vec<ConflictBody>>,
    /// The log index of the state that said no.
    pub(crate) index: Option<u64>,
    pub(crate) retry_after_seconds: Option<u32>,
}

/// One malformed place of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// JSON pointer into the body, or the name of a query parameter after `?`.
    #[schema(example = "/startTime")]
    pub(crate) pointer: String,
    /// What is wrong there.
    pub(crate) detail: String,
}

/// One violated rule.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct ConflictBody {
    /// The rule's code.
    #[serde(rename = "type")]
    #[schema(example = "time_overlap")]
    pub(crate) kind: &'static str,
    /// For people.
    pub(crate) message: String,
    /// What was compared.
    pub(crate) details: Value,
}

/// A problem as it is sent, `application/problem+json`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProblemBody<'a> {
    /// Names the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:courtd:problem:slot_taken")]
    pub(crate) kind: String,
    /// The status in words.
    pub(crate) title: &'a str,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What happened, for people.
    pub(crate) detail: &'a str,
    /// The path that was asked.
    pub(crate) instance: &'a str,
    /// What happened, for programs: stable, snake_case.
    #[schema(example = "slot_taken")]
    pub(crate) code: &'a str,
    /// Names this request in the logs.
    pub(crate) request_id: &'a str,
    /// Booking endpoints only: always false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) success: Option<bool>,
    /// Booking endpoints only: the original's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<&'a str>,
    /// Taken slots only: `pending`, `reserved` or `maintenance`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) current_status: Option<&'a str>,
    /// Every malformed place.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    pub(crate) errors: &'a [FieldError],
    /// Every violated rule.
    #[serde(skip_serializing_if = "<[ConflictBody]>::is_empty")]
    pub(crate) conflicts: &'a [ConflictBody],
    /// Bookings only: what the booker should know besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) warnings: Option<&'a [ConflictBody]>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(Facts {
            status,
            code,
            detail: detail.into(),
            error: None,
            current_status: None,
            errors: Vec::new(),
            conflicts: Vec::new(),
            warnings: None,
            index: None,
            retry_after_seconds: None,
        }))
    }

    /// Malformed input, every place of it.
    pub(crate) fn malformed(errors: Vec<FieldError>) -> Self {
        let mut problem = Self::new(StatusCode::BAD_REQUEST, "malformed", "The request is malformed.");
        problem.0.errors = errors;
        problem
    }

    /// One malformed place.
    pub(crate) fn malformed_at(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::malformed(vec![FieldError { pointer: pointer.into(), detail: detail.into() }])
    }

    pub(crate) fn not_found(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    pub(crate) fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// Somebody of whom nobody knows who it is.
    pub(crate) fn unauthorized() -> Self {
        let detail = "This needs a key: send Authorization: Bearer <key>.";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// Not now; a second later it may be.
    pub(crate) fn unavailable(code: &'static str, detail: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail);
        problem.0.retry_after_seconds = Some(1);
        problem
    }

    /// Something in this program went wrong: says so, and nothing more.
    pub(crate) fn internal() -> Self {
        let detail = "Something went wrong here. The request id names it in the logs.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// Too much, too soon.
    pub(crate) fn rate_limited(retry_after_seconds: u32) -> Self {
        let detail = format!("Too many requests: the next one is taken in {retry_after_seconds} s.");
        let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail);
        problem.0.retry_after_seconds = Some(retry_after_seconds);
        problem
    }

    pub(crate) fn with_error(mut self, error: &'static str) -> Self {
        self.0.error = Some(error);
        self
    }

    pub(crate) fn with_current_status(mut self, status: &'static str) -> Self {
        self.0.current_status = Some(status);
        self
    }

    pub(crate) fn with_conflicts(mut self, conflicts: Vec<ConflictBody>) -> Self {
        self.0.conflicts = conflicts;
        self
    }

    pub(crate) fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    pub(crate) fn with_warnings(mut self, warnings: Vec<ConflictBody>) -> Self {
        self.0.warnings = Some(warnings);
        self
    }

    /// Notes the log index of the state that said no.
    pub(crate) fn at_index(mut self, index: u64) -> Self {
        self.0.index = Some(index);
        self
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.0
    }

    /// The bytes to send for a request.
    pub(crate) fn to_json(&self, instance: &str, request_id: &str, in_original_words: bool) -> Vec<u8> {
        let facts = self.facts();
        let body = ProblemBody {
            kind: format!("urn:courtd:problem:{}", facts.code),
            title: facts.status.canonical_reason().unwrap_or("Problem"),
            status: facts.status.as_u16(),
            detail: &facts.detail,
            instance,
            code: facts.code,
            request_id,
            success: in_original_words.then_some(false),
            error: in_original_words.then(|| facts.error.unwrap_or(&facts.detail)),
            current_status: facts.current_status.filter(|_| in_original_words),
            errors: &facts.errors,
            conflicts: &facts.conflicts,
            warnings: facts.warnings.as_deref(),
        };
        serde_json::to_vec(&body).expect("a problem is plain data with text keys")
    }
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        let forbidden = |code, detail| Self::new(StatusCode::FORBIDDEN, code, detail);
        match denial {
            Denial::Unknown => Self::unauthorized(),
            Denial::Role => {
                forbidden("forbidden", "Your role does not allow this; the documentation names those that do.")
            }
            Denial::Facility => forbidden("not_your_facility", "Your key or token is not for this facility."),
            Denial::Member => forbidden("not_yours", "It belongs to another member."),
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Invalid(why) => Self::new(StatusCode::UNAUTHORIZED, "invalid_token", why),
            Refused::Unavailable => {
                Self::unavailable("keys_unavailable", "This node cannot tell yet whose key that is.")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_where_and_why() {
        let problem = Problem::malformed_at("/startTime", "no time");
        let body: Value = serde_json::from_slice(&problem.to_json("/x", "r1", false)).unwrap();
        assert_eq!(body["type"], "urn:courtd:problem:malformed");
        assert_eq!((&body["title"], &body["status"]), (&"Bad Request".into(), &400.into()));
        assert_eq!((&body["instance"], &body["requestId"]), (&"/x".into(), &"r1".into()));
        assert_eq!(body["errors"], serde_json::json!([{"pointer": "/startTime", "detail": "no time"}]));
        assert_eq!(body.get("success"), None);
        assert_eq!(body.get("conflicts"), None);
    }

    #[test]
    fn the_booking_endpoints_speak_the_originals_words_too() {
        let problem = Problem::conflict("slot_taken", "x").with_error("Slot pending").with_current_status("pending");
        let body: Value = serde_json::from_slice(&problem.to_json("/attempt", "r1", true)).unwrap();
        assert_eq!((&body["success"], &body["error"]), (&false.into(), &"Slot pending".into()));
        assert_eq!((&body["currentStatus"], &body["code"]), (&"pending".into(), &"slot_taken".into()));
    }
}
