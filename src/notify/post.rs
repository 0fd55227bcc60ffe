//! The ways out of a node: one for each medium, where there is one.

use std::fmt;
use std::sync::Arc;

use machine::Medium;

use super::{Gate, Message, Permit, Sender, Sending};

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
}

impl Way {
    /// Sends one message with leave that was taken from the gate before.
    pub async fn send(&self, permit: Permit, message: &Message) -> Sending {
        permit.send(&*self.sender, message).await
    }
}

impl Post {
    /// The way of a medium. Payments go another.
    pub fn way(&self, medium: Medium) -> Option<&Way> {
        match medium {
            Medium::Email => self.email.as_ref(),
            Medium::Sms => self.sms.as_ref(),
            Medium::Payment => None,
        }
    }
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Way({:?})", self.gate)
    }
}
