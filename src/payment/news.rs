//! What Stripe tells by its webhook, as far as it concerns a court.
//!
//! Events come more than once, in any order, and of everything that an account is used for. What is not about
//! a page of ours says so by having no such note on it, and is left alone.

use machine::{CheckoutEnd, DisputeState, FacilityId, ReservationId};
use serde_json::Value;

/// The longest name of an event that is taken for one.
const NAME_CHARS_MAX: usize = 255;

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// Its name: the same event sent again has the same.
    pub(crate) event_id: String,
    pub(crate) news: News,
}

/// What an event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// Somebody has paid.
    Paid { about: About, payment_id: String, amount: u64 },
    /// A page takes no payment any more.
    PageEnded { about: About, session_id: String, why: CheckoutEnd },
    /// So much of a payment has gone back in all.
    Refunded { about: Option<About>, payment_id: String, amount: u64 },
    /// A payer has asked its bank for the money, or the bank has decided.
    Disputed { payment_id: String, state: DisputeState },
    /// Nothing that concerns a court.
    Nothing,
}

/// What was written on a page and its payment when the page was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct About {
    /// The cluster that opened the page; not known of what was made by hand.
    pub(crate) cluster_id: Option<String>,
    pub(crate) facility_id: FacilityId,
    pub(crate) reservation_id: ReservationId,
}

impl Told {
    /// Reads the body of a webhook; `None` where it is no event.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let event: Value = serde_json::from_slice(body).ok()?;
        let event_id = event["id"].as_str().filter(|id| (1..=NAME_CHARS_MAX).contains(&id.len()))?.to_owned();
        let object = &event["data"]["object"];
        let news = match event["type"].as_str()? {
            "checkout.session.completed" | "checkout.session.async_payment_succeeded" => paid(object),
            "checkout.session.async_payment_failed" => page_ended(object, CheckoutEnd::Failed),
            "checkout.session.expired" => page_ended(object, CheckoutEnd::Expired),
            "charge.refunded" => refunded(object),
            "charge.dispute.created" => disputed(object, Some(DisputeState::Opened)),
            "charge.dispute.closed" => disputed(object, closed(object)),
            _ => None,
        };
        Some(Self { event_id, news: news.unwrap_or(News::Nothing) })
    }
}

impl About {
    /// From what Stripe keeps with a page or payment; `None` where it is none of ours.
    pub(crate) fn of(metadata: &Value) -> Option<Self> {
        Some(Self {
            cluster_id: metadata["cluster_id"].as_str().map(str::to_owned),
            facility_id: FacilityId::parse(metadata["facility_id"].as_str()?).ok()?,
            reservation_id: ReservationId::parse(metadata["reservation_id"].as_str()?).ok()?,
        })
    }
}

/// A page is complete also where the money is only promised: that is told of later.
fn paid(session: &Value) -> Option<News> {
    if session["payment_status"] != "paid" {
        return None;
    }
    let about = About::of(&session["metadata"])?;
    let payment_id = name(&session["payment_intent"]).or_else(|| name(session))?;
    Some(News::Paid { about, payment_id, amount: session["amount_total"].as_u64()? })
}

fn page_ended(session: &Value, why: CheckoutEnd) -> Option<News> {
    Some(News::PageEnded { about: About::of(&session["metadata"])?, session_id: name(session)?, why })
}

fn refunded(charge: &Value) -> Option<News> {
    let payment_id = name(&charge["payment_intent"]).or_else(|| name(charge))?;
    Some(News::Refunded {
        about: About::of(&charge["metadata"]),
        payment_id,
        amount: charge["amount_refunded"].as_u64()?,
    })
}

fn disputed(dispute: &Value, state: Option<DisputeState>) -> Option<News> {
    Some(News::Disputed { payment_id: name(&dispute["payment_intent"])?, state: state? })
}

/// How a dispute was closed; an inquiry that came to nothing is won.
fn closed(dispute: &Value) -> Option<DisputeState> {
    match dispute["status"].as_str()? {
        "won" | "warning_closed" => Some(DisputeState::Won),
        "lost" => Some(DisputeState::Lost),
        _ => None,
    }
}

/// The name of something that comes as its name alone, or whole.
fn name(of: &Value) -> Option<String> {
    let name = of.as_str().or_else(|| of["id"].as_str())?;
    (1..=NAME_CHARS_MAX).contains(&name.len()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(kind: &str, object: Value) -> News {
        let event = json!({"id": "evt_1", "type": kind, "data": {"object": object}});
        let told = Told::read(event.to_string().as_bytes()).unwrap();
        assert_eq!(told.event_id, "evt_1");
        told.news
    }

    fn about() -> About {
        About {
            cluster_id: Some("dev".to_owned()),
            facility_id: FacilityId::parse("fac_1").unwrap(),
            reservation_id: ReservationId::parse("rsv_1").unwrap(),
        }
    }

    fn session(payment_status: &str) -> Value {
        json!({"id": "cs_1", "payment_status": payment_status, "payment_intent": "pi_1", "amount_total": 2000,
            "metadata": {"cluster_id": "dev", "facility_id": "fac_1", "reservation_id": "rsv_1"}})
    }

    #[test]
    fn a_page_is_paid_when_its_payment_is() {
        let paid = News::Paid { about: about(), payment_id: "pi_1".to_owned(), amount: 2000 };
        assert_eq!(read("checkout.session.completed", session("paid")), paid);
        assert_eq!(read("checkout.session.async_payment_succeeded", session("paid")), paid);
        assert_eq!(read("checkout.session.completed", session("unpaid")), News::Nothing);
        let mut of_others = session("paid");
        of_others["metadata"] = json!({"order": "7"});
        assert_eq!(read("checkout.session.completed", of_others), News::Nothing);
    }

    #[test]
    fn other_news_says_what_it_is_about() {
        let ended = |why| News::PageEnded { about: about(), session_id: "cs_1".to_owned(), why };
        assert_eq!(read("checkout.session.expired", session("unpaid")), ended(CheckoutEnd::Expired));
        assert_eq!(read("checkout.session.async_payment_failed", session("unpaid")), ended(CheckoutEnd::Failed));
        let charge = json!({"id": "ch_1", "payment_intent": {"id": "pi_1"}, "amount_refunded": 500, "metadata": {}});
        let refunded = News::Refunded { about: None, payment_id: "pi_1".to_owned(), amount: 500 };
        assert_eq!(read("charge.refunded", charge), refunded);
        let dispute = |status: &str| json!({"payment_intent": "pi_1", "status": status});
        let disputed = |state| News::Disputed { payment_id: "pi_1".to_owned(), state };
        assert_eq!(read("charge.dispute.created", dispute("needs_response")), disputed(DisputeState::Opened));
        assert_eq!(read("charge.dispute.closed", dispute("lost")), disputed(DisputeState::Lost));
        assert_eq!(read("charge.dispute.closed", dispute("warning_closed")), disputed(DisputeState::Won));
        assert_eq!(read("invoice.paid", json!({})), News::Nothing);
        for no_event in [&b"{}"[..], b"[]", b"", b"{\"id\": 7, \"type\": \"x\"}"] {
            assert_eq!(Told::read(no_event), None);
        }
    }
}
