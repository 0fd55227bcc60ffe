//! The OpenAPI document: generated from the handlers, so that it says what the code does.

use utoipa::openapi::{Components, ComponentsBuilder, Info, License, OpenApi, OpenApiBuilder};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use crate::http::problem::{ConflictBody, FieldError};

/// Addresses that lead to the same handler: the document shows both.
pub(crate) const ALIASES: [(&str, &str); 4] = [
    ("/attempt", "/api/realtime/attempt"),
    ("/confirm", "/api/realtime/confirm"),
    ("/availability", "/api/realtime/availability"),
    ("/websocket", "/api/realtime/websocket"),
];

/// What every endpoint may answer besides what it is for.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes responses, holds none")]
pub(crate) enum Refusals {
    /// The request is refused; `code` says why.
    #[response(status = "4XX", content_type = "application/problem+json")]
    Refused(Problem),
    /// Not now, or the outcome is not known; the same request is safe to send again.
    #[response(status = "5XX", content_type = "application/problem+json")]
    Failed(Problem),
}

/// RFC 9457, with a stable `code`.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body that the HTTP edge writes, holds none")]
pub(crate) struct Problem {
    /// Names the kind of problem.
    #[schema(example = "urn:courtd:problem:slot_taken")]
    r#type: String,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened, for people.
    detail: String,
    /// The path that was asked.
    instance: String,
    /// What happened, for programs: stable, snake_case.
    #[schema(example = "slot_taken")]
    code: String,
    /// Names this request in the logs.
    request_id: String,
    /// Booking endpoints only: always false.
    success: Option<bool>,
    /// Booking endpoints only: the original's words.
    error: Option<String>,
    /// Taken slots only: `pending`, `reserved` or `maintenance`.
    current_status: Option<String>,
    /// Every malformed place.
    errors: Option<Vec<FieldError>>,
    /// Every violated rule.
    conflicts: Option<Vec<ConflictBody>>,
}

/// What stands above the paths.
pub(crate) fn head() -> OpenApi {
    let mut info = Info::new("courtd", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Court reservations that cannot be double-booked. Every node takes every request. Times are RFC 3339 with \
         an offset on the way in and UTC on the way out. Every answer about a facility carries `Court-Index` and \
         `Court-Node`; `?minIndex=` waits until the node asked has caught up."
            .to_owned(),
    );
    info.license = Some(License::new("Apache-2.0"));
    OpenApiBuilder::new().info(info).components(Some(components())).build()
}

/// What `Refusals` names is in no request and no good answer, where the router would find it.
fn components() -> Components {
    let mut parts = Vec::new();
    Problem::schemas(&mut parts);
    ComponentsBuilder::new().schema(Problem::name(), Problem::schema()).schemas_from_iter(parts).build()
}

/// Shows the operations of `path` under `alias` as well.
pub(crate) fn alias(document: &mut OpenApi, path: &str, alias: &str) {
    let Some(mut item) = document.paths.paths.get(path).cloned() else { return };
    for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
        operation.operation_id = operation.operation_id.as_ref().map(|id| format!("{id}Realtime"));
    }
    document.paths.paths.insert(alias.to_owned(), item);
}
