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
        let Some(envelope) = read_envelope(command) else {
            // Replicated: on every replica alike, an empty reply and no change.
            tracing::error!(
                index,
                bytes = command.len(),
                "a command in the log makes no sense to this release"
            );
            return (wanted.then(Bytes::new), Vec::new());
        };
        let applied = machine::apply(self, index, &envelope);
        let reply = wanted.then(|| write_reply(&applied.reply));
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

/// The version in front of an envelope and of a reply.
const VERSION: u8 = 1;

fn read_envelope(bytes: &[u8]) -> Option<Envelope> {
    let (&version, bytes) = bytes.split_first()?;
    if version != VERSION {
        return None;
    }
    machine::codec::decode(bytes).ok()
}

fn write_reply(reply: &machine::Reply) -> Bytes {
    let mut bytes = vec![VERSION];
    // An empty reply is what a caller reads as "no sense was made of it".
    bytes.extend(machine::codec::encode(reply).unwrap_or_default());
    bytes.into()
}
