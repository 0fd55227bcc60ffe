//! `POST /api/twilio/status`: what became of a text.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{DeliveryId, FacilityId, RequestId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::form::TwilioForm;
use super::receipt::{self, Noted};
use crate::auth::Caller;
use crate::callbacks;
use crate::edge::Edge;
use crate::http::problem::Problem;
use crate::openapi::Refusals;

/// The longest id that the provider gives a message.
const SID_CHARS_MAX: usize = 64;

/// What the text provider says of a message; it posts more fields than these.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "describes a form that is read field by field, holds none")]
pub(crate) struct StatusForm {
    /// Its id for the message.
    message_sid: String,
    /// `queued sending sent delivered undelivered failed`
    message_status: String,
    /// Why it did not arrive.
    error_code: Option<String>,
}

/// What became of a text
///
/// For Twilio: signed with the account's token, repeated and out of order as it comes.
#[utoipa::path(post, path = "/api/twilio/status", operation_id = "noteTextStatus", tag = "callbacks",
    request_body(content = StatusForm, content_type = "application/x-www-form-urlencoded"),
    params(("facility" = String, Query, description = "Whose delivery"),
           ("delivery" = String, Query, description = "Which"),
           ("X-Twilio-Signature" = String, Header, description = "HMAC-SHA1 over the address and the fields")),
    responses((status = 204, description = "Noted"), Refusals))]
pub(crate) async fn note(State(edge): State<Arc<Edge>>, form: TwilioForm) -> Result<StatusCode, Problem> {
    let missing = |name: &str| Problem::malformed_at(format!("?{name}"), "is required");
    let facility = form.params.id::<FacilityId>("facility")?.ok_or_else(|| missing("facility"))?;
    let delivery_id = form.params.id::<DeliveryId>("delivery")?.ok_or_else(|| missing("delivery"))?;
    let (sid, status) = (message_sid(&form)?, form.required("MessageStatus")?);
    let code = form.field("ErrorCode");
    let Some(receipt) = callbacks::receipt(status, code) else { return Ok(StatusCode::NO_CONTENT) };
    let consequence = callbacks::consequence(&receipt, code, edge.node.now());
    let facility = edge.find_by_id(&Caller::system(), &facility).await?;
    let request = RequestId { principal: "twilio".to_owned(), key: format!("{sid}:{status}") };
    let noted = Noted { delivery_id, provider_id: sid.to_owned(), receipt, consequence };
    receipt::note(&edge, &facility, request, noted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The provider's id for a message.
pub(super) fn message_sid(form: &TwilioForm) -> Result<&str, Problem> {
    let sid = form.required("MessageSid")?;
    let is_one = sid.len() <= SID_CHARS_MAX && sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_one.then_some(sid).ok_or_else(|| Problem::malformed_at("MessageSid", "is no message's id"))
}
