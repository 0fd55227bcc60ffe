//! What travels between peers: `[len u32][version u8][kind u8][request id u64][group u64][payload]`.
//!
//! Numbers are little-endian; `len` counts what follows it. A frame knows nothing of its payload:
//! the types inside are in `wire`. Reading keeps what it has when it is cancelled, so it may stand
//! in a `select!`.

use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The version of frames and of everything inside them.
pub(crate) const PROTOCOL: u8 = 1;

/// The largest frame. An append is cut long before (`APPEND_BYTES_MAX`), a snapshot goes in
/// chunks: more than this is a broken or hostile peer.
pub(crate) const FRAME_BYTES_MAX: usize = 32 << 20;

/// The id of a request that wants no answer.
pub(crate) const UNANSWERED: u64 = 0;

/// What a frame has after its length and before its payload.
const HEADER_BYTES: usize = 1 + 1 + 8 + 8;

/// Room made before each read: many small frames arrive in one.
const READ_BYTES: usize = 64 << 10;

/// What a frame asks for or answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Entries for the log, or a heartbeat.
    Append = 1,
    /// A vote.
    Vote = 2,
    /// Whether a vote would be given.
    PreVote = 3,
    /// Lead, with the leader's consent.
    Transfer = 4,
    /// A piece of a snapshot.
    Snapshot = 5,
    /// A booking request, for the leader of its group.
    Book = 6,
    /// A command of the directory, for its leader.
    Enter = 7,
    /// A confirmed index, from the leader.
    Barrier = 8,
    /// Hand leadership to the asking node.
    HandOver = 9,
    /// Liveness and clock.
    Ping = 10,
    /// Rows of history, for a replica that is being given a snapshot.
    History = 11,
    /// The answer to any of the above.
    Answer = 64,
    /// There is no answer, and why.
    Refusal = 65,
}

impl Kind {
    fn from_byte(byte: u8) -> Option<Self> {
        const ALL: [Kind; 13] = [
            Kind::Append,
            Kind::Vote,
            Kind::PreVote,
            Kind::Transfer,
            Kind::Snapshot,
            Kind::Book,
            Kind::Enter,
            Kind::Barrier,
            Kind::HandOver,
            Kind::Ping,
            Kind::History,
            Kind::Answer,
            Kind::Refusal,
        ];
        ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// One message.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// What it is.
    pub(crate) kind: Kind,
    /// The request it is or answers, unique on its connection; [`UNANSWERED`] for a request that
    /// wants no answer.
    pub(crate) id: u64,
    /// The group it is about.
    pub(crate) group: u64,
    /// Its inside.
    pub(crate) payload: Bytes,
}

impl Frame {
    /// Appends the frame to what is about to be written.
    pub(crate) fn put(&self, out: &mut BytesMut) {
        let len = u32::try_from(HEADER_BYTES + self.payload.len()).expect("payloads are cut to FRAME_BYTES_MAX");
        out.reserve(4 + HEADER_BYTES + self.payload.len());
        out.put_u32_le(len);
        out.put_u8(PROTOCOL);
        out.put_u8(self.kind as u8);
        out.put_u64_le(self.id);
        out.put_u64_le(self.group);
        out.extend_from_slice(&self.payload);
    }

    /// Takes one frame off the front, if it is there as a whole.
    fn take(buffer: &mut BytesMut) -> io::Result<Option<Self>> {
        let Some(len) = buffer.first_chunk::<4>() else { return Ok(None) };
        let len = u32::from_le_bytes(*len) as usize;
        if !(HEADER_BYTES..=FRAME_BYTES_MAX).contains(&len) {
            return Err(broken(format!("a frame of {len} bytes")));
        }
        if buffer.len() < 4 + len {
            return Ok(None);
        }
        buffer.advance(4);
        let mut whole = buffer.split_to(len);
        let version = whole.get_u8();
        if version != PROTOCOL {
            return Err(broken(format!("a frame of version {version}")));
        }
        let kind = whole.get_u8();
        let kind = Kind::from_byte(kind).ok_or_else(|| broken(format!("a frame of unknown kind {kind}")))?;
        let (id, group) = (whole.get_u64_le(), whole.get_u64_le());
        Ok(Some(Self { kind, id, group, payload: whole.freeze() }))
    }
}

fn broken(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("failed to read a frame: the peer sent {what}"))
}

/// Reads frames off a connection, many to a read.
pub(crate) struct FrameReader<R> {
    from: R,
    buffer: BytesMut,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    /// Reads from `from`, starting with a whole frame.
    pub(crate) fn new(from: R) -> Self {
        Self { from, buffer: BytesMut::new() }
    }

    /// The next frame; `None` where the peer has closed. Nothing is lost when this is cancelled.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Frame>> {
        loop {
            if let Some(frame) = Frame::take(&mut self.buffer)? {
                return Ok(Some(frame));
            }
            self.buffer.reserve(READ_BYTES);
            if self.from.read_buf(&mut self.buffer).await? == 0 {
                return match self.buffer.is_empty() {
                    true => Ok(None),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    fn frame(id: u64, payload: &'static [u8]) -> Frame {
        Frame { kind: Kind::Append, id, group: 7, payload: Bytes::from_static(payload) }
    }

    #[tokio::test]
    async fn frames_come_out_as_they_went_in_however_the_bytes_arrive() {
        let mut bytes = BytesMut::new();
        frame(1, b"").put(&mut bytes);
        frame(2, b"entries").put(&mut bytes);
        for step in 1..bytes.len() {
            let (mut near, far) = tokio::io::duplex(step);
            let sent = bytes.clone();
            let writer = tokio::spawn(async move { near.write_all(&sent).await });
            let mut reader = FrameReader::new(far);
            for (id, payload) in [(1, &b""[..]), (2, b"entries")] {
                let read = reader.next().await.unwrap().unwrap();
                assert_eq!((read.kind, read.id, read.group, &read.payload[..]), (Kind::Append, id, 7, payload));
            }
            writer.await.unwrap().unwrap();
            assert!(reader.next().await.unwrap().is_none());
        }
    }

    #[tokio::test]
    async fn what_is_no_frame_is_an_error() {
        let mut good = BytesMut::new();
        frame(1, b"x").put(&mut good);
        let changed = |at: usize, to: u8| {
            let mut bytes = good.to_vec();
            bytes[at] = to;
            bytes
        };
        let cases = [
            ("too long", changed(3, 0xff)),
            ("too short for a header", changed(0, 3)),
            ("another version", changed(4, PROTOCOL + 1)),
            ("an unknown kind", changed(5, 0)),
            ("cut short", good[..good.len() - 1].to_vec()),
        ];
        for (name, bytes) in cases {
            assert!(FrameReader::new(&bytes[..]).next().await.is_err(), "{name}");
        }
    }
}
