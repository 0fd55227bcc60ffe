//! `/livez`, `/readyz`, `/metrics`: what a supervisor asks.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cluster::Readiness;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{self, Outcome};
use super::problem::Problem;
use crate::edge::Edge;
use crate::metrics;
use crate::openapi::Refusals;

/// Yes.
#[derive(Serialize, ToSchema)]
pub(crate) struct HealthReply {
    /// Always `ok`.
    status: &'static str,
}

/// Whether the process lives
#[utoipa::path(get, path = "/livez", tag = "operations",
    responses((status = 200, description = "It does", body = HealthReply)))]
pub(crate) async fn livez() -> Response {
    answer::json(StatusCode::OK, &HealthReply { status: "ok" })
}

/// Whether the node can serve
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses((status = 200, description = "It can", body = HealthReply), Refusals))]
pub(crate) async fn readyz(State(edge): State<Arc<Edge>>) -> Outcome {
    if edge.is_stopping() {
        return Err(Problem::unavailable("stopping", "This node is stopping."));
    }
    match edge.node.readiness() {
        Readiness::Ready if !edge.is_opened() => {
            Err(Problem::unavailable("not_ready", "what is to be found here is still being made"))
        }
        Readiness::Ready => Ok(answer::json(StatusCode::OK, &HealthReply { status: "ok" })),
        Readiness::NotReady(why) => Err(Problem::unavailable("not_ready", why)),
    }
}

/// Figures for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "Figures in Prometheus' text format", body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(State(edge): State<Arc<Edge>>) -> Response {
    edge.metrics.store(&edge.node.storage_stats());
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], metrics::render()).into_response()
}
