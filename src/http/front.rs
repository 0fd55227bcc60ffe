//! What surrounds every handler: who may call it and how often, its time limit, its panics, its
//! problems written out, its figures.
//!
//! One layer instead of five: the way of a booking crosses it twelve thousand times a second.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use super::answer::{COURT_INDEX, COURT_NODE};
use super::guarded::Needs;
use super::problem::Problem;
use crate::auth::{Caller, ClientAddress, Need, Standing, Who};
use crate::edge::Edge;
use crate::ids;

/// The longest a request may take (`api.md` 1).
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// The routes whose problems carry the original's words as well.
const ORIGINAL_ROUTES: [&str; 18] = [
    "/attempt",
    "/confirm",
    "/release",
    "/cancel",
    "/sync",
    "/availability",
    "/websocket",
    "/api/realtime/attempt",
    "/api/realtime/confirm",
    "/api/realtime/availability",
    "/api/realtime/websocket",
    "/api/reservations",
    "/api/reservations/{id}",
    "/api/reservations/{id}/move",
    "/api/reservations/series",
    "/api/waitlist/accept",
    "/api/waitlist/decline",
    "/api/checkout",
];

/// The routes whose callers are known by what they sign.
const SIGNED_ROUTES: [&str; 4] =
    ["/api/twilio/status", "/api/twilio/inbound", "/api/sendgrid/events", "/api/stripe/webhook"];
/// Where a supervisor asks: whatever else is wrong, it must be answered.
const UNGATED_PATHS: [&str; 2] = ["/livez", "/readyz"];
/// What is not of ours and for anybody: the page that shows the document, and the document.
const DOCUMENTS: [&str; 2] = ["/docs", "/openapi.json"];
/// What a caller may ask, and what it has left (draft-ietf-httpapi-ratelimit-headers).
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// What the front knows of the node behind it.
pub(crate) struct Front {
    pub(crate) edge: Arc<Edge>,
    pub(crate) needs: Needs,
}

/// Runs a request to its response, whatever happens.
pub(crate) async fn front(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    let edge = &front.edge;
    let begun = Instant::now();
    let uri = request.uri().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    // A token in a path is a secret: neither a log nor an answer repeats it.
    let path = route.as_ref().map(MatchedPath::as_str).filter(|route| route.contains("{token}"));
    let path = path.unwrap_or_else(|| uri.path());
    let mut standing = None;
    let running = AssertUnwindSafe(let_in(&front, request, next, &mut standing)).catch_unwind();
    let mut response = match tokio::time::timeout(REQUEST_TIMEOUT, running).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => panicked(panic.as_ref(), path),
        Err(_) => timed_out(),
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let in_original_words = route.as_ref().is_some_and(|route| ORIGINAL_ROUTES.contains(&route.as_str()));
        response = write_out(edge, &problem, path, in_original_words, response);
    }
    if let Some(standing) = standing {
        write_standing(&standing, response.headers_mut());
    }
    edge.metrics.request(route.as_ref().map_or("other", MatchedPath::as_str), response.status(), begun.elapsed());
    response
}

