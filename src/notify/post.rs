//! The ways out of a node: one for each medium, where there is one.

use std::fmt;
use std::sync::Arc;

use machine::{Delivery, FacilityId, Medium};

use super::{Gate, Message, Pace, Permit, Sender, Sending};
use crate::payment::Stripe;

/// A quarter of what Stripe takes of a live account in a second: the rest is for pages to pay on.
const CALLS_A_SECOND: f64 = 25.0;
/// Instructions that are under way at the same time.
const CALLS_UNDER_WAY_MAX: u32 = 8;

/// One way out, and how much goes through it.
#[derive(Clone)]
pub struct Way {
    /// Sends.
    pub sender: Arc<dyn Sender>,
    /// Says how much.
    pub gate: Gate,
}

/// The ways out of a node. A medium without one is parked: its deliveries wait, or are dropped once they
/// are of no use any more.
#[derive(Clone, Debug, Default)]
pub struct Post {
    /// For emails.
    pub email: Option<Way>,
    /// For text messages.
    pub sms: Option<Way>,
    /// For instructions to the payment provider.
    pub payment: Option<Till>,
}

/// The way to the payment provider.
#[derive(Clone)]
pub struct Till {
    stripe: Stripe,
    gate: Gate,
}

impl Till {
    /// By Stripe, as fast as it takes calls beside those of whoever goes to pay.
    pub fn new(stripe: Stripe) -> Self {
        Self { stripe, gate: Gate::new("stripe", Pace::new(CALLS_A_SECOND, CALLS_UNDER_WAY_MAX)) }
    }
}

/// What leaves a node.
pub enum Parcel {
    /// A message in words.
    Message(Box<Message>),
    /// An instruction to the payment provider.
    Instruction {
        /// The instruction.
        delivery: Box<Delivery>,
        /// Of which facility.
        facility_id: FacilityId,
    },
}

impl Post {
    /// The gate of a medium; `None` where it is parked.
    pub fn gate(&self, medium: Medium) -> Option<&Gate> {
        match medium {
            Medium::Email => self.email.as_ref().map(|way| &way.gate),
            Medium::Sms => self.sms.as_ref().map(|way| &way.gate),
            Medium::Payment => self.payment.as_ref().map(|till| &till.gate),
        }
    }

    /// Sends one parcel with leave that was taken from the gate before.
    pub async fn send(&self, permit: Permit, parcel: Parcel) -> Sending {
        match parcel {
            Parcel::Message(message) => {
                let way = if message.medium() == Medium::Email { &self.email } else { &self.sms };
                match way {
                    Some(way) => permit.send(&*way.sender, &message).await,
                    None => Sending::again("parked"),
                }
            }
            Parcel::Instruction { delivery, facility_id } => match &self.payment {
                Some(till) => permit.hand_over(till.stripe.send(&delivery, &facility_id)).await,
                None => Sending::again("parked"),
            },
        }
    }
}

impl fmt::Debug for Till {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Till({:?})", self.gate)
    }
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Way({:?})", self.gate)
    }
}
