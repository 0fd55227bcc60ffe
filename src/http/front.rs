//! What surrounds every handler: its time limit, its panics, its problems written out, its figures.
//!
//! One layer instead of five: the way of a booking crosses it twelve thousand times a second.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use super::answer::{COURT_INDEX, COURT_NODE};
use super::problem::Problem;
use crate::edge::Edge;
use crate::ids;

/// The longest a request may take (`api.md` 1).
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// The endpoints whose problems carry the original's words as well.
const ORIGINAL_PATHS: [&str; 6] =
    ["/attempt", "/confirm", "/release", "/cancel", "/api/realtime/attempt", "/api/realtime/confirm"];

/// Runs a request to its response, whatever happens.
pub(crate) async fn front(State(edge): State<Arc<Edge>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let uri = request.uri().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let running = AssertUnwindSafe(next.run(request)).catch_unwind();
    let mut response = match tokio::time::timeout(REQUEST_TIMEOUT, running).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => panicked(panic.as_ref(), uri.path()),
        Err(_) => timed_out(),
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = write_out(&edge, &problem, uri.path(), response);
    }
    edge.metrics.request(route.as_ref().map_or("other", MatchedPath::as_str), response.status(), begun.elapsed());
    response
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
fn write_out(edge: &Edge, problem: &Problem, path: &str, mut response: Response) -> Response {
    let (facts, request_id) = (problem.facts(), ids::request());
    // A node that is asked whether it is ready and is not has not failed.
    if facts.status.is_server_error() && facts.code != "not_ready" {
        tracing::warn!(path, code = facts.code, request_id, detail = facts.detail, "request failed");
    }
    let in_original_words = ORIGINAL_PATHS.contains(&path);
    *response.body_mut() = Body::from(problem.to_json(path, &request_id, in_original_words));
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if facts.status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
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
