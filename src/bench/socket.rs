//! The client's end of a socket, as light as it goes: thousands share the machine with the nodes.
//!
//! After the handshake only server frames are read, which carry no mask, and only pings are
//! answered. No buffer is held while a socket is silent. This is a yardstick, not a WebSocket
//! library: it trusts the node that it measures with everything but the order of changes.

use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// For the connection, the upgrade and its answer; thousands may stand in line.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest head of an answer to the upgrade.
const HEAD_BYTES_MAX: usize = 8 * 1024;

/// Read at a time.
const CHUNK_BYTES: usize = 16 * 1024;

/// The longest frame: a first state of a hundred thousand claims.
const FRAME_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A whole message of the server.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    Text(Vec<u8>),
    Ping(Vec<u8>),
    Close,
}

/// One socket.
pub(super) struct Socket {
    stream: TcpStream,
    frames: Frames,
}

impl Socket {
    /// Connects and upgrades.
    pub(super) async fn open(host: &str, path: &str) -> Result<Self> {
        timeout(HANDSHAKE_TIMEOUT, Self::handshake(host, path)).await.context("no answer to the upgrade in time")?
    }

    async fn handshake(host: &str, path: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(host).await.with_context(|| format!("failed to reach {host}"))?;
        stream.set_nodelay(true)?;
        // The key only has to be 16 bytes in base64: nothing between here and the node caches.
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: Y291cnRkLWJlbmNoLS0tLQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut head = Vec::new();
        let end = loop {
            if let Some(at) = head.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            if head.len() > HEAD_BYTES_MAX || stream.read_buf(&mut head).await? == 0 {
                bail!("{host} did not answer the upgrade");
            }
        };
        if !head.starts_with(b"HTTP/1.1 101 ") {
            bail!(
                "{host} refused the upgrade: {}",
                String::from_utf8_lossy(&head[..end]).lines().next().unwrap_or_default()
            );
        }
        let mut frames = Frames::default();
        frames.feed(&head[end..]);
        Ok(Self { stream, frames })
    }

    /// The next message that is here already.
    pub(super) fn next(&mut self) -> Result<Option<Message>> {
        self.frames.next()
    }

    /// Waits for something to arrive and takes it; false at the end of the stream. Cancel-safe.
    pub(super) async fn fill(&mut self) -> io::Result<bool> {
        let Self { stream, frames } = self;
        std::future::poll_fn(|context| {
            // On this function's stack, not in the socket's task: thousands of tasks hold none.
            let mut chunk = [0; CHUNK_BYTES];
            let mut chunk = ReadBuf::new(&mut chunk);
            // One call of the kernel where there was room for more than came.
            std::task::ready!(Pin::new(&mut *stream).poll_read(context, &mut chunk))?;
            frames.feed(chunk.filled());
            Poll::Ready(Ok(!chunk.filled().is_empty()))
        })
        .await
    }

    /// Answers a ping.
    pub(super) async fn pong(&mut self, payload: &[u8]) -> io::Result<()> {
        // A control frame has at most 125 bytes, and a mask of zeros is a mask.
        let payload = &payload[..payload.len().min(125)];
        let length = u8::try_from(payload.len()).expect("at most 125");
        let mut frame = vec![0x8a, 0x80 | length, 0, 0, 0, 0];
        frame.extend_from_slice(payload);
        self.stream.write_all(&frame).await
    }
}

/// Bytes as they come, messages as they are whole.
#[derive(Default)]
struct Frames {
    buffer: Vec<u8>,
    /// How much of the buffer is used up.
    used: usize,
    /// Earlier parts of a message in parts.
    parts: Vec<u8>,
}

impl Frames {
    fn feed(&mut self, bytes: &[u8]) {
        if self.used == self.buffer.len() {
            self.buffer.clear();
        } else {
            self.buffer.drain(..self.used);
        }
        self.used = 0;
        self.buffer.extend_from_slice(bytes);
    }

