//! `POST /api/checkout`: a hold waits for its payment, on a page of the payment provider.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::Facility;
use machine::{FacilityId, HoldId, ReservationId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::begin::{Begun, Purchase, begin};
use crate::edge::Edge;
use crate::http::answer::{self, Outcome};
use crate::http::check::{Check, Text};
use crate::http::extract::Asked;
use crate::http::idempotency;
use crate::http::params::Freshness;
use crate::http::problem::Problem;
use crate::http::refusal;
use crate::openapi::Refusals;

/// The longest address to come back to.
const URL_CHARS_MAX: usize = 2048;

/// What is to be paid for.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CheckoutBody<'a> {
    /// The facility; `?facilityId=` does as well.
    #[serde(borrow, alias = "facility_id")]
    #[schema(value_type = Option<String>, example = "fac_test789")]
    facility_id: Option<Text<'a>>,
    /// The hold, or that of an offer.
    #[serde(borrow, alias = "hold_id")]
    #[schema(value_type = Option<String>)]
    hold_id: Option<Text<'a>>,
    /// Instead of the hold: what it is to become, as an attempt or offer names it.
    #[serde(borrow, alias = "reservation_id")]
    #[schema(value_type = Option<String>)]
    reservation_id: Option<Text<'a>>,
    /// Where to come back to after paying; the club's own page if left out.
    #[serde(borrow, alias = "success_url")]
    #[schema(value_type = Option<String>)]
    success_url: Option<Text<'a>>,
    /// Where to come back to without paying; the club's own page if left out.
    #[serde(borrow, alias = "cancel_url")]
    #[schema(value_type = Option<String>)]
    cancel_url: Option<Text<'a>>,
}

/// Where to pay.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CheckoutReply<'a> {
    /// Always true.
    success: bool,
    /// The page to pay on.
    url: &'a str,
    /// The page's name at the payment provider.
    session_id: &'a str,
    /// What the hold becomes once it is paid.
    reservation_id: &'a str,
    /// Until when the slot is kept, in milliseconds since 1970.
    hold_expiry: i64,
}

/// What a request says.
struct Request {
    facility_id: FacilityId,
    hold: Named,
    success_url: Option<String>,
    cancel_url: Option<String>,
}

/// How the hold is named.
enum Named {
    Hold(HoldId),
    Reservation(ReservationId),
}

impl Request {
    fn of(asked: &Asked) -> Result<Self, Problem> {
        let body: CheckoutBody<'_> = asked.parse()?;
        let mut check = Check::default();
        let facility_id = asked.facility_id(&mut check, body.facility_id.as_ref());
        let hold = if body.hold_id.is_none() && body.reservation_id.is_some() {
            check.id("/reservationId", body.reservation_id.as_ref()).map(Named::Reservation)
        } else {
            check.required_id("/holdId", body.hold_id.as_ref()).map(Named::Hold)
        };
        let success_url = url(&mut check, "/successUrl", body.success_url.as_ref());
        let cancel_url = url(&mut check, "/cancelUrl", body.cancel_url.as_ref());
        let named = facility_id.zip(hold);
        check.finish(named.map(|(facility_id, hold)| Self { facility_id, hold, success_url, cancel_url }))
    }
}

/// An address of the web that may be left out.
fn url(check: &mut Check, pointer: &str, text: Option<&Text<'_>>) -> Option<String> {
    let url = check.text(pointer, text, URL_CHARS_MAX)?;
    let is_web = reqwest::Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
    if !is_web {
        check.wrong(pointer, "must be an http or https address");
    }
    Some(url)
}

/// Pay for a hold
///
/// The hold is kept longer, for as long as paying takes, and becomes a reservation once it is paid. The same
/// request again gives the same page.
#[utoipa::path(post, path = "/api/checkout", operation_id = "beginCheckout", tag = "payment", request_body = CheckoutBody,
    params(("facilityId" = Option<String>, Query, description = "The facility, where the body does not name it"),
           ("Idempotency-Key" = Option<String>, Header, description = "Names this request: sent again it acts once")),
    responses((status = 201, description = "Where to pay", body = CheckoutReply), Refusals))]
pub(crate) async fn checkout(State(edge): State<Arc<Edge>>, asked: Asked) -> Outcome {
    let request = Request::of(&asked)?;
    let facility = edge.find_by_id(&asked.caller, &request.facility_id).await?;
    let hold_id = request.hold_in(&edge, &facility).await?;
    let Some(stripe) = &edge.outside.stripe else { return Err(unavailable(&facility, &hold_id)) };
    let success_url = request.success_url.as_ref().or(stripe.settings().success_url.as_ref());
    let success_url = success_url.ok_or_else(|| Problem::malformed_at("/successUrl", "is required here"))?;
    let cancel_url = request.cancel_url.as_ref().or(stripe.settings().cancel_url.as_ref());
    let purchase = Purchase {
        hold_id,
        success_url,
        cancel_url: cancel_url.map(String::as_str),
        begin: asked.name("POST /api/checkout"),
        note: idempotency::name(&asked.caller, asked.key.as_deref(), "POST /api/checkout", "page", &asked.body),
    };
    let Begun { index, hold, session_id, url } = begin(&edge, stripe, &facility, &asked.caller, purchase).await?;
    let hold_expiry = hold.hold_expiry.map_or(0, |at| at.0);
    let (url, session_id, reservation_id) = (&url, &session_id, hold.id.as_str());
    let reply = CheckoutReply { success: true, url, session_id, reservation_id, hold_expiry };
    Ok(answer::about(&edge, index, StatusCode::CREATED, &reply))
}

impl Request {
    async fn hold_in(&self, edge: &Edge, facility: &Facility) -> Result<HoldId, Problem> {
        let id = match &self.hold {
            Named::Hold(id) => return Ok(id.clone()),
            Named::Reservation(id) => id,
        };
        let look = || facility.read(|state, _| state.reservation(id).and_then(|it| it.hold_id.clone()));
        if let Some(hold) = look() {
            return Ok(hold);
        }
        // It may have been made through another node a moment ago.
        edge.freshen(facility, Freshness { min_index: None, linearizable: true }).await?;
        look().ok_or_else(|| refusal::problem(machine::Rejection::HoldUnknown, facility.read(|_, index| index)))
    }
}

/// Nothing can be paid here; what costs nothing need not be.
fn unavailable(facility: &Facility, hold_id: &HoldId) -> Problem {
    let (is_free, index) = facility.read(|state, index| {
        let hold = state.hold(hold_id);
        (hold.is_some_and(|hold| hold.rate_cents.is_none_or(|cents| cents == 0)), index)
    });
    if is_free {
        return refusal::problem(machine::Rejection::NothingToPay, index);
    }
    Problem::conflict("payments_unavailable", "Payment by card is not set up here.").at_index(index)
}
