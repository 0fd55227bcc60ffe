//! From a delivery to Stripe: what the outbox has for the payment provider.

use std::time::Duration;

use machine::{Delivery, FacilityId, MoreFacts};

use super::failure::Failure;
use super::stripe::Stripe;

/// What came of sending an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It is done.
    Accepted {
        /// What Stripe calls what it made, if it made anything.
        provider_id: Option<String>,
    },
    /// It will not be done, however often it is asked for.
    Refused {
        /// A code.
        detail: String,
    },
    /// It is not done, and may be later.
    Again {
        /// Not sooner.
        after: Option<Duration>,
        /// A code.
        detail: String,
    },
    /// It may be done; to ask again does no harm.
    Unknown {
        /// A code.
        detail: String,
    },
    /// The key is not good for it: nothing is sent until somebody has seen to that.
    Misconfigured {
        /// A code.
        detail: String,
    },
}

impl Stripe {
    /// Sends a delivery of the medium payment, as it was claimed. Sent again, it does the same once.
    #[allow(dead_code, reason = "the job of deliveries sends by it")]
    pub(crate) async fn send(&self, delivery: &Delivery, facility_id: &FacilityId) -> Sent {
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
            Ok(provider_id) => Sent::Accepted { provider_id },
            Err(Failure::Refused { detail }) => Sent::Refused { detail },
            Err(Failure::Again { after, detail }) => Sent::Again { after, detail },
            Err(Failure::Unknown { detail }) => Sent::Unknown { detail },
            Err(Failure::Misconfigured { detail }) => Sent::Misconfigured { detail },
            Err(other @ Failure::OtherParameters) => Sent::Refused { detail: other.detail().to_owned() },
        }
    }
}
