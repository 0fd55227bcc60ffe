//! A page to pay on: Stripe's Checkout Session, opened, looked at and closed.

use std::time::Duration;

use machine::{FacilityId, Instant, ReservationId};
use serde_json::Value;

use super::failure::Failure;
use super::stripe::{Form, Stripe, in_address, key};

/// How long a page lives at Stripe beyond the hold that is paid on it. Stripe opens none for less than half an
/// hour, counted from the request; a minute more is for its clock. Counted from the end of the hold, the
/// instant is the same however often the page is asked for, as a repeat under one key has to be. A hold that
/// ends earlier has its page closed then, and does not wait for this.
const LIFE_AFTER_HOLD_SECONDS: i64 = 31 * 60;
/// Asked for while a member waits.
const MEMBERS_PATIENCE: Duration = Duration::from_secs(6);
/// Asked for by a job.
const JOBS_PATIENCE: Duration = Duration::from_secs(20);

/// Keys of one page that Stripe may lose its way under; with more of them it is not to be had today.
const SPENT_KEYS_MAX: u32 = 4;

/// What is to be paid for.
#[derive(Clone, Debug)]
pub(crate) struct Wish<'a> {
    pub(crate) cluster_id: &'a str,
    pub(crate) facility_id: &'a FacilityId,
    pub(crate) reservation_id: &'a ReservationId,
    /// The version of the reservation as it began to wait for its payment.
    pub(crate) version: u64,
    pub(crate) hold_expiry: Instant,
    /// In minor units, as Stripe counts them: whole yen, and cents.
    pub(crate) amount: u64,
    /// An ISO code in any case.
    pub(crate) currency: &'a str,
    /// What is bought: the court.
    pub(crate) name: &'a str,
    /// When it is, on the club's clock.
    pub(crate) description: &'a str,
    pub(crate) success_url: &'a str,
    pub(crate) cancel_url: Option<&'a str>,
}

/// A page to pay on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) session_id: String,
    /// Where it is; none once it takes no payment any more.
    pub(crate) url: Option<String>,
    pub(crate) status: PageStatus,
}

/// Whether a page takes a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageStatus {
    /// It does.
    Open,
    /// Somebody has paid, or is about to by something that takes days.
    Complete,
    /// It does not any more.
    Expired,
}

impl Stripe {
    /// Opens a page, or finds the one that was opened for the same before.
    ///
    /// A key that is spent is so for everybody, at every node: whoever asks comes to the same next one. What may
    /// have been opened under it has an address that nobody was told, so nobody pays there.
    pub(crate) async fn open_page(&self, wish: &Wish<'_>) -> Result<Page, Failure> {
        let (form, mut spent) = (wish.form(), 0);
        loop {
            let after = if spent == 0 { String::new() } else { format!(":{spent}") };
            let key = key(wish.facility_id, &format!("res:{}:v{}:checkout{after}", wish.reservation_id, wish.version));
            match self.post("/v1/checkout/sessions", &key, &form, MEMBERS_PATIENCE).await {
                Err(Failure::Spent { .. }) if spent < SPENT_KEYS_MAX => spent += 1,
                answer => return Page::of(&answer?),
            }
        }
    }

    /// A page that was opened before.
    pub(crate) async fn page(&self, session_id: &str) -> Result<Page, Failure> {
        Page::of(&self.get(&path(session_id)?, MEMBERS_PATIENCE).await?)
    }

    /// Closes a page. One that is closed already, or was paid on, is as it should be.
    pub(super) async fn close_page(
        &self,
        facility: &FacilityId,
        session_id: &str,
        attempt: u32,
    ) -> Result<(), Failure> {
        // Closing twice is closing once, so each try has a key of its own: a kept answer would repeat an error
        // that is long over.
        let key = key(facility, &format!("expire:{session_id}:{attempt}"));
        let closing = self.post(&format!("{}/expire", path(session_id)?), &key, &Form::new(), JOBS_PATIENCE).await;
        match closing {
            Ok(_) => Ok(()),
            Err(refused @ Failure::Refused { .. }) => {
                let page = Page::of(&self.get(&path(session_id)?, JOBS_PATIENCE).await?)?;
                if page.status == PageStatus::Open { Err(refused) } else { Ok(()) }
            }
            Err(failure) => Err(failure),
        }
    }
}

impl Wish<'_> {
    fn form(&self) -> Form {
        let expires_at = self.hold_expiry.0.div_euclid(1000) + LIFE_AFTER_HOLD_SECONDS;
        let item = |field: &str| format!("line_items[0]{field}");
        let mut form: Form = [
            ("mode".to_owned(), "payment".to_owned()),
            // A slot is kept for minutes: only what is paid at once will do.
            ("payment_method_types[0]".to_owned(), "card".to_owned()),
            ("client_reference_id".to_owned(), self.reservation_id.to_string()),
            ("expires_at".to_owned(), expires_at.to_string()),
            (item("[quantity]"), "1".to_owned()),
            (item("[price_data][currency]"), self.currency.to_ascii_lowercase()),
            (item("[price_data][unit_amount]"), self.amount.to_string()),
            (item("[price_data][product_data][name]"), self.name.to_owned()),
            (item("[price_data][product_data][description]"), self.description.to_owned()),
            ("success_url".to_owned(), self.success_url.to_owned()),
        ]
        .into();
        form.extend(self.cancel_url.map(|url| ("cancel_url".to_owned(), url.to_owned())));
        for holder in ["metadata", "payment_intent_data[metadata]"] {
            form.extend([
                (format!("{holder}[cluster_id]"), self.cluster_id.to_owned()),
                (format!("{holder}[facility_id]"), self.facility_id.to_string()),
                (format!("{holder}[reservation_id]"), self.reservation_id.to_string()),
            ]);
        }
        form
    }
}

impl Page {
    fn of(session: &Value) -> Result<Self, Failure> {
        let malformed = || Failure::Unknown { detail: "answer_malformed".to_owned() };
        let status = match session["status"].as_str() {
            Some("open") => PageStatus::Open,
            Some("complete") => PageStatus::Complete,
            Some("expired") => PageStatus::Expired,
            _ => return Err(malformed()),
        };
        let session_id = session["id"].as_str().ok_or_else(malformed)?.to_owned();
        Ok(Self { session_id, url: session["url"].as_str().map(str::to_owned), status })
    }
}

fn path(session_id: &str) -> Result<String, Failure> {
    Ok(format!("/v1/checkout/sessions/{}", in_address(session_id)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_asked_for_with_the_same_words_every_time() {
        let (facility, reservation) = (FacilityId::parse("fac_1").unwrap(), ReservationId::parse("rsv_1").unwrap());
        let wish = Wish {
            cluster_id: "northside",
            facility_id: &facility,
            reservation_id: &reservation,
            version: 2,
            hold_expiry: Instant(1_000_600_999),
            amount: 2000,
            currency: "JPY",
            name: "Court 1",
            description: "2026-06-02 10:00",
            success_url: "https://club.example.org/paid",
            cancel_url: None,
        };
        let form = wish.form();
        let of = |name: &str| form.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
        assert_eq!(of("expires_at"), Some("1002460"));
        assert_eq!(of("line_items[0][price_data][currency]"), Some("jpy"));
        assert_eq!(of("line_items[0][price_data][unit_amount]"), Some("2000"), "yen have no minor unit");
        assert_eq!(of("metadata[facility_id]"), Some("fac_1"));
        assert_eq!(of("payment_intent_data[metadata][reservation_id]"), Some("rsv_1"));
        assert_eq!(of("cancel_url"), None);
        assert_eq!(form, wish.form());
    }
}
