//! A facility as a state machine of a group: envelopes from bytes, replies to bytes.

use std::io;

use bytes::Bytes;
use machine::{Envelope, Event, Facility};

use crate::StateMachine;

impl StateMachine for Facility {
    type Event = Event;

    fn empty() -> Self {
        Self::default()
    }

    fn apply(&mut self, index: u64, command: &[u8], wanted: bool) -> (Option<Bytes>, Vec<Event>) {
        let envelope = match Envelope::from_bytes(command) {
            Ok(envelope) => envelope,
            Err(error) => {
                // Replicated: no change on any replica, and an empty reply, which is no reply's bytes.
                tracing::error!(index, bytes = command.len(), %error, "a command in the log makes no sense");
                return (wanted.then(Bytes::new), Vec::new());
            }
        };
        let applied = machine::apply(self, index, &envelope);
        let reply = wanted.then(|| machine::encode_reply(&applied.reply).into());
        (reply, applied.events)
    }

    fn freeze(&self) -> Box<dyn FnOnce() -> Vec<u8> + Send> {
        let copy = self.clone();
        Box::new(move || copy.to_snapshot())
    }

    fn restore(bytes: &[u8]) -> io::Result<Self> {
        Self::from_snapshot(bytes).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use machine::{Actor, Command, Instant, RequestId};

    use super::*;

    #[test]
    fn bytes_that_make_no_sense_change_nothing_and_have_an_empty_reply() {
        let mut facility = Facility::empty();
        let before = facility.digest();
        for senseless in [&b""[..], &[0], &[1], &[255, 1, 2, 3], &[1; 200]] {
            let (reply, events) = facility.apply(5, senseless, true);
            assert_eq!((reply, events.len()), (Some(Bytes::new()), 0));
        }
        assert_eq!(facility.digest(), before);
        assert!(machine::decode_reply(b"").is_err(), "an empty reply is told from every other");
    }

    #[test]
    fn an_envelope_goes_in_and_a_reply_comes_out_where_it_is_wanted() {
        let envelope = Envelope {
            now: Instant(1_000),
            term: 1,
            actor: Actor::System,
            request: RequestId { principal: "system".into(), key: "tick".into() },
            fingerprint: 0,
            remember_millis: 0,
            command: Command::Tick,
        };
        let mut facility = Facility::empty();
        let (reply, _) = facility.apply(1, &envelope.to_bytes(), true);
        assert!(machine::decode_reply(&reply.unwrap()).is_ok());
        assert!(facility.apply(2, &envelope.to_bytes(), false).0.is_none());
        let bytes = facility.freeze()();
        assert_eq!(Facility::restore(&bytes).unwrap().digest(), facility.digest());
    }
}
