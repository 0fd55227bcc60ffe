//! A hold begins to wait for its payment, and there is a page to pay it on.
//!
//! First the log, then the provider, then the log: a page is opened only for what is kept for it, and known
//! by the facility so that it is closed with its hold. The same again, also at another node, comes to the same
//! page.

use cluster::Facility;
use machine::{Accepted, BeginPayment, Command, HoldId, HoldRef, NoteCheckout, Reservation, Status};

use crate::auth::Caller;
use crate::calendar;
use crate::edge::Edge;
use crate::http::idempotency::Named;
use crate::http::problem::Problem;
use crate::http::refusal;
use crate::payment::{Failure, Page, PageStatus, Stripe, Wish};

/// What is to be paid, and how the two requests to the log are named.
pub(in crate::http) struct Purchase<'a> {
    pub(in crate::http) hold_id: HoldId,
    /// Where to come back to after paying.
    pub(in crate::http) success_url: &'a str,
    /// Where to come back to without paying.
    pub(in crate::http) cancel_url: Option<&'a str>,
    pub(in crate::http) begin: Named,
    pub(in crate::http) note: Named,
}

/// A hold that waits for its payment, and an open page to pay it on.
pub(in crate::http) struct Begun {
    /// Of the log, where the facility knows of the page.
    pub(in crate::http) index: u64,
    pub(in crate::http) hold: Reservation,
    pub(in crate::http) session_id: String,
    pub(in crate::http) url: String,
}

/// Keeps the slot for paying, and opens the page or finds the one that is open.
pub(in crate::http) async fn begin(
    edge: &Edge,
    stripe: &Stripe,
    facility: &Facility,
    caller: &Caller,
    purchase: Purchase<'_>,
) -> Result<Begun, Problem> {
    let Purchase { hold_id, success_url, cancel_url, begin, note: noting } = purchase;
    // Order: nobody is sent to a page before the slot is kept for it.
    let seconds = stripe.settings().hold_seconds;
    let command = Command::BeginPayment(BeginPayment { hold: HoldRef::Id(hold_id), seconds });
    let (_, accepted) = edge.propose(facility, caller, begin, command).await?;
    let Accepted::PaymentBegun(hold) = accepted else { return Err(Problem::internal()) };
    let page = page(edge, stripe, facility, &hold, (success_url, cancel_url)).await?;
    let index = note(edge, caller, facility, noting, (&hold, &page)).await?;
    match page {
        Page { session_id, url: Some(url), status: PageStatus::Open } => {
            Ok(Begun { index, hold: *hold, session_id, url })
        }
        page => Err(closed(&page)),
    }
}

/// The page of a hold: the one that is known, or the one that the provider opens, or opened for the same before.
async fn page(
    edge: &Edge,
    stripe: &Stripe,
    facility: &Facility,
    hold: &Reservation,
    (success_url, cancel_url): (&str, Option<&str>),
) -> Result<Page, Problem> {
    let known = facility.read(|state, _| state.checkout(&hold.id).map(str::to_owned));
    if let Some(session_id) = known {
        return stripe.page(&session_id).await.map_err(|failure| failed(&failure));
    }
    let (currency, name, description) = facility.read(|state, _| described(state, hold));
    let wish = Wish {
        cluster_id: edge.node.cluster_id(),
        facility_id: facility.id(),
        reservation_id: &hold.id,
        version: hold.version,
        hold_expiry: hold.hold_expiry.unwrap_or_default(),
        amount: hold.rate_cents.unwrap_or(0),
        currency: &currency,
        name: &name,
        description: &description,
        success_url,
        cancel_url,
    };
    stripe.open_page(&wish).await.map_err(|failure| failed(&failure))
}

/// The currency, what the court is called, and when the slot is by the club's clock.
fn described(state: &machine::Facility, hold: &Reservation) -> (String, String, String) {
    let court = state.court(&hold.court_id).map_or_else(|| hold.court_id.to_string(), |court| court.name.clone());
    let Some(settings) = state.settings() else { return (String::new(), court, String::new()) };
    let zone = calendar::zone(&settings.timezone).unwrap_or(chrono_tz::UTC);
    let (start, end) = (calendar::wall_at(zone, hold.slot.start), calendar::wall_at(zone, hold.slot.end));
    let when = format!("{}, {} to {}", settings.name, start.format("%Y-%m-%d %H:%M"), end.format("%H:%M"));
    (settings.currency.clone(), court, when)
}

/// Has the facility know the page, so that it is closed with its hold.
async fn note(
    edge: &Edge,
    caller: &Caller,
    facility: &Facility,
    named: Named,
    (hold, page): (&Reservation, &Page),
) -> Result<u64, Problem> {
    let note = NoteCheckout { reservation_id: hold.id.clone(), session_id: page.session_id.clone() };
    let (index, accepted) = edge.propose(facility, caller, named, Command::NoteCheckout(note)).await?;
    let Accepted::PaymentNoted(noted) = accepted else { return Err(Problem::internal()) };
    match noted.map(|it| (it.status, it.ended_at)) {
        Some((Status::PaymentPending, _)) => Ok(index),
        Some((Status::Expired, at)) => {
            let at = at.unwrap_or_default();
            Err(refusal::problem(machine::Rejection::HoldExpired { at }, index))
        }
        Some((Status::Confirmed | Status::CheckedIn, _)) => {
            Err(Problem::conflict("nothing_to_pay", "It is paid already.").at_index(index))
        }
        _ => Err(refusal::problem(machine::Rejection::HoldUnknown, index)),
    }
}

/// The page takes no payment any more.
fn closed(page: &Page) -> Problem {
    if page.status == PageStatus::Complete {
        let detail = "It is paid; it is booked as soon as the payment provider says so.";
        return Problem::conflict("payment_under_way", detail);
    }
    Problem::conflict("checkout_closed", "The page to pay on is closed: hold the slot again.")
}

fn failed(failure: &Failure) -> Problem {
    tracing::warn!(detail = failure.detail(), "the payment provider opened no page");
    match failure {
        Failure::Refused { detail } => {
            Problem::conflict("payment_refused", format!("The payment provider refuses it: {detail}."))
        }
        Failure::OtherParameters => {
            let detail = "A page to pay on was asked for with other addresses to come back to.";
            Problem::conflict("checkout_begun", detail)
        }
        Failure::Again { .. } | Failure::Unknown { .. } | Failure::Spent { .. } | Failure::Misconfigured { .. } => {
            Problem::unavailable(
                "payment_provider_unavailable",
                "The payment provider does not answer; the slot is kept meanwhile, and the same request is safe.",
            )
        }
    }
}
