//! A form that the text provider posted, with its signature checked.

use std::sync::Arc;

use axum::Form;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse;

use crate::edge::Edge;
use crate::http::extract::body_of;
use crate::http::params::Params;
use crate::http::problem::Problem;

/// Where the text provider puts its signature.
const SIGNATURE: &str = "x-twilio-signature";

/// A form that is the text provider's.
#[derive(Debug)]
pub(crate) struct TwilioForm {
    pub(super) params: Params,
    fields: Vec<(String, String)>,
}

impl TwilioForm {
    /// A field; `None` where it is not there or empty.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(named, _)| named == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A field that must be there.
    pub(super) fn required(&self, name: &'static str) -> Result<&str, Problem> {
        self.field(name).ok_or_else(|| Problem::malformed_at(name, "is required"))
    }
}

impl FromRequest<Arc<Edge>> for TwilioForm {
    type Rejection = Problem;

    async fn from_request(request: Request, edge: &Arc<Edge>) -> Result<Self, Problem> {
        if !edge.outside.callbacks.knows_twilio() {
            return Err(not_configured());
        }
        let signature = request.headers().get(SIGNATURE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let signature = signature.ok_or_else(forged)?;
        let path = request.uri().path_and_query().cloned().ok_or_else(forged)?;
        let (parts, body) = request.into_parts();
        let params = Params::of(&parts)?;
        let body = body_of(Request::from_parts(parts.clone(), body), edge).await?;
        let read =
            Form::<Vec<(String, String)>>::from_request(Request::from_parts(parts, Body::from(body)), edge).await;
        let Form(fields) = read.map_err(|rejection| unreadable(rejection.into_response().status()))?;
        if edge.outside.callbacks.is_twilios(&path, &fields, &signature) {
            Ok(Self { params, fields })
        } else {
            Err(forged())
        }
    }
}

/// Nobody has said by what the provider is known.
pub(in crate::http) fn not_configured() -> Problem {
    let detail = "This node was not told by what that provider is known; see the settings.";
    Problem::conflict("callbacks_not_configured", detail)
}

/// It is not the provider's.
pub(super) fn forged() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "bad_signature", "It is not signed by the provider.")
}

/// The body is no form.
fn unreadable(status: StatusCode) -> Problem {
    match status {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Problem::new(status, "unsupported_media_type", "The body must be application/x-www-form-urlencoded.")
        }
        _ => Problem::malformed_at("", "the body could not be read"),
    }
}
