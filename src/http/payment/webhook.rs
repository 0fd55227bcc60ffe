//! `POST /api/stripe/webhook`: what Stripe tells, checked, and decided like everything else.
//!
//! An event is named by Stripe, so it acts once however often and at whatever node it arrives. It is answered
//! with 2xx only once it is decided: whatever else Stripe hears, it tells again, for days.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::Facility;
use machine::{Accepted, Command, EndCheckout, RecordDispute, RecordPayment, RecordRefund, RequestId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{Caller, Need, Who};
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::callbacks;
use crate::http::extract::Signed;
use crate::http::idempotency::Named;
use crate::http::problem::Problem;
use crate::openapi::Refusals;
use crate::payment::{About, Failure, News, Stripe, Told};

/// The largest event, in bytes.
pub(in crate::http) const BODY_BYTES_MAX: usize = 256 << 10;
/// How long an event is remembered: Stripe tells it for three days at most.
const REMEMBER_MILLIS: i64 = 7 * 24 * 60 * 60 * 1000;
/// Whose requests these are, and how the history calls who asked.
const PRINCIPAL: &str = "stripe";

/// The event is dealt with.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WebhookReply {
    /// Always true.
    received: bool,
    /// Of a payment: how much of it goes back, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_cents: Option<u64>,
}

/// What Stripe tells
///
/// For Stripe alone, which signs what it tells. The same event again is answered again and acts once.
#[utoipa::path(post, path = "/api/stripe/webhook", operation_id = "stripeWebhook", tag = "payment",
    request_body(content = Object, description = "A Stripe event"),
    params(("Stripe-Signature" = String, Header, description = "`t=<unix seconds>,v1=<HMAC-SHA256>`")),
    responses((status = 200, description = "Dealt with, or nothing to be dealt with", body = WebhookReply), Refusals))]
pub(crate) async fn webhook(State(edge): State<Arc<Edge>>, signed: Signed) -> Outcome {
    let Signed { headers, body } = signed;
    let Some(stripe) = &edge.outside.stripe else { return Err(callbacks::not_configured()) };
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if let Err(forged) = stripe.must_have_signed(signature, &body, edge.node.now()) {
        tracing::warn!(%forged, "what claims to be Stripe's is refused");
        return Err(Problem::new(StatusCode::BAD_REQUEST, "signature_invalid", format!("Refused: {forged}.")));
    }
    let told = Told::read(&body).ok_or_else(|| Problem::malformed_at("", "is no event"))?;
    let Some((about, news)) = whose(stripe, told.news).await? else { return Ok(nothing()) };
    // A test cluster may use the same account.
    if about.cluster_id.as_ref().is_some_and(|cluster| *cluster != edge.node.cluster_id()) {
        return Ok(nothing());
    }
    let caller = Caller::admit(Who::provider(PRINCIPAL), Need::ActForMember)?;
    match edge.find_by_id(&caller, &about.facility_id).await {
        Ok(facility) => decide(&edge, &caller, &facility, told.event_id, command(about, news)).await,
        Err(problem) if problem.facts().status == StatusCode::NOT_FOUND => stray(stripe, &news).await,
        Err(problem) => Err(problem),
    }
}

/// What an event is about, where it is about anything of ours.
async fn whose(stripe: &Stripe, news: News) -> Result<Option<(About, News)>, Problem> {
    let about = match &news {
        News::Nothing => return Ok(None),
        News::Paid { about, .. } | News::PageEnded { about, .. } | News::Refunded { about: Some(about), .. } => {
            Some(about.clone())
        }
        News::Refunded { about: None, payment_id, .. } | News::Disputed { payment_id, .. } => {
            match stripe.payment_about(payment_id).await {
                Ok(about) => about,
                // There is no such payment: it was of another account, or made by hand.
                Err(Failure::Refused { .. }) => None,
                Err(failure) => return Err(later(&failure)),
            }
        }
    };
    Ok(about.map(|about| (about, news)))
}

fn command(about: About, news: News) -> Command {
    let reservation_id = about.reservation_id;
    match news {
        News::Paid { payment_id, amount: amount_cents, .. } => {
            Command::RecordPayment(RecordPayment { reservation_id, payment_id, amount_cents })
        }
        News::PageEnded { session_id, why, .. } => {
            Command::EndCheckout(EndCheckout { reservation_id, session_id, why })
        }
        News::Refunded { payment_id, amount: refunded_cents, .. } => {
            Command::RecordRefund(RecordRefund { reservation_id, payment_id, refunded_cents })
        }
        News::Disputed { payment_id, state } => {
            Command::RecordDispute(RecordDispute { reservation_id, payment_id, state })
        }
        News::Nothing => Command::Tick,
    }
}

async fn decide(edge: &Edge, caller: &Caller, facility: &Facility, event_id: String, command: Command) -> Outcome {
    let request = RequestId { principal: PRINCIPAL.to_owned(), key: event_id };
    let named = Named { request, fingerprint: 0, remember_millis: REMEMBER_MILLIS };
    let (index, accepted) = edge.propose(facility, caller, named, command).await?;
    let refund_cents = match accepted {
        Accepted::PaymentRecorded(taken) => Some(taken.refund_cents),
        _ => None,
    };
    Ok(answer::about(edge, index, StatusCode::OK, &WebhookReply { received: true, refund_cents }))
}

/// Something of ours for a facility that there is not: nobody can decide on it, and money is never kept for it.
async fn stray(stripe: &Stripe, news: &News) -> Outcome {
    let News::Paid { payment_id, amount, .. } = news else { return Ok(nothing()) };
    tracing::warn!("a payment for a facility that there is not goes back");
    match stripe.refund_stray(payment_id, *amount).await {
        Ok(_) => {
            let reply = WebhookReply { received: true, refund_cents: Some(*amount) };
            Ok(answer::json(StatusCode::OK, &reply))
        }
        Err(failure) => Err(later(&failure)),
    }
}

fn nothing() -> axum::response::Response {
    answer::json(StatusCode::OK, &WebhookReply { received: true, refund_cents: None })
}

/// Stripe cannot be asked what has to be known: it tells again.
fn later(failure: &Failure) -> Problem {
    tracing::warn!(detail = failure.detail(), "the payment provider cannot be asked about its own event");
    Problem::unavailable("payment_provider_unavailable", "The payment provider does not answer; tell it again.")
}
