//! Routes with what they need: the only way in which a route comes to be.
//!
//! What a route needs is enforced by [`super::front`] before its handler runs, and written into the
//! OpenAPI document from the same line.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::http::Method;
use axum::routing::MethodRouter;
use serde_json::json;
use utoipa::openapi::OpenApi;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::auth::{Need, Role};
use crate::edge::Edge;
use crate::openapi;

/// What each route needs.
#[derive(Debug, Default)]
pub(crate) struct Needs(HashMap<String, Vec<(Method, Need)>>);

/// Routes with what they need.
pub(super) struct Guarded {
    router: OpenApiRouter<Arc<Edge>>,
    needs: Needs,
    aliases: Vec<(&'static str, MethodRouter<Arc<Edge>>)>,
}

impl Needs {
    /// What a route needs; `None` where no such route was declared.
    pub(super) fn of(&self, path: &str, method: &Method) -> Option<Need> {
        let methods = self.0.get(path)?;
        // axum answers HEAD with what GET would.
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        let declared = methods.iter().find(|(declared, _)| declared == method).map(|(_, need)| *need);
        // Another method of a path that is there ends in a 405, which anybody may see.
        Some(declared.unwrap_or(Need::Anybody))
    }

    fn declare(&mut self, path: &str, method: Method, need: Need) {
        self.0.entry(path.to_owned()).or_default().push((method, need));
    }
}

impl Guarded {
    pub(super) fn new() -> Self {
        Self { router: OpenApiRouter::with_openapi(openapi::head()), needs: Needs::default(), aliases: Vec::new() }
    }

    /// Adds `routes!(handler)`, which needs `need`.
    pub(super) fn route(mut self, need: Need, routes: UtoipaMethodRouter<Arc<Edge>>) -> Self {
        let (schemas, mut paths, methods) = routes;
        for (path, item) in &mut paths.paths {
            for (method, operation) in operations(item) {
                describe(operation, need);
                self.needs.declare(path, method, need);
            }
        }
        self.router = self.router.routes((schemas, paths, methods));
        self
    }

    /// The same as [`Guarded::route`], also at another address.
    pub(super) fn route_and_alias(
        mut self,
        alias: &'static str,
        need: Need,
        routes: UtoipaMethodRouter<Arc<Edge>>,
    ) -> Self {
        let (schemas, paths, methods) = routes;
        self.aliases.push((alias, methods.clone()));
        let mut copy = paths.paths.values().next().cloned().unwrap_or_default();
        for (method, operation) in operations(&mut copy) {
            operation.operation_id = operation.operation_id.as_ref().map(|id| format!("{id}Realtime"));
            describe(operation, need);
            self.needs.declare(alias, method, need);
        }
        self = self.route(need, (schemas, paths, methods));
        self.router.get_openapi_mut().paths.paths.insert(alias.to_owned(), copy);
        self
    }

    /// The router, the document of it, and what its routes need.
    pub(super) fn split(self) -> (Router<Arc<Edge>>, OpenApi, Needs) {
        let (router, document) = self.router.split_for_parts();
        let router = self.aliases.into_iter().fold(router, |router, (path, methods)| router.route(path, methods));
        (router, document, self.needs)
    }
}

/// Writes down who may call an operation.
fn describe(operation: &mut Operation, need: Need) {
    let roles: Vec<&str> = need.roles().map(Role::word).collect();
    let line =
        if need == Need::Anybody { "Roles: anybody.".to_owned() } else { format!("Roles: {}.", roles.join(", ")) };
    let description = operation.description.take().filter(|text| !text.is_empty());
    operation.description = Some(description.map_or_else(|| line.clone(), |text| format!("{text}\n\n{line}")));
    let bearer = SecurityRequirement::new::<_, _, &str>(openapi::BEARER, []);
    let mut security = vec![bearer];
    if need == Need::Anybody {
        security.insert(0, SecurityRequirement::default());
    }
    operation.security = Some(security);
    let extensions = ExtensionsBuilder::new().add(openapi::ROLES, json!(roles)).build();
    operation.extensions = Some(extensions);
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    [
        (Method::GET, item.get.as_mut()),
        (Method::PUT, item.put.as_mut()),
        (Method::POST, item.post.as_mut()),
        (Method::DELETE, item.delete.as_mut()),
        (Method::PATCH, item.patch.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation?)))
}