/// Runs the handler, if the caller has what its route needs.
async fn let_in(front: &Front, mut request: Request, next: Next, standing: &mut Option<Standing>) -> Response {
    let need = need(&front.needs, &request);
    let route = request.extensions().get::<MatchedPath>();
    let is_signed = route.is_some_and(|route| SIGNED_ROUTES.contains(&route.as_str()));
    // Whoever shows a token is known by that, here as everywhere.
    if is_signed && !request.headers().contains_key(header::AUTHORIZATION) {
        return let_sign(front, request, next, standing).await;
    }
    let caller = if UNGATED_PATHS.contains(&request.uri().path()) {
        Caller::admit(Who::Public, need).map_err(Problem::from)
    } else {
        let peer = request.extensions().get::<ClientAddress>().copied();
        let passage = front.edge.gate.pass(request.headers(), peer).await;
        *standing = passage.standing;
        match passage.standing.and_then(|standing| standing.retry_after_seconds) {
            Some(seconds) => Err(Problem::rate_limited(seconds)),
            None => passage.who.map_err(Problem::from).and_then(|who| Ok(Caller::admit(who, need)?)),
        }
    };
    match caller {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Runs a handler that knows its caller by a signature. A provider is never asked to wait, as some of what it
/// tells it tells once; so whether it is one is looked at first, and what is refused counts as a stranger's.
async fn let_sign(front: &Front, request: Request, next: Next, standing: &mut Option<Standing>) -> Response {
    let peer = request.extensions().get::<ClientAddress>().copied();
    let address = front.edge.gate.address(request.headers(), peer);
    let response = next.run(request).await;
    if !response.status().is_client_error() {
        return response;
    }
    *standing = front.edge.gate.count_stranger(address);
    match standing.and_then(|standing| standing.retry_after_seconds) {
        Some(seconds) => Problem::rate_limited(seconds).into_response(),
        None => response,
    }
}

/// What the route needs. One that nobody has declared is for nobody but the operator.
fn need(needs: &Needs, request: &Request) -> Need {
    let Some(route) = request.extensions().get::<MatchedPath>() else { return Need::Anybody };
    let is_document = || DOCUMENTS.iter().any(|path| route.as_str().starts_with(path));
    let otherwise = || if is_document() { Need::Anybody } else { Need::RunCluster };
    needs.of(route.as_str(), request.method()).unwrap_or_else(otherwise)
}

fn write_standing(standing: &Standing, headers: &mut HeaderMap) {
    let Standing { policy, quota, remaining, reset_seconds, .. } = standing;
    let lines = [
        (RATE_LIMIT_POLICY, format!("\"{policy}\";q={};w={}", quota.requests, quota.seconds)),
        (RATE_LIMIT, format!("\"{policy}\";r={remaining};t={reset_seconds}")),
    ];
    for (name, line) in lines {
        headers.insert(name, HeaderValue::try_from(line).expect("words and numbers are visible ASCII"));
    }
}

/// No such path.
pub(crate) async fn not_found() -> Problem {
    Problem::not_found("not_found", "There is nothing at this address; see /docs.")
}

/// The path is there, the method is not.
pub(crate) async fn method_not_allowed() -> Problem {
    let detail = "This address does not take that method; see Allow.";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

fn timed_out() -> Response {
    let detail = "The request took longer than 10 s; its outcome is not known here.";
    Problem::new(StatusCode::GATEWAY_TIMEOUT, "outcome_unknown", detail).into_response()
}

fn panicked(panic: &(dyn std::any::Any + Send), path: &str) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text");
    tracing::error!(path, panic = text, "a handler panicked");
    Problem::internal().into_response()
}

/// Writes a problem into the response that announced it; headers it has already stay.
fn write_out(edge: &Edge, problem: &Problem, path: &str, in_original_words: bool, mut response: Response) -> Response {
    let (facts, request_id) = (problem.facts(), ids::request());
    // A node that is asked whether it is ready and is not has not failed.
    if facts.status.is_server_error() && facts.code != "not_ready" {
        tracing::warn!(path, code = facts.code, request_id, detail = facts.detail, "request failed");
    }
    *response.body_mut() = Body::from(problem.to_json(path, &request_id, in_original_words));
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if facts.status == StatusCode::UNAUTHORIZED {
        // RFC 6750 3.1: what was shown was worth nothing, or nothing was shown.
        let shown = facts.code == "invalid_token";
        let challenge = HeaderValue::from_static(if shown { "Bearer error=\"invalid_token\"" } else { "Bearer" });
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(seconds) = facts.retry_after_seconds {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(index) = facts.index {
        headers.insert(COURT_INDEX, HeaderValue::from(index));
        headers.insert(COURT_NODE, edge.node_header.clone());
    }
    response
}
