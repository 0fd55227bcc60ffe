//! `GET /`: a plain page that says what this is.

use axum::response::Html;

const PAGE: &str = include_str!("home.html");

/// What this is
#[utoipa::path(get, path = "/", tag = "operations",
    responses((status = 200, description = "A plain page", body = String, content_type = "text/html")))]
pub(crate) async fn home() -> Html<&'static str> {
    Html(PAGE)
}