    fn next(&mut self) -> Result<Option<Message>> {
        while let Some((first, payload)) = self.frame()? {
            let (is_last, kind) = (first & 0x80 != 0, first & 0x0f);
            match kind {
                0x0 | 0x1 if is_last => {
                    let mut text = std::mem::take(&mut self.parts);
                    text.extend(payload);
                    return Ok(Some(Message::Text(text)));
                }
                0x0 | 0x1 => self.parts.extend(payload),
                0x8 => return Ok(Some(Message::Close)),
                0x9 => return Ok(Some(Message::Ping(payload))),
                0xa => {}
                other => bail!("a frame of kind {other} was not expected"),
            }
        }
        if self.used == self.buffer.len() {
            // A silent socket holds nothing.
            (self.buffer, self.used) = (Vec::new(), 0);
        }
        Ok(None)
    }

    /// The first byte and the payload of the next whole frame.
    fn frame(&mut self) -> Result<Option<(u8, Vec<u8>)>> {
        let rest = &self.buffer[self.used..];
        let &[first, second, ..] = rest else { return Ok(None) };
        if second & 0x80 != 0 {
            bail!("a server frame carries a mask");
        }
        let (length, head) = match second {
            126 => {
                let Some(bytes) = rest[2..].first_chunk::<2>() else { return Ok(None) };
                (u64::from(u16::from_be_bytes(*bytes)), 4)
            }
            127 => {
                let Some(bytes) = rest[2..].first_chunk::<8>() else { return Ok(None) };
                (u64::from_be_bytes(*bytes), 10)
            }
            short => (u64::from(short), 2),
        };
        if length > FRAME_BYTES_MAX {
            bail!("a frame of {length} bytes");
        }
        let end = head + usize::try_from(length)?;
        let Some(payload) = rest.get(head..end) else { return Ok(None) };
        let frame = (first, payload.to_vec());
        self.used += end;
        Ok(Some(frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![first];
        match payload.len() {
            short @ 0..126 => bytes.push(u8::try_from(short).unwrap()),
            medium @ 126..65_536 => {
                bytes.push(126);
                bytes.extend(u16::try_from(medium).unwrap().to_be_bytes());
            }
            long => {
                bytes.push(127);
                bytes.extend(u64::try_from(long).unwrap().to_be_bytes());
            }
        }
        bytes.extend_from_slice(payload);
        bytes
    }

    fn read(bytes: &[u8], chunk: usize) -> Vec<Message> {
        let mut frames = Frames::default();
        let mut messages = Vec::new();
        for part in bytes.chunks(chunk) {
            frames.feed(part);
            messages.extend(std::iter::from_fn(|| frames.next().unwrap()));
        }
        assert!(frames.buffer.is_empty());
        messages
    }

    #[test]
    fn messages_are_whole_however_the_bytes_arrive() {
        let texts = [vec![b'a'; 5], vec![b'b'; 300], vec![b'c'; 70_000]];
        let mut bytes: Vec<u8> = texts.iter().flat_map(|text| frame(0x81, text)).collect();
        bytes.extend(frame(0x89, b"are you there"));
        bytes.extend(frame(0x88, b""));
        let mut expected: Vec<Message> = texts.into_iter().map(Message::Text).collect();
        expected.extend([Message::Ping(b"are you there".to_vec()), Message::Close]);
        for chunk in [1, 3, 1_000, bytes.len()] {
            assert_eq!(read(&bytes, chunk), expected, "in chunks of {chunk}");
        }
    }

    #[test]
    fn a_message_in_parts_is_one_message() {
        let bytes = [frame(0x01, b"ab"), frame(0x89, b""), frame(0x00, b"cd"), frame(0x80, b"e")].concat();
        assert_eq!(read(&bytes, bytes.len()), [Message::Ping(Vec::new()), Message::Text(b"abcde".to_vec())]);
    }

    #[test]
    fn what_no_server_sends_is_an_error() {
        for bytes in [vec![0x81, 0x80, 0, 0, 0, 0], vec![0x83, 0], [vec![0x81, 127], vec![0xff; 8]].concat()] {
            let mut frames = Frames::default();
            frames.feed(&bytes);
            assert!(frames.next().is_err(), "{bytes:?}");
        }
    }
}
