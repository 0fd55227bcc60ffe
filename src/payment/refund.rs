//! Money back.
//!
//! Stripe keeps a key for a day, and with it an answer of 500 as well. So a refund that may have been made is
//! looked for among those of its payment, by the name of its delivery, before it is asked for once more.

use std::time::Duration;

use machine::{Delivery, FacilityId, Instant, Outcome};
use serde_json::Value;

use super::failure::Failure;
use super::news::About;
use super::stripe::{Form, Stripe, in_address, key};

const PATIENCE: Duration = Duration::from_secs(20);
/// A refund of which nobody has decided but this: a payment for a facility that there is not.
const STRAY_PATIENCE: Duration = Duration::from_secs(6);
/// Refunds of one payment that are looked at: as many as Stripe lists at once, and more than a court is given back in.
const LISTED_MAX: u32 = 100;
/// For how long Stripe answers a repeat by what it was told first: a day, and an hour less for the clocks.
const KEY_LIFE_MILLIS: i64 = 23 * 60 * 60 * 1000;

impl Stripe {
    /// Gives back a part of a payment, once for each delivery; what Stripe calls the refund.
    pub(super) async fn refund(
        &self,
        facility: &FacilityId,
        delivery: &Delivery,
        (payment_id, amount): (&str, u64),
    ) -> Result<Option<String>, Failure> {
        let name = delivery.id.as_str();
        let lost = last_lost_try(delivery);
        if lost.is_some() || is_older_than_its_key(delivery) {
            let made = self.refund_of(payment_id, name).await?;
            if made.is_some() {
                return Ok(made);
            }
        }
        // A key under which Stripe lost its way answers 500 for a day.
        let after = lost.map_or_else(String::new, |number| format!(":{number}"));
        let key = key(facility, &format!("refund:{payment_id}:{name}{after}"));
        let mut form = form(payment_id, amount, name);
        form.push(("metadata[facility_id]".to_owned(), facility.to_string()));
        form.extend(delivery.reservation_id.iter().map(|id| ("metadata[reservation_id]".to_owned(), id.to_string())));
        self.post_refund(&key, &form, PATIENCE).await
    }

    /// Gives all of a payment back that is for nothing here.
    pub(crate) async fn refund_stray(&self, payment_id: &str, amount: u64) -> Result<Option<String>, Failure> {
        let key = format!("stray:refund:{payment_id}");
        self.post_refund(&key, &form(payment_id, amount, "stray"), STRAY_PATIENCE).await
    }

    /// What a payment was for, by what was written on it when its page was opened.
    pub(crate) async fn payment_about(&self, payment_id: &str) -> Result<Option<About>, Failure> {
        let intent = self.get(&format!("/v1/payment_intents/{}", in_address(payment_id)?), STRAY_PATIENCE).await?;
        Ok(About::of(&intent["metadata"]))
    }

    async fn post_refund(&self, key: &str, form: &Form, patience: Duration) -> Result<Option<String>, Failure> {
        match self.post("/v1/refunds", key, form, patience).await {
            Ok(refund) => Ok(refund["id"].as_str().map(str::to_owned)),
            // Somebody gave it back over there: it is where it belongs.
            Err(failure) if failure.is("charge_already_refunded") => Ok(None),
            // Stripe gives back what is in dispute only once that is closed.
            Err(failure) if failure.is("charge_disputed") => Err(Failure::Again {
                after: Some(Duration::from_secs(12 * 60 * 60)),
                detail: failure.detail().to_owned(),
            }),
            Err(failure) => Err(failure),
        }
    }

    /// The refund that was made for a delivery.
    async fn refund_of(&self, payment_id: &str, delivery: &str) -> Result<Option<String>, Failure> {
        let (of, name) = (kind(payment_id), in_address(payment_id)?);
        let refunds = self.get(&format!("/v1/refunds?{of}={name}&limit={LISTED_MAX}"), PATIENCE).await?;
        let own = |refund: &&Value| refund["metadata"]["delivery_id"] == delivery;
        let made = refunds["data"].as_array().into_iter().flatten().find(own);
        Ok(made.and_then(|refund| refund["id"].as_str()).map(str::to_owned))
    }
}

fn form(payment_id: &str, amount: u64, delivery: &str) -> Form {
    [(kind(payment_id), payment_id), ("amount", amount.to_string().as_str()), ("metadata[delivery_id]", delivery)]
        .map(|(field, value)| (field.to_owned(), value.to_owned()))
        .into()
}

/// What a payment is to Stripe: what came here from elsewhere may be known by its charge.
fn kind(payment_id: &str) -> &'static str {
    if payment_id.starts_with("ch_") { "charge" } else { "payment_intent" }
}

/// The number of the last try that Stripe answered with an error of its own.
fn last_lost_try(delivery: &Delivery) -> Option<u32> {
    let lost = |outcome: &Outcome| matches!(outcome, Outcome::Unknown { detail } if detail.starts_with("http_5"));
    let lost = delivery.attempts.iter().rev().find(|attempt| attempt.outcome.as_ref().is_some_and(lost));
    lost.map(|attempt| attempt.number)
}

/// Whether it may have been asked for so long ago that the key is forgotten.
fn is_older_than_its_key(delivery: &Delivery) -> bool {
    let [.., last] = delivery.attempts.as_slice() else { return false };
    let first: Instant = delivery.created_at;
    last.number > 1 && last.at.0 - first.0 > KEY_LIFE_MILLIS
}
