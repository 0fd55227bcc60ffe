//! Frames as a server sends them (RFC 6455, 5.2).
//!
//! They carry no mask, so the same bytes suit every viewer: a frame is made once, with its JSON,
//! and shared. An encoder of a library would copy it for each socket, which is what a socket costs.

use bytes::Bytes;
use serde::Serialize;

/// The most bytes before a payload, without a mask.
const HEAD_BYTES_MAX: usize = 10;
/// The most bytes of a control frame's payload.
pub(super) const CONTROL_BYTES_MAX: usize = 125;

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;

/// The node is restarting: come back, here or elsewhere.
pub(super) const CLOSE_RESTART: u16 = 1012;
/// Try again later, with `since`.
pub(super) const CLOSE_TRY_AGAIN: u16 = 1013;

/// A text frame with its head, shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextFrame {
    bytes: Bytes,
    head: usize,
}

impl TextFrame {
    /// A body as JSON.
    pub(super) fn json(body: &impl Serialize) -> Self {
        let mut buffer = vec![0; HEAD_BYTES_MAX];
        serde_json::to_writer(&mut buffer, body).expect("frames are plain data with text keys");
        // The payload stays where it was written; its head is laid close before it.
        let (head, length) = head(TEXT, buffer.len() - HEAD_BYTES_MAX);
        let start = HEAD_BYTES_MAX - length;
        buffer[start..HEAD_BYTES_MAX].copy_from_slice(&head[..length]);
        Self { bytes: Bytes::from(buffer).slice(start..), head: length }
    }

    /// The whole frame.
    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What is in it.
    pub(super) fn payload(&self) -> Bytes {
        self.bytes.slice(self.head..)
    }

    /// What is in it, as text.
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[self.head..]).expect("JSON is UTF-8")
    }
}

/// Are you there?
pub(super) fn ping() -> Bytes {
    Bytes::from_static(&[PING, 0])
}

/// The answer to a ping with that payload, of at most 125 bytes.
pub(super) fn pong(payload: &[u8]) -> Bytes {
    control(PONG, payload)
}

/// The last frame, with a reason of at most 123 bytes.
pub(super) fn close(code: u16, reason: &str) -> Bytes {
    control(CLOSE, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

/// The answer to a peer's last frame: its code again, if it had one.
pub(super) fn close_answer(code: Option<u16>) -> Bytes {
    code.map_or_else(|| control(CLOSE, &[]), |code| control(CLOSE, &code.to_be_bytes()))
}

/// Where the frame ends of which `sent` bytes or fewer are gone; `bytes` begin with a frame.
pub(super) fn boundary(bytes: &[u8], sent: usize) -> usize {
    let mut end = 0;
    while end < sent {
        end += frame_length(&bytes[end..]);
    }
    end
}

fn frame_length(frame: &[u8]) -> usize {
    let wide = |bytes: &[u8]| bytes.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
    match frame[1] {
        126 => 4 + wide(&frame[2..4]),
        127 => 10 + wide(&frame[2..10]),
        short => 2 + usize::from(short),
    }
}

fn control(first: u8, payload: &[u8]) -> Bytes {
    let payload = &payload[..payload.len().min(CONTROL_BYTES_MAX)];
    let (head, length) = head(first, payload.len());
    Bytes::from([&head[..length], payload].concat())
}

/// The head before a payload of that length, and its own length.
fn head(first: u8, payload: usize) -> ([u8; HEAD_BYTES_MAX], usize) {
    let mut head = [0; HEAD_BYTES_MAX];
    head[0] = first;
    if let Ok(short @ ..=125) = u8::try_from(payload) {
        head[1] = short;
        (head, 2)
    } else if let Ok(medium) = u16::try_from(payload) {
        head[1] = 126;
        head[2..4].copy_from_slice(&medium.to_be_bytes());
        (head, 4)
    } else {
        head[1] = 127;
        head[2..].copy_from_slice(&u64::try_from(payload).expect("a length fits 64 bits").to_be_bytes());
        (head, 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;
    use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;

    /// As another implementation reads it: the whole head, and the length of the payload.
    fn parsed(bytes: &[u8]) -> (FrameHeader, usize, usize) {
        let mut cursor = Cursor::new(bytes);
        let (header, length) = FrameHeader::parse(&mut cursor).unwrap().unwrap();
        (header, usize::try_from(cursor.position()).unwrap(), usize::try_from(length).unwrap())
    }

    #[test]
    fn a_text_frame_of_any_length_is_read_by_another_implementation() {
        // With the quotes of JSON: each form of the length, and both sides of where it changes.
        for length in [0, 1, 123, 124, 65_533, 65_534, 200_000] {
            let text = "x".repeat(length);
            let frame = TextFrame::json(&text);
            let (header, head, payload) = parsed(frame.bytes());
            assert!(header.is_final && header.mask.is_none(), "{header:?}");
            assert_eq!((head + payload, payload), (frame.bytes().len(), length + 2));
            assert_eq!(frame.text(), format!("\"{text}\""));
            assert_eq!(frame.payload(), frame.text().as_bytes());
        }
    }

    #[test]
    fn control_frames_stay_within_what_they_may_have() {
        assert_eq!(&close(1013, "later")[..], b"\x88\x07\x03\xf5later");
        assert_eq!(&close_answer(Some(1000))[..], b"\x88\x02\x03\xe8");
        assert_eq!((&close_answer(None)[..], &ping()[..]), (&b"\x88\x00"[..], &b"\x89\x00"[..]));
        assert_eq!(pong(&[7; 200]).len(), 2 + CONTROL_BYTES_MAX);
    }

    #[test]
    fn a_boundary_is_the_end_of_the_frame_that_was_begun() {
        let frames = ["", "short", &"m".repeat(300), &"l".repeat(70_000)].map(|text| TextFrame::json(&text));
        let bytes: Vec<u8> = frames.iter().flat_map(|frame| frame.bytes().to_vec()).collect();
        let ends: Vec<usize> = frames
            .iter()
            .scan(0, |end, frame| {
                *end += frame.bytes().len();
                Some(*end)
            })
            .collect();
        assert_eq!(boundary(&bytes, 0), 0);
        for sent in 1..=bytes.len() {
            let expected = ends.iter().find(|end| **end >= sent).unwrap();
            assert_eq!(boundary(&bytes, sent), *expected, "{sent}");
        }
    }
}
