//! Identifiers. Each is text of 1 to 128 characters out of `A-Z a-z 0-9 _ -`, checked once where
//! it enters, so that the rest of the program never meets a malformed one.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The longest identifier, in characters (`api.md` 1).
pub const ID_CHARS_MAX: usize = 128;

/// Why a text is no identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to 128 characters out of A-Z a-z 0-9 _ -")]
pub struct IdError;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a text as an identifier.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let fits = (1..=ID_CHARS_MAX).contains(&text.len());
                let clean = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
                if fits && clean { Ok(Self(text.into())) } else { Err(IdError) }
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier!(/** Names a facility, in the whole cluster. */ FacilityId);
identifier!(/** Names a court of a facility. */ CourtId);
identifier!(/** Names a member (a person) of a facility. */ MemberId);
identifier!(/** Names a hold; the reservation it may become has a [`ReservationId`] of its own. */ HoldId);
identifier!(/** Names a reservation, from the hold on. */ ReservationId);
