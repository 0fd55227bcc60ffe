//! `POST /api/facilities/{id}/members/{memberId}/credits`: staff give or take credits, with a reason.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{Accepted, AdjustCredits, Command, FacilityId, MemberId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::check::{Check, Text};
use crate::http::extract::{Asked, Path};
use crate::http::problem::Problem;
use crate::http::reservations::REASON_CHARS_MAX;
use crate::openapi::Refusals;

/// Credits given or taken in one go.
const CREDITS_MAX: i64 = 1_000_000;

/// Credits that come or go.
#[derive(Deserialize, ToSchema)]
#[schema(as = CreditChange)]
pub(crate) struct CreditBody<'a> {
    /// How many; negative takes.
    #[schema(value_type = i64, example = 5)]
    amount: Option<i64>,
    /// Why.
    #[serde(borrow)]
    #[schema(value_type = String)]
    note: Option<Text<'a>>,
}

/// What there is now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreditReply {
    credits_balance: i64,
}

/// Give or take credits
#[utoipa::path(post, path = "/api/facilities/{id}/members/{memberId}/credits", operation_id = "adjustCredits", tag = "facilities", request_body = CreditBody,
    params(("id" = String, Path, description = "The facility's id"),
           ("memberId" = String, Path, description = "The member"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 200, description = "What there is now", body = CreditReply), Refusals))]
pub(crate) async fn adjust(
    State(edge): State<Arc<Edge>>,
    Path((id, member_id)): Path<(FacilityId, MemberId)>,
    asked: Asked,
) -> Outcome {
    let body: CreditBody<'_> = asked.parse()?;
    let mut check = Check::default();
    match body.amount {
        None => check.missing("/amount"),
        Some(amount) if amount != 0 && (-CREDITS_MAX..=CREDITS_MAX).contains(&amount) => {}
        Some(_) => check.wrong("/amount", format!("must be -{CREDITS_MAX} to {CREDITS_MAX}, and not 0")),
    }
    let note = check.required_text("/note", body.note.as_ref(), REASON_CHARS_MAX);
    let amount = check.finish(body.amount)?;
    let facility = edge.find_by_id(&asked.caller, &id).await?;
    let named = asked.name(&format!("POST /api/facilities/{id}/members/{member_id}/credits"));
    let command = Command::AdjustCredits(AdjustCredits { member_id, amount, note });
    let (index, accepted) = edge.propose(&facility, &asked.caller, named, command).await?;
    let Accepted::CreditsAdjusted { balance } = accepted else { return Err(Problem::internal()) };
    Ok(answer::about(&edge, index, StatusCode::OK, &CreditReply { credits_balance: balance }))
}
