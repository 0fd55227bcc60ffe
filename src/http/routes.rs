//! Which address leads to which handler, and what it needs of its caller: one line a handler. What is
//! routed here is in the OpenAPI document.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};
use utoipa_axum::router::UtoipaMethodRouterExt;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use super::front::{self, Front};
use super::guarded::Guarded;
use super::{
    attempt, availability, cancel, cluster_status, confirm, courts, facilities, health, home, imports, keys, members,
    release, reservations, websocket,
};
use crate::auth::Need::{ActForMember, Anybody, RunCluster, RunFacility, ServeMembers};
use crate::edge::Edge;

/// The largest body, in bytes (`api.md` 1).
const BODY_BYTES_MAX: usize = 64 << 10;

/// The router of one node.
pub(crate) fn router(edge: Arc<Edge>) -> Router {
    let (router, document, needs) = operations(resources(booking(Guarded::new()))).split();
    let front = Arc::new(Front { edge: Arc::clone(&edge), needs });
    router
        .merge(SwaggerUi::new("/docs").url("/openapi.json", document))
        .method_not_allowed_fallback(front::method_not_allowed)
        .fallback(front::not_found)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(front, front::front))
        .with_state(edge)
}

fn booking(routes: Guarded) -> Guarded {
    routes
        .route_and_alias("/api/realtime/attempt", ActForMember, routes!(attempt::attempt))
        .route_and_alias("/api/realtime/confirm", ActForMember, routes!(confirm::confirm))
        .route(ActForMember, routes!(release::release))
        .route(ActForMember, routes!(cancel::cancel))
        .route_and_alias("/api/realtime/availability", Anybody, routes!(availability::availability))
        .route_and_alias("/api/realtime/websocket", Anybody, routes!(websocket::websocket))
        .route(Anybody, routes!(websocket::events))
}

fn resources(routes: Guarded) -> Guarded {
    let imports = routes!(imports::reservations).layer(DefaultBodyLimit::max(imports::BODY_BYTES_MAX));
    routes
        .route(ActForMember, routes!(reservations::get))
        .route(ActForMember, routes!(reservations::patch))
        .route(ActForMember, routes!(reservations::delete))
        .route(RunCluster, routes!(facilities::create))
        .route(Anybody, routes!(facilities::list))
        .route(Anybody, routes!(facilities::get))
        .route(RunFacility, routes!(courts::create))
        .route(Anybody, routes!(courts::list))
        .route(Anybody, routes!(courts::get))
        .route(ServeMembers, routes!(members::create))
        .route(ServeMembers, routes!(members::list))
        .route(ActForMember, routes!(members::get))
        .route(RunCluster, imports)
}

fn operations(routes: Guarded) -> Guarded {
    routes
        .route(RunFacility, routes!(keys::create))
        .route(RunFacility, routes!(keys::list))
        .route(RunFacility, routes!(keys::revoke))
        .route(RunCluster, routes!(cluster_status::cluster))
        .route(Anybody, routes!(health::livez))
        .route(Anybody, routes!(health::readyz))
        .route(RunCluster, routes!(health::metrics))
        .route(Anybody, routes!(home::home))
}
