//! What it is to send: one way out, and what can come of one try at it.

use std::time::Duration;

use futures_util::future::BoxFuture;
use machine::Refusal;

use super::Message;

/// One way out: a provider, or what stands in for one.
pub trait Sender: Send + Sync {
    /// Tries once, and says what came of it. It ends within 20 seconds.
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Sending>;
}

/// What came of one try. A detail is a code such as `http_429` and never a provider's own words, which
/// may repeat an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
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
    /// It certainly was not taken, and may be tried again.
    Again {
        /// For how long the provider wants to be left alone, where it says so.
        after: Option<Duration>,
        /// A code.
        detail: String,
    },
    /// It may have been taken.
    Unknown {
        /// A code.
        detail: String,
    },
    /// It was not taken, and nothing will be until somebody mends the settings.
    Misconfigured {
        /// A code.
        detail: String,
    },
}

impl Sending {
    /// Taken, under the name that the provider gave it.
    pub fn accepted(provider_id: Option<String>) -> Self {
        Self::Accepted { provider_id }
    }

    /// Refused for good because of the message itself.
    pub fn refused(detail: impl Into<String>) -> Self {
        Self::Refused { because: Refusal::Message, detail: detail.into() }
    }

    /// Not taken, and nothing said of when it would be.
    pub fn again(detail: impl Into<String>) -> Self {
        Self::Again { after: None, detail: detail.into() }
    }

    /// Taken or not: nobody knows.
    pub fn unknown(detail: impl Into<String>) -> Self {
        Self::Unknown { detail: detail.into() }
    }

    /// Not taken because of the settings.
    pub fn misconfigured(detail: impl Into<String>) -> Self {
        Self::Misconfigured { detail: detail.into() }
    }

    /// What a metric calls it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Refused { .. } => "refused",
            Self::Again { .. } => "again",
            Self::Unknown { .. } => "unknown",
            Self::Misconfigured { .. } => "misconfigured",
        }
    }
}
