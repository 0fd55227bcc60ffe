//! What happened, as it is kept for years: when, by whom, what.
//!
//! The bytes come in two parts. What stays names a member by its id and nothing else; free text,
//! in which people write about people, is the other part, and goes when the member is erased.

use serde::{Deserialize, Serialize};

use crate::codec::{self, BytesError};
use crate::{Actor, CreditReason, Event, Instant, MemberId};

/// The version of the bytes that this release writes, of both parts.
pub const PAST_VERSION: u8 = 1;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// When: the machine's time, or the deadline at which it happened by itself.
    pub at: Instant,
    /// By whom; what happened by itself, by courtd.
    pub actor: Actor,
    /// What.
    pub event: Event,
}

/// The same as bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastBytes {
    /// What stays for as long as the history does.
    pub open: Vec<u8>,
    /// Whose free text it is, and the text; nothing where there is none.
    pub personal: Option<(MemberId, Vec<u8>)>,
}

/// What people write about people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct FreeText {
    notes: Option<String>,
    cancellation_reason: Option<String>,
    override_reason: Option<String>,
    participants: Vec<String>,
    credit_note: String,
    line_note: Option<String>,
}

impl Past {
    /// The bytes of an event, which is whole again afterwards.
    // Invariant: the open part has no name, address, number or free text of a member. An event
    // carries none but what is taken out here.
    pub fn to_bytes(at: Instant, actor: &Actor, event: &mut Event) -> PastBytes {
        let taken = take_text(event);
        let open = codec::encode_versioned(PAST_VERSION, &(at, actor, &*event));
        let Some((member, text)) = taken else { return PastBytes { open, personal: None } };
        let bytes = codec::encode_versioned(PAST_VERSION, &text);
        put_text(event, text);
        PastBytes { open, personal: Some((member, bytes)) }
    }

    /// From the two parts; `personal` is empty where there is or was no text.
    pub fn from_bytes(open: &[u8], personal: &[u8]) -> Result<Self, BytesError> {
        let (at, actor, mut event) = codec::decode_versioned(PAST_VERSION, open)?;
        if !personal.is_empty() {
            put_text(&mut event, codec::decode_versioned(PAST_VERSION, personal)?);
        }
        Ok(Self { at, actor, event })
    }
}

fn take_text(event: &mut Event) -> Option<(MemberId, FreeText)> {
    let mut text = FreeText::default();
    swap_text(event, &mut text);
    let member = match event {
        Event::CreditsChanged(entry) => &entry.member_id,
        Event::LineImported(imported) => &imported.member_id,
        other => &other.reservation()?.member_id,
    };
    (text != FreeText::default()).then(|| (member.clone(), text))
}

fn put_text(event: &mut Event, mut text: FreeText) {
    swap_text(event, &mut text);
}

fn swap_text(event: &mut Event, text: &mut FreeText) {
    if let Event::CreditsChanged(entry) = event {
        if let CreditReason::Adjustment { note } = &mut entry.reason {
            std::mem::swap(note, &mut text.credit_note);
        }
    } else if let Event::LineImported(imported) = event {
        std::mem::swap(&mut imported.line.note, &mut text.line_note);
    } else if let Some(reservation) = event.reservation_mut() {
        std::mem::swap(&mut reservation.notes, &mut text.notes);
        std::mem::swap(&mut reservation.cancellation_reason, &mut text.cancellation_reason);
        std::mem::swap(&mut reservation.override_reason, &mut text.override_reason);
        std::mem::swap(&mut reservation.participants, &mut text.participants);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CourtId, ImportedLine, Interval, LogId, LogLine, Logged, Reservation, ReservationId, Status};

    fn cancelled() -> Event {
        let slot = Interval { start: Instant(0), end: Instant(3_600_000) };
        let (id, court) = (ReservationId::parse("rsv_1").unwrap(), CourtId::parse("crt_1").unwrap());
        let mut reservation = Reservation::new(id, court, MemberId::parse("mbr_1").unwrap(), slot, Instant(0));
        reservation.status = Status::Cancelled;
        reservation.notes = Some("for Ana's mother".to_owned());
        reservation.participants = vec!["Ana".to_owned(), "Ben".to_owned()];
        reservation.cancellation_reason = Some("Ana is ill".to_owned());
        reservation.override_reason = Some("Ana asked".to_owned());
        Event::ReservationCancelled(Box::new(reservation))
    }

    #[test]
    fn free_text_is_in_the_personal_part_alone_and_comes_back() {
        let (mut event, actor) = (cancelled(), Actor::Staff("desk".to_owned()));
        let bytes = Past::to_bytes(Instant(7), &actor, &mut event);
        assert_eq!(event, cancelled(), "the event is whole again");
        let (member, text) = bytes.personal.expect("there is text");
        assert_eq!(member.as_str(), "mbr_1");
        assert!(!bytes.open.windows(3).any(|part| part == b"Ana"));
        let past = Past { at: Instant(7), actor, event };
        assert_eq!(Past::from_bytes(&bytes.open, &text).unwrap(), past);
        let erased = Past::from_bytes(&bytes.open, &[]).unwrap();
        let left = erased.event.reservation().expect("it is about a reservation");
        assert_eq!((&left.notes, &left.cancellation_reason), (&None, &None));
        assert_eq!(left.member_id, member, "the id stays");
    }

    #[test]
    fn what_was_written_elsewhere_goes_with_its_member_as_well() {
        let line = |note: Option<&str>| {
            Event::LineImported(Box::new(ImportedLine {
                member_id: MemberId::parse("mbr_1").unwrap(),
                reservation_id: None,
                waitlist_id: None,
                line: LogLine {
                    id: LogId::parse("ns_1").unwrap(),
                    at: Instant(3),
                    what: Logged::NoShow { penalty_credits: 1 },
                    note: note.map(str::to_owned),
                },
            }))
        };
        let bytes = Past::to_bytes(Instant(7), &Actor::System, &mut line(Some("Ana was ill")));
        let (member, text) = bytes.personal.expect("there is text");
        assert_eq!(member.as_str(), "mbr_1");
        assert!(!bytes.open.windows(3).any(|part| part == b"Ana"));
        assert_eq!(Past::from_bytes(&bytes.open, &text).unwrap().event, line(Some("Ana was ill")));
        assert_eq!(Past::from_bytes(&bytes.open, &[]).unwrap().event, line(None));
    }

    #[test]
    fn what_has_no_text_has_no_personal_part() {
        let bytes = Past::to_bytes(Instant(7), &Actor::System, &mut Event::FacilityCreated);
        assert_eq!(bytes.personal, None);
        assert!(Past::from_bytes(&bytes.open[1..], &[]).is_err());
    }
}
