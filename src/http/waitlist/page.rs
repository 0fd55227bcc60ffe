//! `/waitlist/accept/{token}`: the page behind the signed link of an offer.
//!
//! Looking at it decides nothing, however often a mail scanner does; the button acts. The link says which one
//! of an entry's offers it answers, and it is the hold of that offer that is confirmed or released: a late
//! press never takes what the entry was offered next.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use machine::{Accepted, Command, ConfirmHold, HoldRef, Pay, ReleaseHold, RequestId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::edge::Edge;
use crate::http::extract::Path;
use crate::http::idempotency::{self, Named};
use crate::http::payment::begin::{Purchase, begin};
use crate::http::problem::Problem;
use crate::words::{Language, Offered, PageState};

mod offer;

use offer::{Offer, find};

/// Nothing but the page's own style and script, and nowhere to send a form but here. The answer to a form leads
/// on to the page of the payment provider, which some browsers count as sending it there.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self' https:; \
                      base-uri 'none'; frame-ancestors 'none'";
const STYLE: &str = include_str!("page/offer.css");
const SCRIPT: &str = include_str!("page/offer.js");
/// Whose name the requests have that come from links.
const PRINCIPAL: &str = "link";
/// How long the answer to a press is kept for another one.
const REMEMBER_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// What the buttons of the page send.
#[derive(Deserialize, ToSchema)]
#[schema(as = OfferAnswer)]
#[expect(dead_code, reason = "describes a form that is read as a whole, holds none")]
pub(crate) struct AnswerForm {
    /// `accept pay credits decline`
    #[schema(example = "accept")]
    answer: String,
}

/// What a press of a button says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Accept,
    Credits,
    Pay,
    Decline,
}

/// The page of an offer
///
/// Behind the signed link in a message. It shows what is offered and accepts nothing.
#[utoipa::path(get, path = "/waitlist/accept/{token}", operation_id = "showOffer", tag = "waitlist",
    params(("token" = String, Path, description = "The signed token of the link")),
    responses((status = 200, description = "The offer, or what became of it", body = String, content_type = "text/html"),
              (status = "4XX", description = "A page that says why there is no offer", body = String, content_type = "text/html")))]
pub(crate) async fn show(State(edge): State<Arc<Edge>>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    match find(&edge, &token).await {
        Ok(offer) => offer.page(&edge, status_of(offer.state), offer.state),
        Err(state) => bare(&edge, &headers, state),
    }
}

/// Answer an offer
///
/// The buttons of the page: `answer=accept`, which is meant where nothing is said, `answer=decline`,
/// `answer=credits` to accept and pay with credits, or `answer=pay` to pay by card, on the page that it leads to.
/// A second press is answered as the first.
#[utoipa::path(post, path = "/waitlist/accept/{token}", operation_id = "answerOffer", tag = "waitlist",
    params(("token" = String, Path, description = "The signed token of the link")),
    request_body(content = AnswerForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "It is booked, or let go", body = String, content_type = "text/html"),
              (status = 303, description = "Where to pay"),
              (status = "4XX", description = "A page that says why not", body = String, content_type = "text/html")))]
pub(crate) async fn answer(
    State(edge): State<Arc<Edge>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(answer) = body.ok().and_then(|body| Answer::read(&body)) else {
        return bare(&edge, &headers, PageState::Invalid);
    };
    let offer = match find(&edge, &token).await {
        Ok(offer) => offer,
        Err(state) => return bare(&edge, &headers, state),
    };
    let (status, state) = match (offer.state, answer) {
        (PageState::Open | PageState::Paying, Answer::Pay) => match pay(&edge, &offer, &token).await {
            Ok(url) => return Redirect::to(&url).into_response(),
            Err(stands) => stands,
        },
        // A link that is over takes nothing, but what is being paid can be let go.
        (PageState::Paying, Answer::Accept | Answer::Credits) if offer.is_late => {
            (StatusCode::CONFLICT, PageState::Paying)
        }
        (PageState::Open | PageState::Paying, _) => act(&edge, &offer, answer).await,
        // What is booked is not let go by the link of its offer, but cancelled, under its policy.
        (PageState::Booked, Answer::Decline) => (StatusCode::CONFLICT, PageState::Booked),
        (state, _) => (status_of(state), state),
    };
    offer.page(&edge, status, state)
}

/// The style of the page
#[utoipa::path(get, path = "/waitlist/offer.css", operation_id = "offerStyle", tag = "waitlist",
    responses((status = 200, description = "A style sheet", body = String, content_type = "text/css")))]
pub(crate) async fn style() -> Response {
    file("text/css; charset=utf-8", STYLE)
}

/// The script of the page, which works without
#[utoipa::path(get, path = "/waitlist/offer.js", operation_id = "offerScript", tag = "waitlist",
    responses((status = 200, description = "A script", body = String, content_type = "text/javascript")))]
pub(crate) async fn script() -> Response {
    file("text/javascript; charset=utf-8", SCRIPT)
}

impl Answer {
    /// From a form; what says nothing accepts, which is what the address is for.
    fn read(body: &[u8]) -> Option<Self> {
        match body {
            b"" | b"answer=accept" => Some(Self::Accept),
            b"answer=credits" => Some(Self::Credits),
            b"answer=pay" => Some(Self::Pay),
            b"answer=decline" | b"decline" | b"decline=" => Some(Self::Decline),
            _ => None,
        }
    }
}

