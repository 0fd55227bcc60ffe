//! From a delivery to Stripe: what the outbox has for the payment provider.

use machine::{Delivery, FacilityId, MoreFacts};

use super::failure::Failure;
use super::stripe::Stripe;
use crate::notify::Sending;

impl Stripe {
    /// Sends a delivery of the medium payment, as it was claimed. Sent again, it does the same once.
    pub(crate) async fn send(&self, delivery: &Delivery, facility_id: &FacilityId) -> Sending {
        let done = match &delivery.facts.more {
            MoreFacts::Refund { payment_id, amount_cents } => {
                self.refund(facility_id, delivery, (payment_id, *amount_cents)).await
            }
            MoreFacts::Checkout { session_id } => {
                let attempt = delivery.attempts.last().map_or(1, |attempt| attempt.number);
                self.close_page(facility_id, session_id, attempt).await.map(|()| None)
            }
            _ => Err(Failure::refused("no_instruction")),
        };
        match done {
            Ok(provider_id) => Sending::accepted(provider_id),
            Err(Failure::Refused { detail }) => Sending::refused(detail),
            Err(Failure::Again { after, detail }) => Sending::Again { after, detail },
            Err(Failure::Unknown { detail } | Failure::Spent { detail }) => Sending::unknown(detail),
            Err(Failure::Misconfigured { detail }) => Sending::misconfigured(detail),
            Err(other @ Failure::OtherParameters) => Sending::refused(other.detail()),
        }
    }
}
