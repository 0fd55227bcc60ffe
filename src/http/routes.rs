//! Which address leads to which handler, and what it needs of its caller: one line a handler. What is
//! routed here is in the OpenAPI document.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};
use utoipa_axum::router::UtoipaMethodRouterExt;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use super::booking::{attempt, availability, cancel, confirm, release, sync, websocket};
use super::callbacks::{self, events, inbound, status};
use super::days::{grid, search};
use super::facilities::{blocks, calendar, changes, courts, credits, facility, members};
use super::front::{self, Front};
use super::guarded::Guarded;
use super::imports;
use super::payment::{checkout, webhook};
use super::reservations::{create, explain, list, moves, one, series};
use super::waitlist::{entries, join, offers, page, ranking};
use super::{cluster_status, health, history, home, inbox, keys, notifications};
use crate::auth::Need::{ActForMember, Anybody, RunCluster, RunFacility, ServeMembers};
use crate::edge::Edge;

/// The largest body, in bytes (`api.md` 1).
const BODY_BYTES_MAX: usize = 64 << 10;

/// The router of one node.
pub(crate) fn router(edge: Arc<Edge>) -> Router {
    let routes = callbacks(operations(facilities(waitlist(payment(reservations(booking(Guarded::new())))))));
    let routes = if edge.outside.inbox.is_some() { development(routes) } else { routes };
    let (router, document, needs) = routes.split();
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
        .route(RunFacility, routes!(sync::sync))
        .route_and_alias("/api/realtime/availability", Anybody, routes!(availability::availability))
        .route_and_alias("/api/realtime/websocket", Anybody, routes!(websocket::websocket))
        .route(Anybody, routes!(websocket::events))
}

fn reservations(routes: Guarded) -> Guarded {
    routes
        .route(Anybody, routes!(grid::day))
        .route(Anybody, routes!(search::search))
        .route(ActForMember, routes!(create::create))
        .route(ActForMember, routes!(list::list))
        .route(ActForMember, routes!(explain::explain))
        .route(ActForMember, routes!(series::create))
        .route(ActForMember, routes!(series::delete))
        .route(ActForMember, routes!(one::get))
        .route(ActForMember, routes!(one::patch))
        .route(ActForMember, routes!(one::delete))
        .route(ActForMember, routes!(moves::relocate))
}

fn payment(routes: Guarded) -> Guarded {
    let large = DefaultBodyLimit::max(webhook::BODY_BYTES_MAX);
    routes
        .route(ActForMember, routes!(checkout::checkout))
        // Whoever tells shows who it is by a signature.
        .route(Anybody, routes!(webhook::webhook).layer(large))
}

fn waitlist(routes: Guarded) -> Guarded {
    routes
        .route(ActForMember, routes!(join::join))
        .route(ActForMember, routes!(entries::list))
        .route(ServeMembers, routes!(ranking::ranking))
        .route(ActForMember, routes!(offers::accept))
        .route(ActForMember, routes!(offers::decline))
        .route(ActForMember, routes!(entries::get))
        .route(ActForMember, routes!(entries::delete))
        .route(Anybody, routes!(page::show, page::answer))
        .route(Anybody, routes!(page::style))
        .route(Anybody, routes!(page::script))
}

fn facilities(routes: Guarded) -> Guarded {
    let large = DefaultBodyLimit::max(imports::BODY_BYTES_MAX);
    let reservations = routes!(imports::reservations::reservations).layer(large);
    let waitlist = routes!(imports::waitlist::entries).layer(large);
    routes
        .route(RunCluster, routes!(facility::create))
        .route(Anybody, routes!(facility::list))
        .route(Anybody, routes!(facility::get))
        .route(RunFacility, routes!(changes::patch))
        .route(RunFacility, routes!(courts::create))
        .route(Anybody, routes!(courts::list))
        .route(Anybody, routes!(courts::get))
        .route(RunFacility, routes!(courts::patch))
        .route(RunFacility, routes!(courts::delete))
        .route(ServeMembers, routes!(members::create))
        .route(ServeMembers, routes!(members::list))
        .route(ActForMember, routes!(members::get))
        .route(ActForMember, routes!(members::patch))
        .route(ActForMember, routes!(members::delete))
        .route(ActForMember, routes!(calendar::address))
        .route(Anybody, routes!(calendar::feed))
        .route(RunFacility, routes!(credits::adjust))
        .route(RunFacility, routes!(history::list))
        .route(ActForMember, routes!(notifications::list::list))
        .route(RunFacility, routes!(blocks::create))
        .route(RunFacility, routes!(blocks::list))
        .route(RunFacility, routes!(blocks::get))
        .route(RunFacility, routes!(blocks::delete))
        .route(RunFacility, routes!(blocks::delete_named))
        .route(RunCluster, reservations)
        .route(RunCluster, waitlist)
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

/// What there is only where nothing is sent.
fn development(routes: Guarded) -> Guarded {
    routes.route(RunCluster, routes!(inbox::page)).route(RunCluster, routes!(inbox::list))
}

/// For providers, which are known by their signatures.
fn callbacks(routes: Guarded) -> Guarded {
    let large = DefaultBodyLimit::max(callbacks::EVENTS_BYTES_MAX);
    routes
        .route(Anybody, routes!(status::note))
        .route(Anybody, routes!(inbound::text))
        .route(Anybody, routes!(events::note).layer(large))
}