/// Has the facility decide, for the member that the offer was made to.
async fn act(edge: &Edge, offer: &Offer, answer: Answer) -> (StatusCode, PageState) {
    let Some(hold) = offer.hold.clone() else { return (status_of(PageState::Over), PageState::Over) };
    let Some(caller) = offer.caller() else { return (status_of(PageState::Unavailable), PageState::Unavailable) };
    let (word, command) = match answer {
        Answer::Accept | Answer::Credits | Answer::Pay => {
            let pay = if answer == Answer::Credits { Pay::Credits } else { Pay::Later };
            let hold = HoldRef::Id(hold.clone());
            ("accept", Command::ConfirmHold(ConfirmHold { hold, reservation_id: None, pay }))
        }
        Answer::Decline => ("decline", Command::ReleaseHold(ReleaseHold { hold: HoldRef::Id(hold.clone()) })),
    };
    // The same offer has the same request, whichever token leads to it: two presses act once.
    let request = RequestId { principal: PRINCIPAL.to_owned(), key: format!("{word}-{hold}") };
    let named = Named { request, fingerprint: 0, remember_millis: REMEMBER_MILLIS };
    match edge.propose(&offer.facility, &caller, named, command).await {
        Ok((_, Accepted::HoldConfirmed(_))) => (StatusCode::OK, PageState::Booked),
        Ok((_, Accepted::HoldReleased(_))) => (StatusCode::OK, PageState::Declined),
        Ok(_) => (StatusCode::INTERNAL_SERVER_ERROR, PageState::Unavailable),
        Err(problem) => refused(&problem),
    }
}

/// Where to pay for what is offered; where that cannot be, how it stands.
async fn pay(edge: &Edge, offer: &Offer, token: &str) -> Result<String, (StatusCode, PageState)> {
    let stands = |state| (status_of(state), state);
    let hold_id = offer.hold.clone().ok_or_else(|| stands(PageState::Over))?;
    let caller = offer.caller().ok_or_else(|| stands(PageState::Unavailable))?;
    let stripe = edge.outside.stripe.as_ref().ok_or_else(|| stands(PageState::Unpaid))?;
    let settings = stripe.settings();
    let purchase = Purchase {
        hold_id,
        success_url: settings.success_url.as_ref().unwrap_or(&offer.url),
        cancel_url: settings.cancel_url.as_ref().or(Some(&offer.url)).map(String::as_str),
        // Both are the same however often they are asked for: they need no name that comes back.
        begin: minted(&caller),
        note: minted(&caller),
    };
    match begin(edge, stripe, &offer.facility, &caller, purchase).await {
        Ok(begun) => Ok(begun.url),
        Err(problem) => {
            // It may have been paid this very moment.
            let now = find(edge, token).await.map_or_else(|state| state, |offer| offer.state);
            Err(if now == PageState::Booked { stands(now) } else { refused(&problem) })
        }
    }
}

fn minted(caller: &Caller) -> Named {
    idempotency::name(caller, None, "", "", &[])
}

fn refused(problem: &Problem) -> (StatusCode, PageState) {
    let facts = problem.facts();
    let state = match facts.code {
        "payment_required" | "payment_refused" | "checkout_begun" => PageState::Unpaid,
        "payment_under_way" => PageState::Paying,
        "hold_expired" | "hold_not_found" | "not_a_hold" | "invalid_transition" | "checkout_closed" => PageState::Over,
        _ if facts.status.is_server_error() => PageState::Unavailable,
        _ => PageState::Refused,
    };
    (if state == PageState::Unavailable { facts.status } else { status_of(state) }, state)
}

fn status_of(state: PageState) -> StatusCode {
    match state {
        PageState::Open | PageState::Paying | PageState::Booked | PageState::Declined => StatusCode::OK,
        PageState::Over => StatusCode::GONE,
        PageState::Unpaid => StatusCode::PAYMENT_REQUIRED,
        PageState::Refused => StatusCode::CONFLICT,
        PageState::Invalid => StatusCode::BAD_REQUEST,
        PageState::Unknown => StatusCode::NOT_FOUND,
        PageState::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl Offer {
    fn page(&self, edge: &Edge, status: StatusCode, state: PageState) -> Response {
        let offered = self.shown.as_ref().map(|shown| Offered {
            settings: &shown.settings,
            court_name: &shown.court_name,
            slot: shown.slot,
            rate_cents: shown.rate_cents,
            expires_at: shown.expires_at,
            now: shown.now,
            ways: shown.ways,
        });
        page(edge, status, self.language, state, offered)
    }
}

/// A page that shows nothing of anybody.
fn bare(edge: &Edge, headers: &HeaderMap, state: PageState) -> Response {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    page(edge, status_of(state), Language::accepted(accepted), state, None)
}

fn page(
    edge: &Edge,
    status: StatusCode,
    language: Language,
    state: PageState,
    offered: Option<Offered<'_>>,
) -> Response {
    let html = match edge.outside.words.offer_page(language, state, offered) {
        Ok(html) => html,
        Err(error) => {
            tracing::error!("failed to write the page of an offer: {error}");
            return Problem::internal().into_response();
        }
    };
    let mut response = with_type("text/html; charset=utf-8", html.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

fn file(kind: &'static str, text: &'static str) -> Response {
    let mut response = with_type(kind, Body::from(text));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    response
}

fn with_type(kind: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_button_says_is_an_answer() {
        assert_eq!(Answer::read(b""), Some(Answer::Accept));
        assert_eq!(Answer::read(b"answer=accept"), Some(Answer::Accept));
        assert_eq!(Answer::read(b"answer=credits"), Some(Answer::Credits));
        assert_eq!(Answer::read(b"answer=pay"), Some(Answer::Pay));
        assert_eq!(Answer::read(b"answer=decline"), Some(Answer::Decline));
        for other in [&b"{}"[..], b"answer=", b"answer=accept&answer=decline", b"List-Unsubscribe=One-Click"] {
            assert_eq!(Answer::read(other), None);
        }
    }
}
