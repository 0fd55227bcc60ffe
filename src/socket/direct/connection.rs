//! One socket: what it has seen, what it has not taken yet, and whether anybody is there.
//!
//! It knows no clock: the time is given to it. Nothing here waits.

use std::io::{self, ErrorKind, Read};
use std::net::Shutdown;
use std::time::Instant;

use bytes::Bytes;
use cluster::Cursor;
use mio::net::TcpStream;

use super::super::patience::{FAREWELL_TIMEOUT, PING_EVERY, SILENCE_MAX, WRITE_TIMEOUT};
use super::super::wire::{self, CLOSE_TRY_AGAIN};
use super::backlog::Backlog;
use super::batch::Batch;
use super::incoming::{Incoming, Reader};

/// Reads of one socket before the others have their turn.
const READS_MAX: usize = 4;

/// One socket.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    /// Up to where this viewer was sent everything.
    seen: Cursor,
    backlog: Backlog,
    reader: Reader,
    state: State,
    heard: Instant,
    ping_at: Instant,
    /// When it last took bytes, while some wait for it.
    took: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// The last frame is on its way, or waits for the peer's.
    Leaving {
        until: Instant,
        /// Whether the peer said farewell first: nothing more is to come from it.
        is_answer: bool,
    },
    Gone,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, seen: Cursor, now: Instant) -> Self {
        // A crowd that came at once is not asked at once.
        let ping_at = now + PING_EVERY.mul_f64(0.5 + fastrand::f64() / 2.0);
        let (backlog, reader) = (Backlog::default(), Reader::default());
        Self { stream, seen, backlog, reader, state: State::Open, heard: now, ping_at, took: now }
    }

    pub(super) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Whether it is to be forgotten.
    pub(super) fn is_gone(&self) -> bool {
        self.state == State::Gone
    }

    /// Sends what this viewer has not seen.
    pub(super) fn deliver(&mut self, batch: &Batch, now: Instant) {
        if let Some(bytes) = batch.after(self.seen) {
            self.seen = batch.last();
            self.send(bytes, now);
        }
    }

    /// Sends the first frames, which are those up to what it has seen.
    pub(super) fn begin(&mut self, first: &Batch, now: Instant) {
        self.send(first.whole(), now);
    }

    /// The socket takes bytes again.
    pub(super) fn writable(&mut self, now: Instant) {
        if self.backlog.is_empty() || self.is_gone() {
            return;
        }
        match self.backlog.flush(&mut self.stream) {
            Ok(0) => {}
            Ok(_) => self.took = now,
            Err(_) => self.state = State::Gone,
        }
        self.end_if_told();
    }

    /// Reads what has arrived; true when there may be more.
    pub(super) fn readable(&mut self, buffer: &mut [u8], now: Instant) -> bool {
        for _ in 0..READS_MAX {
            if self.is_gone() {
                return false;
            }
            match self.stream.read(buffer) {
                Ok(0) => self.state = State::Gone,
                Ok(count) => {
                    self.heard = now;
                    self.take(&buffer[..count], now);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.state = State::Gone,
            }
        }
        !self.is_gone()
    }

    /// Takes what a client sent.
    pub(super) fn take(&mut self, mut bytes: &[u8], now: Instant) {
        // After its own last frame nobody cares what else comes.
        while self.state == State::Open {
            match self.reader.next(&mut bytes) {
                Ok(None) => return,
                Ok(Some(Incoming::Message | Incoming::Pong)) => {}
                Ok(Some(Incoming::Ping(payload))) => self.send(wire::pong(&payload), now),
                Ok(Some(Incoming::Close(code))) => self.say_farewell(wire::close_answer(code), true, now),
                Err(violation) => self.leave(violation.code, violation.reason, now),
            }
        }
    }

    /// What time alone brings: a ping, or the end of a silent or stuck peer.
    pub(super) fn tick(&mut self, now: Instant) {
        match self.state {
            State::Open if now.duration_since(self.heard) >= SILENCE_MAX => {
                self.leave(CLOSE_TRY_AGAIN, "silent for too long", now);
            }
            State::Open if !self.backlog.is_empty() && now.duration_since(self.took) >= WRITE_TIMEOUT => {
                self.leave(CLOSE_TRY_AGAIN, "too slow; reconnect with since", now);
            }
            State::Open if now >= self.ping_at => {
                self.ping_at = now + PING_EVERY;
                self.send(wire::ping(), now);
            }
            State::Leaving { until, .. } if now >= until => self.state = State::Gone,
            _ => {}
        }
    }

    /// Sends the last frame, behind nothing but a frame that was begun.
    pub(super) fn leave(&mut self, code: u16, reason: &str, now: Instant) {
        if self.state == State::Open {
            self.backlog.cut();
            self.say_farewell(wire::close(code, reason), false, now);
        }
    }

    fn say_farewell(&mut self, frame: Bytes, is_answer: bool, now: Instant) {
        self.state = State::Leaving { until: now + FAREWELL_TIMEOUT, is_answer };
        self.write(frame, now);
        self.end_if_told();
    }

    fn send(&mut self, piece: Bytes, now: Instant) {
        if self.state == State::Open && !self.write(piece, now) {
            self.leave(CLOSE_TRY_AGAIN, "too far behind; reconnect with since", now);
        }
    }

    /// False when there is no room.
    fn write(&mut self, piece: Bytes, now: Instant) -> bool {
        if self.backlog.is_empty() {
            self.took = now;
        }
        self.backlog.send(piece, &mut self.stream).unwrap_or_else(|_| {
            self.state = State::Gone;
            true
        })
    }

    /// Once the last frame is written: who answered is done, who began waits for the peer to close.
    fn end_if_told(&mut self) {
        if let State::Leaving { is_answer, .. } = self.state
            && self.backlog.is_empty()
        {
            let ended: io::Result<()> = self.stream.shutdown(Shutdown::Write);
            if is_answer || ended.is_err() {
                self.state = State::Gone;
            }
        }
    }
}

#[cfg(test)]
impl Connection {
    pub(super) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    pub(super) fn heard(&self) -> Instant {
        self.heard
    }

    /// Bytes that wait for it.
    pub(super) fn waiting(&self) -> usize {
        self.backlog.waiting()
    }
}
