//! Bytes that outlive a release: what was written must be read, to the letter.
//!
//! Golden bytes are written out by hand, field by field. A failure here means that a log or snapshot of
//! the release before could not be read any more.

use machine::{
    Actor, BytesError, Command, Envelope, Facility, Instant, MemberId, Rejection, Reply, RequestId, SnapshotError,
    decode_reply, encode_reply,
};

use crate::club::{Club, confirm, hours, place, rsv};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text as it is written: its length in eight bytes, little-endian, then itself.
fn text(text: &str) -> String {
    format!("{:02x}00000000000000{}", text.len(), hex(text.as_bytes()))
}

fn envelope() -> Envelope {
    Envelope {
        now: Instant(0x0102),
        term: 3,
        actor: Actor::Member(MemberId::parse("ana").expect("a clean id")),
        request: RequestId { principal: "p".to_owned(), key: "k1".to_owned() },
        fingerprint: 0xff,
        remember_millis: 0x10,
        command: confirm(1),
    }
}

#[test]
fn an_envelope_has_the_bytes_it_always_had() {
    let golden = [
        "01".to_owned(),
        "0201000000000000".to_owned(),
        "0300000000000000".to_owned(),
        format!("00000000{}", text("ana")),
        text("p"),
        text("k1"),
        "ff00000000000000".to_owned(),
        "1000000000000000".to_owned(),
        format!("06000000{}{}{}", "00000000", text("h1"), "0000000000"),
    ];
    assert_eq!(hex(&envelope().to_bytes()), golden.concat());
    assert_eq!(Envelope::from_bytes(&envelope().to_bytes()).expect("own bytes"), envelope());
}

#[test]
fn every_command_has_the_number_it_always_had() {
    let number = |command: Command| {
        let empty = Envelope { actor: Actor::System, command, ..envelope() }.to_bytes();
        let before = 1 + 8 + 8 + 4 + 9 + 10 + 8 + 8;
        u32::from_le_bytes(empty[before..before + 4].try_into().expect("four bytes"))
    };
    assert_eq!(number(Command::Tick), 0);
    assert_eq!(number(Command::ExtendCalendar(machine::ExtendCalendar { days: vec![] })), 2);
    assert_eq!(number(Command::CreateCourt(crate::records::court("c1"))), 3);
    assert_eq!(number(Command::CreateMember(Box::new(crate::records::member("ana")))), 4);
    assert_eq!(number(place(1, "c1", "ana", hours(10, 11))), 5);
    assert_eq!(number(confirm(1)), 6);
    assert_eq!(number(crate::club::release(1)), 7);
    assert_eq!(number(crate::club::cancel("r1", None)), 8);
}

#[test]
fn a_reply_has_the_bytes_it_always_had() {
    let expired: Reply = Err(Rejection::HoldExpired { at: Instant(0x0203) });
    assert_eq!(hex(&encode_reply(&expired)), "01010000000800000003020000000000 00".replace(' ', ""));
    assert_eq!(hex(&encode_reply(&Ok(machine::Accepted::Ticked))), "010000000000000000");
    let mut club = Club::new();
    let held = club.service(place(1, "c1", "ana", hours(10, 11))).reply;
    let golden = [
        "010000000005000000".to_owned(),
        text("r1"),
        format!("01{}", text("h1")),
        text("c1"),
        text("ana"),
        "0051250200000000803f5c0200000000".to_owned(),
        "00000000".to_owned(),
        "0198aeb70100000000".to_owned(),
        text("web"),
        text("standard"),
        format!("00{}{}000000{}00", "0000000000000000", "00000000", "0000000000000000"),
        "0074b70100000000".to_owned(),
        "00000000".to_owned(),
        "0100000000000000".to_owned(),
    ];
    assert_eq!(hex(&encode_reply(&held)), golden.concat());
    assert_eq!(decode_reply(&encode_reply(&held)).expect("own bytes"), held);
}

#[test]
fn bytes_of_another_version_or_of_none_are_no_envelope() {
    let good = envelope().to_bytes();
    assert!(matches!(Envelope::from_bytes(&[]), Err(BytesError::Short)));
    let newer = [&[2], &good[1..]].concat();
    assert!(matches!(Envelope::from_bytes(&newer), Err(BytesError::Version { found: 2, known: 1 })));
    assert!(matches!(Envelope::from_bytes(&good[..good.len() - 1]), Err(BytesError::Damaged { version: 1, .. })));
    let longer = [&good[..], &[0]].concat();
    assert!(matches!(Envelope::from_bytes(&longer), Err(BytesError::Damaged { version: 1, .. })));
    assert!(matches!(decode_reply(&[9]), Err(BytesError::Version { found: 9, known: 1 })));
}

#[test]
fn a_snapshot_carries_its_version_and_refuses_what_it_does_not_know() {
    let mut club = Club::new();
    club.service(place(1, "c1", "ana", hours(10, 11)));
    let bytes = club.facility.to_snapshot();
    assert_eq!(bytes[..2], [1, 0]);
    let read = Facility::from_snapshot(&bytes).expect("own bytes");
    assert_eq!((read.digest(), read.next_deadline()), (club.facility.digest(), club.facility.next_deadline()));
    assert_eq!(read.reservation(&rsv("r1")), club.facility.reservation(&rsv("r1")));
    let of = |version: u16| Facility::from_snapshot(&[&version.to_le_bytes(), &bytes[2..]].concat());
    assert!(matches!(of(2), Err(SnapshotError::Newer { found: 2, known: 1 })));
    assert!(matches!(of(0), Err(SnapshotError::NeverWas { found: 0 })));
    assert!(matches!(Facility::from_snapshot(&bytes[..1]), Err(SnapshotError::Short)));
    assert!(matches!(Facility::from_snapshot(&bytes[..bytes.len() - 1]), Err(SnapshotError::Damaged(_))));
}

#[test]
fn the_state_of_a_small_club_has_the_digest_it_always_had() {
    let mut club = Club::new();
    club.service(place(1, "c1", "ana", hours(10, 11)));
    club.service(confirm(1));
    assert_eq!(club.facility.digest().to_string(), "f53ce2659012e007");
}
