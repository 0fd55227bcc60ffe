//! What nodes carry for each other, as bytes. The version is the frame's.

use std::time::Duration;

use bytes::Bytes;
use machine::{Actor, Command, RequestId, codec};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Request;

/// A booking request, borrowed; written as [`Booking`] is read.
#[derive(Serialize)]
struct BookingRef<'a> {
    budget_millis: u32,
    actor: &'a Actor,
    request: &'a RequestId,
    fingerprint: u64,
    remember_millis: i64,
    command: &'a Command,
}

#[derive(Deserialize)]
struct Booking {
    budget_millis: u32,
    actor: Actor,
    request: RequestId,
    fingerprint: u64,
    remember_millis: i64,
    command: Command,
}

/// A command of the directory, or an ask for a confirmed index, which has none.
#[derive(Serialize, Deserialize)]
struct Plain {
    budget_millis: u32,
    command: Bytes,
}

/// A reply with its index.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Carried {
    /// Of the entry, or of the state that refuses.
    pub(crate) index: u64,
    /// The encoded reply.
    pub(crate) reply: Bytes,
}

/// Are you there, and what time is it?
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ping;

/// The answer to a [`Ping`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Pong {
    /// Milliseconds since 1970 by the peer's wall clock.
    pub(crate) wall: i64,
    /// Whether its directory has been formed.
    pub(crate) formed: bool,
    /// Whether it is stopping, and takes no leadership.
    pub(crate) draining: bool,
}

/// A booking request with the time its answer may take.
pub(crate) fn book(request: &Request, budget: Duration) -> Bytes {
    encode(&BookingRef {
        budget_millis: millis(budget),
        actor: &request.actor,
        request: &request.request,
        fingerprint: request.fingerprint,
        remember_millis: request.remember_millis,
        command: &request.command,
    })
}

/// The inside of [`book`].
pub(crate) fn read_book(bytes: &[u8]) -> Option<(Request, Duration)> {
    let booking: Booking = decode(bytes)?;
    let request = Request {
        actor: booking.actor,
        request: booking.request,
        fingerprint: booking.fingerprint,
        remember_millis: booking.remember_millis,
        command: booking.command,
    };
    Some((request, Duration::from_millis(booking.budget_millis.into())))
}

/// A command of the directory with the time its answer may take.
pub(crate) fn enter(command: &Bytes, budget: Duration) -> Bytes {
    encode(&Plain { budget_millis: millis(budget), command: command.clone() })
}

/// The inside of [`enter`] or [`barrier`].
pub(crate) fn read_plain(bytes: &[u8]) -> Option<(Bytes, Duration)> {
    let plain: Plain = decode(bytes)?;
    Some((plain.command, Duration::from_millis(plain.budget_millis.into())))
}

/// An ask for a confirmed index with the time its answer may take.
pub(crate) fn barrier(budget: Duration) -> Bytes {
    enter(&Bytes::new(), budget)
}

/// Any message as bytes.
pub(crate) fn encode(message: &impl Serialize) -> Bytes {
    codec::encode(message).expect("messages are far below the codec's limit").into()
}

/// Any message from bytes.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    codec::decode(bytes).ok()
}

fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_arrives_as_it_left() {
        let request = Request {
            actor: Actor::Staff("desk".into()),
            request: RequestId { principal: "p".into(), key: "k".into() },
            fingerprint: 7,
            remember_millis: 86_400_000,
            command: Command::Tick,
        };
        let (read, budget) = read_book(&book(&request, Duration::from_millis(1_500))).unwrap();
        assert_eq!(format!("{read:?}"), format!("{request:?}"));
        assert_eq!(budget, Duration::from_millis(1_500));
        assert!(read_book(b"junk").is_none());
    }
}
