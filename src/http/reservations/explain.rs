//! `POST /api/reservations/explain`: why not. Every rule, kept or broken, with the numbers compared.
//!
//! Decided by the same checks that decide bookings, on the replica of the node asked, and it changes nothing.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use machine::{ReservationId, SlotRequest, Verdict, Warning};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::body::PayWord;
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::check::{Check, Text};
use crate::http::conflicts::{conflict_body, details, warning_body};
use crate::http::extract::Asked;
use crate::http::params::Freshness;
use crate::http::problem::{ConflictBody, Problem};
use crate::http::refusal;
use crate::http::slot_body::{SlotFor, slot_body};
use crate::openapi::Refusals;

slot_body! {
    /// A slot that somebody would like to have.
    #[derive(Deserialize, ToSchema)]
    #[serde(rename_all = "camelCase")]
    #[schema(as = SlotQuestion)]
    pub(crate) struct ExplainBody<'a> {
        /// A reservation that would move there, and so is not in its own way.
        #[serde(borrow, alias = "reservation_id")]
        #[schema(value_type = Option<String>)]
        reservation_id: Option<Text<'a>>,
        pay: Option<PayWord>,
    }
}

/// How a wish stands to the rules.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Explanation {
    /// Whether it would be booked now.
    bookable: bool,
    /// Every rule, in the order in which they are looked at.
    rules: Vec<RuleView>,
    /// What the booker should know.
    warnings: Vec<ConflictBody>,
    /// What the slot costs, in minor units; null where the court has no price.
    price_cents: Option<u64>,
}

/// How a wish stands to one rule.
#[derive(Serialize, ToSchema)]
pub(crate) struct RuleView {
    /// The rule's code.
    #[schema(example = "member_limit")]
    rule: &'static str,
    passed: bool,
    /// What is in the way, where it is broken.
    conflicts: Vec<ConflictBody>,
    /// The numbers that were compared; null where there is nothing to compare.
    compared: Option<Value>,
}

struct Question {
    slot_for: SlotFor,
    reservation_id: Option<ReservationId>,
    with_credits: bool,
}

/// Why not?
///
/// Asks every rule about a slot, without booking it.
#[utoipa::path(post, path = "/api/reservations/explain", operation_id = "explainSlot", tag = "reservations", request_body = ExplainBody,
    params(("facilityId" = Option<String>, Query, description = "The facility, where the body does not name it"),
           ("minIndex" = Option<u64>, Query, description = "Wait until the replica has applied this much")),
    responses((status = 200, description = "Every rule, kept or broken", body = Explanation), Refusals))]
pub(crate) async fn explain(State(edge): State<Arc<Edge>>, asked: Asked) -> Outcome {
    let question = Question::of(&asked)?;
    let SlotFor { facility_id, court_id, member_id, slot } = &question.slot_for;
    let facility = edge.find_by_id(&asked.caller, facility_id).await?;
    asked.caller.must_act_for(facility.id(), member_id)?;
    edge.freshen(&facility, Freshness::of(&asked.params)?).await?;
    let now = edge.node.now();
    let (explained, price_cents, index) = facility.read(|state, index| {
        let price = state.court(court_id).and_then(|court| state.rate_cents(court, slot));
        (machine::explain(state, now, question.request()), price, index)
    });
    let (verdicts, warnings) = explained.map_err(|rejection| refusal::problem(rejection, index))?;
    Ok(answer::about(&edge, index, StatusCode::OK, &Explanation::of(&verdicts, &warnings, price_cents)))
}

impl Explanation {
    fn of(verdicts: &[Verdict], warnings: &[Warning], price_cents: Option<u64>) -> Self {
        let rule = |verdict: &Verdict| RuleView {
            rule: verdict.rule.code(),
            passed: verdict.passed,
            conflicts: verdict.compared.iter().filter(|_| !verdict.passed).map(conflict_body).collect(),
            compared: verdict.compared.first().map(details),
        };
        Self {
            bookable: verdicts.iter().all(|verdict| verdict.passed),
            rules: verdicts.iter().map(rule).collect(),
            warnings: warnings.iter().map(warning_body).collect(),
            price_cents,
        }
    }
}

impl Question {
    fn of(asked: &Asked) -> Result<Self, Problem> {
        let body: ExplainBody<'_> = asked.parse()?;
        let mut check = Check::default();
        let slot_for = body.slot_for(asked, &mut check);
        let reservation_id = check.id("/reservationId", body.reservation_id.as_ref());
        let with_credits = matches!(body.pay, Some(PayWord::Credits));
        check.finish(slot_for.map(|slot_for| Self { slot_for, reservation_id, with_credits }))
    }

    fn request(&self) -> SlotRequest<'_> {
        SlotRequest {
            court: &self.slot_for.court_id,
            member: &self.slot_for.member_id,
            slot: self.slot_for.slot,
            instead_of: self.reservation_id.as_ref(),
            with_credits: self.with_credits,
        }
    }
}
