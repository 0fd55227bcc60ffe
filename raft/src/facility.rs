//! A facility as a state machine of a group: envelopes from bytes, replies to bytes.

use std::io;

use bytes::Bytes;
use machine::{Actor, BytesError, Envelope, Event, Facility, Instant, Past, PastBytes};

use crate::{Applied, Ended, Family, StateMachine, Told};

/// Reservations that have ended; their sort key is their start in milliseconds.
pub const RESERVATIONS: Family = Family(1);

impl StateMachine for Facility {
    type Event = Event;

    fn empty() -> Self {
        Self::default()
    }

    fn apply(&mut self, index: u64, command: &[u8], wanted: bool) -> Applied<Event> {
        let envelope = match Envelope::from_bytes(command) {
            Ok(envelope) => envelope,
            Err(error) => {
                // Replicated: no change on any replica, and an empty reply, which is no reply's bytes.
                tracing::error!(index, bytes = command.len(), %error, "a command in the log makes no sense");
                return Applied { reply: wanted.then(Bytes::new), events: Vec::new(), told: Vec::new() };
            }
        };
        let applied = machine::apply(self, index, &envelope);
        let reply = wanted.then(|| machine::encode_reply(&applied.reply).into());
        let (mut events, now) = (applied.events, self.now());
        let by_itself = applied.settled.iter().map(|at| (*at, &Actor::System));
        let when_and_who = by_itself.chain(std::iter::repeat((now, &envelope.actor)));
        let told = events.iter_mut().zip(when_and_who).map(|(event, (at, actor))| told(at, actor, event));
        let told = told.collect();
        Applied { reply, events, told }
    }

    fn freeze(&self) -> Box<dyn FnOnce() -> Vec<u8> + Send> {
        let copy = self.clone();
        Box::new(move || copy.to_snapshot())
    }

    fn restore(bytes: &[u8]) -> io::Result<Self> {
        Self::from_snapshot(bytes).map_err(io::Error::other)
    }
}

/// What a row of a facility's history says.
pub fn past_of(told: &Told) -> Result<Past, BytesError> {
    Past::from_bytes(&told.open, &told.personal)
}

fn told(at: Instant, actor: &Actor, event: &mut Event) -> Told {
    let PastBytes { open, personal } = Past::to_bytes(at, actor, event);
    let (subject, personal) = personal.map_or((None, Bytes::new()), |(id, text)| (Some(id.into()), text.into()));
    let ended = event.reservation().filter(|reservation| !reservation.status.is_live());
    let ends = ended.map(|it| Ended { family: RESERVATIONS, id: it.id.to_string(), sort: it.slot.start.0 });
    // Nothing erases a member yet.
    Told { open: open.into(), personal, subject, ends: ends.into_iter().collect(), erases: None }
}

#[cfg(test)]
mod tests {
    use machine::{Command, RequestId};

    use super::*;

    #[test]
    fn bytes_that_make_no_sense_change_nothing_and_have_an_empty_reply() {
        let mut facility = Facility::empty();
        let before = facility.digest();
        for senseless in [&b""[..], &[0], &[1], &[255, 1, 2, 3], &[1; 200]] {
            let applied = facility.apply(5, senseless, true);
            assert_eq!((applied.reply, applied.events.len(), applied.told.len()), (Some(Bytes::new()), 0, 0));
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
        let applied = facility.apply(1, &envelope.to_bytes(), true);
        assert!(machine::decode_reply(&applied.reply.unwrap()).is_ok());
        assert!(facility.apply(2, &envelope.to_bytes(), false).reply.is_none());
        let bytes = facility.freeze()();
        assert_eq!(Facility::restore(&bytes).unwrap().digest(), facility.digest());
    }
}
