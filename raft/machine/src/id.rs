//! Identifiers. Each is text of 1 to 128 characters out of `A-Z a-z 0-9 _ -`, checked once where
//! it enters, so that the rest of the program never meets a malformed one.
//! Ids compare as bytes; their order is the order of records in snapshots.

use std::fmt;
use std::sync::Arc;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest identifier, in characters (`api.md` 1).
pub const ID_CHARS_MAX: usize = 128;

/// Why a text is no identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to 128 characters out of A-Z a-z 0-9 _ -")]
pub struct IdError;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a text as an identifier.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                checked(text).map(Self)
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

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self(deserializer.deserialize_str(CheckedText)?))
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
identifier!(/** Names an entry of the waitlist. */ WaitlistId);
identifier!(/** Names a block. */ BlockId);
identifier!(/** Names a series of recurring reservations. */ SeriesId);
identifier!(/** Names a line of a log that was kept elsewhere. */ LogId);
identifier!(/** Names a delivery: what it tells of whom, by which medium. */ DeliveryId);

fn checked(text: &str) -> Result<Arc<str>, IdError> {
    let fits = (1..=ID_CHARS_MAX).contains(&text.len());
    let clean = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if fits && clean { Ok(text.into()) } else { Err(IdError) }
}

/// Reads an identifier from bytes without a text of its own in between: a snapshot has millions.
struct CheckedText;

impl Visitor<'_> for CheckedText {
    type Value = Arc<str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{IdError}")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Arc<str>, E> {
        checked(text).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;

    #[test]
    fn an_id_is_checked_wherever_it_enters() {
        let longest = "x".repeat(ID_CHARS_MAX);
        for good in ["a", "Crt_1-b", longest.as_str()] {
            let id = CourtId::parse(good).unwrap();
            assert_eq!(codec::decode::<CourtId>(&codec::encode(&id).unwrap()).unwrap(), id);
        }
        let too_long = "x".repeat(ID_CHARS_MAX + 1);
        for bad in ["", "a b", "court:1", "é", "a\n", too_long.as_str()] {
            assert_eq!(CourtId::parse(bad), Err(IdError));
            assert!(codec::decode::<CourtId>(&codec::encode(&bad.to_owned()).unwrap()).is_err(), "{bad:?}");
        }
    }
}
