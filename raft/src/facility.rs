//! A facility as a state machine of a group: envelopes from bytes, replies to bytes.

use std::io;

use bytes::Bytes;
use machine::{Actor, BytesError, Envelope, Event, Facility, Instant, Logged, Past, PastBytes};

use crate::{Applied, Ended, Family, StateMachine, Told};

/// Reservations that have ended; their sort key is their start in milliseconds.
pub const RESERVATIONS: Family = Family(1);
/// Waitlist entries that have ended; their sort key is when the first slot could have begun.
pub const WAITLIST: Family = Family(2);

/// What somebody was told, or was not: deliveries that have ended, and lines of a log of them that was kept
/// elsewhere. Their sort key is when it was decided, or when the line was written.
pub const NOTIFICATIONS: Family = Family(3);

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
    let ends = ended_by(event);
    let erases = match event {
        Event::MemberErased(id) => Some(id.to_string()),
        _ => None,
    };
    Told { open: open.into(), personal, subject, ends, erases }
}

fn ended_by(event: &Event) -> Vec<Ended> {
    let reservation = event.reservation().filter(|it| !it.status.is_live()).map(|it| Ended {
        family: RESERVATIONS,
        id: it.id.to_string(),
        sort: it.slot.start.0,
        owner: Some(it.member_id.to_string()),
    });
    let entry = event.waitlist_entry().filter(|it| !it.status.is_open()).map(|it| Ended {
        family: WAITLIST,
        id: it.id.to_string(),
        sort: it.wish.window.start.0,
        owner: Some(it.member_id.to_string()),
    });
    reservation.into_iter().chain(entry).chain(notification(event)).collect()
}

fn notification(event: &Event) -> Option<Ended> {
    let (id, at, owner) = match event {
        // Told again where its provider has more to say: the last word counts.
        Event::DeliveryEnded(it) => (it.id.to_string(), it.created_at, it.member_id.as_ref()),
        Event::LineImported(it) if matches!(it.line.what, Logged::Notification { .. }) => {
            (it.line.id.to_string(), it.line.at, Some(&it.member_id))
        }
        _ => return None,
    };
    Some(Ended { family: NOTIFICATIONS, id, sort: at.0, owner: owner.map(ToString::to_string) })
}

#[cfg(test)]
mod tests {
    use machine::{
        CancelReservation, Command, Court, CourtId, CreateFacility, ImportReservation, Interval, Member, MemberId,
        RequestId, ReservationId, Settings,
    };

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

    fn take(facility: &mut Facility, index: u64, command: Command) -> Vec<Told> {
        let envelope = Envelope {
            now: Instant(index.cast_signed() * 1_000),
            term: 1,
            actor: Actor::System,
            request: RequestId { principal: "test".into(), key: index.to_string() },
            fingerprint: 0,
            remember_millis: 0,
            command,
        };
        let applied = facility.apply(index, &envelope.to_bytes(), true);
        let reply = machine::decode_reply(&applied.reply.expect("it is wanted")).expect("own bytes");
        reply.expect("nothing stands against it");
        assert_eq!(applied.told.len(), applied.events.len());
        applied.told
    }

    /// A club with one member, whose reservation with notes is called off for a reason.
    fn story() -> Vec<Told> {
        let (court_id, member_id) = (CourtId::parse("crt_1").unwrap(), MemberId::parse("mbr_1").unwrap());
        let id = ReservationId::parse("rsv_1").unwrap();
        let settings = Settings::new("Club", "club", "Etc/UTC");
        let court = Court { sort_order: 1, ..Court::new(court_id.clone(), "One", "tennis") };
        let member = Member {
            email: "xanthippe@example.org".into(),
            phone: Some("+12065550100".into()),
            ..Member::new(member_id.clone(), "Xanthippe")
        };
        let import = ImportReservation {
            reservation_id: id.clone(),
            court_id,
            member_id,
            slot: Interval { start: Instant(3_600_000), end: Instant(7_200_000) },
            confirmed_at: None,
            booking_type: "standard".into(),
            source: "import".into(),
            notes: Some("Xanthippe brings her mother".into()),
            elsewhere: Box::default(),
        };
        let reason = Some("Xanthippe is ill".into());
        let commands = [
            Command::CreateFacility(Box::new(CreateFacility { settings, days: Vec::new() })),
            Command::CreateCourt(court),
            Command::CreateMember(Box::new(member)),
            Command::ImportReservation(import),
            Command::CancelReservation(CancelReservation { reservation_id: id, slot: None, reason }),
        ];
        let mut facility = Facility::empty();
        (1..).zip(commands).flat_map(|(index, command)| take(&mut facility, index, command)).collect()
    }

    #[test]
    fn what_stays_of_a_row_has_nothing_personal_but_the_members_id() {
        let story = story();
        assert_eq!(story.len(), 5);
        for told in &story {
            let open = String::from_utf8_lossy(&told.open).to_lowercase();
            for personal in ["xanthippe", "example.org", "2065550100", "mother", "is ill"] {
                assert!(!open.contains(personal), "{personal} is in {open}");
            }
            assert_eq!(told.subject.is_some(), !told.personal.is_empty(), "text is somebody's");
        }
        let last = story.last().unwrap();
        assert_eq!(last.subject.as_deref(), Some("mbr_1"));
        let owner = Some("mbr_1".into());
        let ended = Ended { family: RESERVATIONS, id: "rsv_1".into(), sort: 3_600_000, owner };
        assert_eq!((&last.ends[..], &story[3].ends[..]), (&[ended][..], &[][..]), "it ends once");
        let past = past_of(last).unwrap();
        assert_eq!((past.at, past.actor), (Instant(5_000), Actor::System));
        let reservation = past.event.reservation().unwrap();
        assert_eq!(reservation.cancellation_reason.as_deref(), Some("Xanthippe is ill"));
        assert_eq!(reservation.notes.as_deref(), Some("Xanthippe brings her mother"));
    }
}
