//! RFC 6455's cases for what a client sends, each read whole and split at every byte.

use super::*;
use proptest::prelude::*;

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A client's frame, its length in the shortest form.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..126 => bytes.push(0x80 | u8::try_from(short).unwrap()),
        medium @ 126..65_536 => {
            bytes.push(0x80 | 126);
            bytes.extend(u16::try_from(medium).unwrap().to_be_bytes());
        }
        long => {
            bytes.push(0x80 | 127);
            bytes.extend(u64::try_from(long).unwrap().to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// All that is read when the bytes come in such parts.
fn read<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Incoming>, Violation> {
    let (mut reader, mut all) = (Reader::default(), Vec::new());
    for mut part in parts {
        while let Some(incoming) = reader.next(&mut part)? {
            all.push(incoming);
        }
        assert!(part.is_empty());
    }
    Ok(all)
}

/// The same whole, split at every byte, and byte by byte.
#[track_caller]
fn always(bytes: &[u8], expected: &Result<Vec<Incoming>, Violation>) {
    assert_eq!(&read([bytes]), expected, "whole");
    for at in 1..bytes.len() {
        let (left, right) = bytes.split_at(at);
        assert_eq!(&read([left, right]), expected, "split at {at}");
    }
    assert_eq!(&read(bytes.chunks(1)), expected, "byte by byte");
}

fn refused(code: u16, bytes: &[u8]) {
    let found = read([bytes]);
    assert_eq!(found.as_ref().map_err(|violation| violation.code), Err(code), "{bytes:x?}");
    always(bytes, &found);
}

#[test]
fn messages_and_control_frames_in_between_are_read_however_they_arrive() {
    let bytes = [
        frame(0x81, b"Hello"),
        frame(0x01, "gr\u{fc}".as_bytes()),
        frame(0x89, b"are you there"),
        frame(0x00, b""),
        frame(0x8a, b""),
        frame(0x80, b"n"),
        frame(0x82, &[0xff; 200]),
        frame(0x88, b"\x03\xe8bye"),
    ];
    let expected = vec![
        Incoming::Message,
        Incoming::Ping(b"are you there".to_vec()),
        Incoming::Pong,
        Incoming::Message,
        Incoming::Message,
        Incoming::Close(Some(1000)),
    ];
    always(&bytes.concat(), &Ok(expected));
}

#[test]
fn a_character_may_be_split_over_frames_but_must_become_whole() {
    always(&[frame(0x01, b"\xe2\x82"), frame(0x80, b"\xac")].concat(), &Ok(vec![Incoming::Message]));
    refused(1007, &frame(0x81, b"\xe2\x82"));
    refused(1007, &frame(0x81, b"\xc0\xaf"));
}

#[test]
fn the_largest_of_each_is_read() {
    for length in [125, 126, MESSAGE_BYTES_MAX] {
        always(&frame(0x81, &vec![b'a'; length]), &Ok(vec![Incoming::Message]));
    }
    always(&frame(0x89, &[7; 125]), &Ok(vec![Incoming::Ping(vec![7; 125])]));
}

#[test]
fn a_message_is_too_big_by_its_head_alone() {
    refused(1009, &frame(0x81, &vec![b'a'; MESSAGE_BYTES_MAX + 1])[..8]);
    refused(1009, &frame(0x82, &vec![b'a'; 70_000])[..14]);
    // The largest length there is.
    refused(1009, &[&[0x82, 0xff, 0x7f][..], &[0xff; 7], &MASK].concat());
    let parts = [frame(0x01, &vec![b'a'; MESSAGE_BYTES_MAX]), frame(0x80, b"b")].concat();
    assert_eq!(read([&parts[..]]).unwrap_err().code, 1009);
}

#[test]
fn what_the_protocol_forbids_is_refused() {
    let two_begun = [frame(0x01, b"a"), frame(0x81, b"b")].concat();
    let continued_twice = [frame(0x01, b"a"), frame(0x80, b"b"), frame(0x80, b"c")].concat();
    for bytes in [
        // Reserved bits.
        frame(0xc1, b""),
        frame(0xa1, b""),
        frame(0x91, b""),
        // Kinds that are none.
        frame(0x83, b""),
        frame(0x87, b""),
        frame(0x8b, b""),
        frame(0x8f, b""),
        // No mask.
        vec![0x81, 0x00],
        vec![0x89, 0x00],
        // Control frames in parts, and of more than 125 bytes.
        frame(0x09, b""),
        frame(0x08, b""),
        frame(0x89, &[0; 126])[..2].to_vec(),
        // Nothing to continue, and something else begun.
        frame(0x80, b"a"),
        two_begun,
        continued_twice,
        // Longer forms of a length than it needs, and a length beyond 63 bits.
        [&[0x81, 0xfe, 0, 125][..], &MASK].concat(),
        [&[0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff][..], &MASK].concat(),
        [&[0x81, 0xff][..], &[0xff; 8], &MASK].concat(),
        // Farewells: half a code, codes that nobody may send.
        frame(0x88, b"\x03"),
        frame(0x88, &999_u16.to_be_bytes()),
        frame(0x88, &1005_u16.to_be_bytes()),
        frame(0x88, &1006_u16.to_be_bytes()),
        frame(0x88, &1015_u16.to_be_bytes()),
        frame(0x88, &5000_u16.to_be_bytes()),
    ] {
        refused(1002, &bytes);
    }
    refused(1007, &frame(0x88, b"\x03\xe8\xff"));
    always(&frame(0x88, b""), &Ok(vec![Incoming::Close(None)]));
}

#[test]
fn nothing_is_held_between_frames() {
    let mut reader = Reader::default();
    for bytes in [frame(0x81, &[b'a'; 4000]), frame(0x89, &[1; 125]), frame(0x8a, &[2; 125])] {
        reader.next(&mut &bytes[..]).unwrap().unwrap();
        assert_eq!((reader.control.capacity(), reader.message.is_none()), (0, true));
    }
}

/// Frames as they may come: mostly allowed, in any order.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let first =
        prop_oneof![8 => prop::sample::select(vec![0x81, 0x01, 0x00, 0x80, 0x82, 0x89, 0x8a, 0x88]), 1 => any::<u8>()];
    let one = (first, prop::collection::vec(any::<u8>(), 0..300)).prop_map(|(first, payload)| frame(first, &payload));
    prop::collection::vec(one, 1..8).prop_map(|frames| frames.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read_the_same_in_any_parts(
        bytes in prop_oneof![frames(), prop::collection::vec(any::<u8>(), 0..600)],
        sizes in prop::collection::vec(1_usize..50, 1..20),
    ) {
        let mut rest = &bytes[..];
        let mut parts = Vec::new();
        for size in sizes.into_iter().cycle() {
            if rest.is_empty() { break }
            let (part, after) = rest.split_at(size.min(rest.len()));
            parts.push(part);
            rest = after;
        }
        prop_assert_eq!(read(parts), read([&bytes[..]]));
    }

    #[test]
    fn no_more_is_held_than_a_message_and_a_control_frame(bytes in prop::collection::vec(any::<u8>(), 0..20_000)) {
        let mut reader = Reader::default();
        let mut input = &bytes[..];
        while let Ok(Some(_)) = reader.next(&mut input) {}
        let held = reader.message.as_ref().map_or(0, |message| message.bytes.len()) + reader.control.len();
        prop_assert!(held <= MESSAGE_BYTES_MAX + CONTROL_BYTES_MAX);
    }
}
