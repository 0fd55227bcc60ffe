//! Which address leads to which handler. What is routed here is in the OpenAPI document.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Router, middleware};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use super::{
    attempt, availability, cancel, cluster_status, confirm, courts, facilities, front, health, history, home, imports,
    members, release, reservations, websocket,
};
use crate::edge::Edge;
use crate::openapi;

/// The largest body, in bytes (`api.md` 1).
const BODY_BYTES_MAX: usize = 64 << 10;

/// The router of one node.
pub(crate) fn router(edge: Arc<Edge>) -> Router {
    let (router, mut document) = OpenApiRouter::with_openapi(openapi::head())
        .merge(booking())
        .merge(resources())
        .merge(operations())
        .split_for_parts();
    for (path, alias) in openapi::ALIASES {
        openapi::alias(&mut document, path, alias);
    }
    router
        .route("/api/realtime/attempt", post(attempt::attempt))
        .route("/api/realtime/confirm", post(confirm::confirm))
        .route("/api/realtime/availability", get(availability::availability))
        .route("/api/realtime/websocket", get(websocket::websocket))
        .merge(SwaggerUi::new("/docs").url("/openapi.json", document))
        .method_not_allowed_fallback(front::method_not_allowed)
        .fallback(front::not_found)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(Arc::clone(&edge), front::front))
        .with_state(edge)
}

fn booking() -> OpenApiRouter<Arc<Edge>> {
    OpenApiRouter::default()
        .routes(routes!(attempt::attempt))
        .routes(routes!(confirm::confirm))
        .routes(routes!(release::release))
        .routes(routes!(cancel::cancel))
        .routes(routes!(availability::availability))
        .routes(routes!(websocket::websocket))
        .routes(routes!(websocket::events))
}

fn resources() -> OpenApiRouter<Arc<Edge>> {
    let imports = routes!(imports::reservations).layer(DefaultBodyLimit::max(imports::BODY_BYTES_MAX));
    OpenApiRouter::default()
        .routes(routes!(reservations::get, reservations::patch, reservations::delete))
        .routes(routes!(facilities::create, facilities::list))
        .routes(routes!(facilities::get))
        .routes(routes!(courts::create, courts::list))
        .routes(routes!(courts::get))
        .routes(routes!(members::create, members::list))
        .routes(routes!(members::get))
        .routes(routes!(history::list))
        .routes(imports)
}

fn operations() -> OpenApiRouter<Arc<Edge>> {
    OpenApiRouter::default()
        .routes(routes!(cluster_status::cluster))
        .routes(routes!(health::livez))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .routes(routes!(home::home))
}
