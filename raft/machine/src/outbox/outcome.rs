//! What came of sending a delivery, and what its provider said of it later.
//!
//! Details are codes (`http_429`, `twilio_21610`) and never a provider's own words, which may repeat an
//! address: what is written here is kept for years.

use serde::{Deserialize, Serialize};

use crate::Instant;

/// What came of one try at sending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The provider has taken it.
    Accepted {
        /// What the provider calls it, where it says so.
        provider_id: Option<String>,
    },
    /// It is refused for good.
    Refused {
        /// What that says of the address.
        because: Refusal,
        /// A code.
        detail: String,
    },
    /// It certainly was not taken, and is to be tried again.
    Again {
        /// Not before.
        at: Instant,
        /// A code.
        detail: String,
    },
    /// It may have been taken.
    Unknown {
        /// A code.
        detail: String,
    },
}

/// What a refusal says of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Refusal {
    /// Nothing: it was the message.
    Message,
    /// There is no such address, or it takes no messages.
    BadAddress,
    /// Whoever is there does not want to be told.
    OptedOut,
}

/// What a provider said of a delivery after it had taken it.
// Replicated: the order is the rank; a receipt of a lower rank than the one that is known is no news.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Receipt {
    /// It is on its way.
    Underway,
    /// It has arrived.
    Delivered,
    /// It did not arrive.
    Undelivered {
        /// A code.
        detail: String,
    },
}

/// What follows from a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Consequence {
    /// Nothing.
    Nothing,
    /// It is sent once more, not before this instant, unless that was done already.
    AgainOnce(Instant),
    /// The address takes nothing.
    BadAddress,
    /// Whoever is there does not want to be told.
    OptedOut,
}
