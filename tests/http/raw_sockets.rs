//! What a socket says to a client that is no well-behaved library: bytes, and the answers to them.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::club::{Club, tomorrow};

/// How long anything may take to come.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client that has sent its handshake, and what it has been answered.
struct Raw {
    stream: TcpStream,
    got: Vec<u8>,
}

impl Raw {
    /// Sends a handshake with these frames close behind it, and reads the first state.
    async fn open(club: &Club, early: &[u8]) -> Self {
        let mut stream = TcpStream::connect(club.cluster.addresses()[1]).await.unwrap();
        let head = "GET /websocket?facilityId=fac_1 HTTP/1.1\r\nHost: club\r\nConnection: Upgrade\r\n\
                    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(&[head.as_bytes(), early].concat()).await.unwrap();
        let mut raw = Self { stream, got: Vec::new() };
        let answered = raw.until(b"\r\n\r\n").await;
        assert!(
            answered.starts_with("HTTP/1.1 101 ") && answered.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            "{answered}"
        );
        let first = raw.until(b"\"availability\":[]}").await;
        assert!(first.contains("initial_state"), "{first}");
        raw
    }

    /// Reads up to these bytes, and forgets all before.
    async fn until(&mut self, end: &[u8]) -> String {
        loop {
            if let Some(at) = self.got.windows(end.len()).position(|window| window == end) {
                let rest = self.got.split_off(at + end.len());
                return String::from_utf8_lossy(&std::mem::replace(&mut self.got, rest)).into_owned();
            }
            let read = timeout(PATIENCE, self.stream.read_buf(&mut self.got)).await.expect("an answer in time");
            assert_ne!(read.unwrap(), 0, "it ended before {end:x?}: {:x?}", self.got);
        }
    }

    /// What comes until the end.
    async fn rest(mut self) -> Vec<u8> {
        timeout(PATIENCE, self.stream.read_to_end(&mut self.got)).await.expect("the end in time").unwrap();
        self.got
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_are_answered_and_words_are_not() {
    let club = Club::open().await;
    let mut raw = Raw::open(&club, b"\x89\x82\x01\x02\x03\x04\x69\x6b").await;
    raw.until(b"\x8a\x02hi").await;
    raw.stream.write_all(b"\x81\x85\0\0\0\0hello\x89\x80\0\0\0\0").await.unwrap();
    assert_eq!(raw.until(b"\x8a\x00").await, "\u{fffd}\0", "nothing but the pong");
    // It still gets what happens.
    club.attempt(0, &tomorrow("10:00"), json!({})).await.ok();
    raw.until(b"slot_pending").await;
    club.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_end_has_its_code() {
    let club = Club::open().await;
    for (bytes, code) in [
        (&b"\x88\x82\0\0\0\0\x03\xe8"[..], 1000_u16),
        (b"GET / HTTP/1.1\r\n\r\n", 1002),
        (b"\x81\x05hello", 1002),
        (b"\x09\x80\0\0\0\0", 1002),
        (b"\x82\xfe\x10\x01\0\0\0\0", 1009),
    ] {
        let mut raw = Raw::open(&club, b"").await;
        raw.stream.write_all(bytes).await.unwrap();
        let rest = raw.rest().await;
        assert_eq!((rest[0], &rest[2..4]), (0x88, &code.to_be_bytes()[..]), "{bytes:x?} {rest:x?}");
        assert_eq!(rest.len(), 2 + usize::from(rest[1]));
    }
    club.close().await;
}
