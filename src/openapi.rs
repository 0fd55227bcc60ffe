//! The OpenAPI document: generated from the handlers, so that it says what the code does.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, ComponentsBuilder, Info, License, OpenApi, OpenApiBuilder};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use crate::http::problem::{ConflictBody, FieldError};

/// What the document calls the way of showing who one is.
pub(crate) const BEARER: &str = "bearer";
/// Where an operation says which roles may call it.
pub(crate) const ROLES: &str = "x-roles";

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
    /// Bookings only: what the booker should know besides.
    warnings: Option<Vec<ConflictBody>>,
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

fn components() -> Components {
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
        "An API key of the cluster, or a token signed by a key that the cluster believes. An operation that also \
         lists the empty requirement needs none.",
    ));
    // What `Refusals` names is in no request and no good answer, where the router would find it.
    let mut parts = Vec::new();
    Problem::schemas(&mut parts);
    ComponentsBuilder::new()
        .security_scheme(BEARER, SecurityScheme::Http(bearer.build()))
        .schema(Problem::name(), Problem::schema())
        .schemas_from_iter(parts)
        .build()
}
