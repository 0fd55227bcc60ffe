//! What happened, as it is kept for years: when, by whom, what.
//!
//! The bytes come in two parts. What stays names a member by its id and nothing else; free text,
//! in which people write about people, is the other part, and goes when the member is erased.

use serde::{Deserialize, Serialize};

use crate::codec::{self, BytesError};
use crate::{Actor, Event, Instant, MemberId};

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

/// Free text of a reservation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct FreeText {
    notes: Option<String>,
    cancellation_reason: Option<String>,
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
    let reservation = event.reservation_mut()?;
    let text =
        FreeText { notes: reservation.notes.take(), cancellation_reason: reservation.cancellation_reason.take() };
    (text != FreeText::default()).then(|| (reservation.member_id.clone(), text))
}

fn put_text(event: &mut Event, text: FreeText) {
    if let Some(reservation) = event.reservation_mut() {
        reservation.notes = text.notes;
        reservation.cancellation_reason = text.cancellation_reason;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CourtId, Interval, Reservation, ReservationId, Status};

    fn cancelled() -> Event {
        Event::ReservationCancelled(Box::new(Reservation {
            id: ReservationId::parse("rsv_1").unwrap(),
            hold_id: None,
            court_id: CourtId::parse("crt_1").unwrap(),
            member_id: MemberId::parse("mbr_1").unwrap(),
            slot: Interval { start: Instant(0), end: Instant(3_600_000) },
            status: Status::Cancelled,
            hold_expiry: None,
            source: "web".to_owned(),
            booking_type: "standard".to_owned(),
            notes: Some("for Ana's mother".to_owned()),
            created_at: Instant(0),
            confirmed_at: Some(Instant(0)),
            ended_at: Some(Instant(5)),
            cancellation_reason: Some("Ana is ill".to_owned()),
            version: 3,
        }))
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
    fn what_has_no_text_has_no_personal_part() {
        let bytes = Past::to_bytes(Instant(7), &Actor::System, &mut Event::FacilityCreated);
        assert_eq!(bytes.personal, None);
        assert!(Past::from_bytes(&bytes.open[1..], &[]).is_err());
    }
}
