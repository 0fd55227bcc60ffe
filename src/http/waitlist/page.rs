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
use axum::response::Response;
use cluster::{Facility, Grant};
use machine::{Accepted, Command, ConfirmHold, HoldId, HoldRef, Instant, Interval, MemberId, Pay, ReleaseHold};
use machine::{RequestId, Settings, Status, WaitlistEntry, WaitlistStatus};

use crate::auth::{Caller, Need, Who};
use crate::edge::Edge;
use crate::http::extract::Path;
use crate::http::idempotency::Named;
use crate::http::params::Freshness;
use crate::http::problem::Problem;
use crate::links::{LinkError, OfferLink};
use crate::words::{Language, Offered, PageState, Ways};

/// Nothing but the page's own style and script, and nowhere to send a form but here.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";
const STYLE: &str = include_str!("page/offer.css");
const SCRIPT: &str = include_str!("page/offer.js");
/// Whose name the requests have that come from links.
const PRINCIPAL: &str = "link";
/// How long the answer to a press is kept for another one.
const REMEMBER_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// What a press of a button says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Accept,
    Credits,
    Decline,
}

/// An offer that a link leads to, as it stands here.
struct Offer {
    facility: Facility,
    language: Language,
    member: MemberId,
    state: PageState,
    /// What is held for it, while it is.
    hold: Option<HoldId>,
    shown: Option<Shown>,
}

/// What the page shows of an offer.
struct Shown {
    settings: Settings,
    court_name: String,
    slot: Interval,
    rate_cents: Option<u64>,
    expires_at: Instant,
    now: Instant,
    ways: Ways,
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
/// The buttons of the page: `answer=accept`, which is meant where nothing is said, `answer=decline`, or
/// `answer=credits` to accept and pay with credits. A second press is answered as the first.
#[utoipa::path(post, path = "/waitlist/accept/{token}", operation_id = "answerOffer", tag = "waitlist",
    params(("token" = String, Path, description = "The signed token of the link")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "It is booked, or let go", body = String, content_type = "text/html"),
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
        (PageState::Open, _) => act(&edge, &offer, answer).await,
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
            b"answer=decline" | b"decline" | b"decline=" => Some(Self::Decline),
            _ => None,
        }
    }
}

/// The offer that a token leads to; where it leads to none, what there is to say instead.
async fn find(edge: &Edge, token: &str) -> Result<Offer, PageState> {
    let links = edge.outside.links.as_ref().ok_or(PageState::Invalid)?;
    let (link, is_late) = match links.offer(token, edge.node.now()) {
        Ok(link) => (link, false),
        // It may have been taken in time: its member sees what became of it.
        Err(LinkError::Expired(link)) => (*link, true),
        Err(_) => return Err(PageState::Invalid),
    };
    let anybody = Caller::admit(Who::Public, Need::Anybody).map_err(|_| PageState::Unavailable)?;
    let found = edge.find_by_id(&anybody, &link.facility_id).await;
    let facility = found.map_err(|problem| match problem.facts().status {
        StatusCode::NOT_FOUND => PageState::Unknown,
        _ => PageState::Unavailable,
    })?;
    // The message may be faster than this node's replica.
    let fresh = edge.freshen(&facility, Freshness { min_index: None, linearizable: true }).await;
    fresh.map_err(|_| PageState::Unavailable)?;
    let offer = facility.read(|state, _| look(&facility, state, &link, edge.node.now()));
    match offer {
        // Whatever stands by then: a link that is over takes nothing.
        Some(offer) if is_late && offer.state == PageState::Open => Ok(Offer { state: PageState::Over, ..offer }),
        Some(offer) => Ok(offer),
        None => Err(if is_late { PageState::Over } else { PageState::Unknown }),
    }
}

/// How the offer stands in a state of the facility; `None` where that knows nothing of its entry.
fn look(facility: &Facility, state: &machine::Facility, link: &OfferLink, now: Instant) -> Option<Offer> {
    let entry = state.waitlist_entry(&link.waitlist_id)?;
    let (settings, member) = (state.settings()?, state.member(&entry.member_id)?);
    let is_this_one = entry.grants == link.grant;
    let reservation = entry.reservation_id.as_ref().filter(|_| is_this_one).and_then(|id| state.reservation(id));
    let standing = standing(entry, reservation, now);
    let ways = match reservation.and_then(|it| it.rate_cents).unwrap_or(0) {
        0 => Ways::Free,
        _ if member.credits_balance > 0 => Ways::Credits,
        _ => Ways::AtTheClub,
    };
    let shown = reservation.map(|it| Shown {
        settings: settings.clone(),
        court_name: state.court(&it.court_id).map_or_else(|| it.court_id.to_string(), |court| court.name.clone()),
        slot: it.slot,
        rate_cents: it.rate_cents.filter(|cents| *cents > 0),
        expires_at: it.hold_expiry.unwrap_or(link.expires_at),
        now,
        ways,
    });
    Some(Offer {
        facility: facility.clone(),
        language: Language::of(&member.preferences.locale),
        member: entry.member_id.clone(),
        state: standing,
        hold: reservation.and_then(|it| it.hold_id.clone()),
        shown,
    })
}

fn standing(entry: &WaitlistEntry, reservation: Option<&machine::Reservation>, now: Instant) -> PageState {
    let Some(reservation) = reservation else { return PageState::Over };
    match (entry.status, reservation.status) {
        (WaitlistStatus::Offered, Status::Held | Status::PaymentPending)
            if reservation.hold_expiry.is_some_and(|ends| ends > now) =>
        {
            PageState::Open
        }
        (WaitlistStatus::Converted, Status::Confirmed | Status::CheckedIn | Status::Completed) => PageState::Booked,
        _ => PageState::Over,
    }
}

/// Has the facility decide, for the member that the offer was made to.
async fn act(edge: &Edge, offer: &Offer, answer: Answer) -> (StatusCode, PageState) {
    let Some(hold) = offer.hold.clone() else { return (status_of(PageState::Over), PageState::Over) };
    let facilities = vec![offer.facility.id().clone()];
    let who = Who::granted(&Grant::Member { facilities, member: offer.member.clone() }, PRINCIPAL);
    let Ok(caller) = Caller::admit(who, Need::ActForMember) else {
        return (status_of(PageState::Unavailable), PageState::Unavailable);
    };
    let (word, command) = match answer {
        Answer::Accept | Answer::Credits => {
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

fn refused(problem: &Problem) -> (StatusCode, PageState) {
    let facts = problem.facts();
    let state = match facts.code {
        "payment_required" => PageState::Unpaid,
        "hold_expired" | "hold_not_found" | "not_a_hold" | "invalid_transition" => PageState::Over,
        _ if facts.status.is_server_error() => PageState::Unavailable,
        _ => PageState::Refused,
    };
    (if state == PageState::Unavailable { facts.status } else { status_of(state) }, state)
}

fn status_of(state: PageState) -> StatusCode {
    match state {
        PageState::Open | PageState::Booked | PageState::Declined => StatusCode::OK,
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
            return axum::response::IntoResponse::into_response(Problem::internal());
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
        assert_eq!(Answer::read(b"answer=decline"), Some(Answer::Decline));
        for other in [&b"{}"[..], b"answer=", b"answer=accept&answer=decline", b"List-Unsubscribe=One-Click"] {
            assert_eq!(Answer::read(other), None);
        }
    }
}
