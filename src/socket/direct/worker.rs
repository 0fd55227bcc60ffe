//! One worker: a thread of its own that writes to its share of the sockets.
//!
//! A thread, not a task: a change for ten thousand viewers is tens of milliseconds of system calls,
//! which would keep the runtime from consensus. The kernel says which sockets have something to
//! read or take bytes again, so one that is silent costs nothing but its memory and its ping.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cluster::Cursor;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

use super::super::patience::STOP_TIMEOUT;
use super::super::wire::{CLOSE_RESTART, CLOSE_TRY_AGAIN};
use super::batch::Batch;
use super::connection::Connection;
use super::row::Row;
use crate::metrics::Watching;

/// Commands that wait for a worker: beyond that the hubs wait, and then pull more changes at once.
pub(super) const INBOX_COMMANDS_MAX: usize = 256;
/// Events taken from the kernel at a time.
const EVENTS_MAX: usize = 1024;
/// What all sockets of a worker read into, one at a time.
const READ_BYTES: usize = 16 << 10;
/// Between two looks at who has to be asked whether it is there, or is not any more.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What is said to those who are sent away.
const RESTART: &str = "the node is stopping; reconnect with since";
/// The token that no socket has.
const WAKE: Token = Token(usize::MAX);

/// What a worker is told.
pub(super) enum Command {
    /// Somebody new.
    Seat(Box<Seating>),
    /// These bytes, at their places, to this row.
    Deliver { row: u64, batch: Batch },
    /// The facility is not here any more: its viewers reconnect elsewhere.
    Dismiss { row: u64 },
    /// Everybody is sent away; the worker ends.
    Stop,
}

/// A socket on its way to its worker.
pub(super) struct Seating {
    pub(super) stream: std::net::TcpStream,
    /// What it sent together with its request.
    pub(super) early: Bytes,
    pub(super) row: Arc<Row>,
    pub(super) first: Option<Batch>,
    pub(super) seen: Cursor,
    pub(super) watching: Watching,
}

/// A socket of this worker.
struct Seat {
    connection: Connection,
    row: Arc<Row>,
    /// Its place among the row's viewers here.
    place: usize,
    _watching: Watching,
}

/// The viewers of a row that sit here.
#[derive(Default)]
struct Viewers {
    seats: Vec<usize>,
    /// What came for them since they were last written to.
    waiting: Vec<Batch>,
}

/// One worker's sockets.
pub(super) struct Worker {
    /// Its number, by which rows count.
    number: usize,
    poll: Poll,
    inbox: mpsc::Receiver<Command>,
    seats: Vec<Option<Seat>>,
    free: Vec<usize>,
    rows: BTreeMap<u64, Viewers>,
    /// Rows for which something waits.
    due: BTreeSet<u64>,
    /// Sockets that may have more to read than their turn allowed.
    again: Vec<usize>,
    buffer: Vec<u8>,
    stop_by: Option<Instant>,
}

impl Worker {
    /// A worker and what wakes it after it was told something.
    pub(super) fn new(number: usize, inbox: mpsc::Receiver<Command>) -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let worker = Self {
            number,
            poll,
            inbox,
            seats: Vec::new(),
            free: Vec::new(),
            rows: BTreeMap::new(),
            due: BTreeSet::new(),
            again: Vec::new(),
            buffer: vec![0; READ_BYTES],
            stop_by: None,
        };
        Ok((worker, waker))
    }

    /// Works until told to stop.
    pub(super) fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS_MAX);
        let mut look_at = Instant::now() + LOOK_EVERY;
        loop {
            self.wait(&mut events, look_at)?;
            let now = Instant::now();
            self.turn(&events, now);
            if now >= look_at {
                self.look(now);
                look_at = now + LOOK_EVERY;
            }
            if self.stop_by.is_some_and(|by| self.is_empty() || now >= by) {
                return Ok(());
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.seats.len() == self.free.len()
    }

    /// Waits for something to do; without sockets, for as long as it takes.
    fn wait(&mut self, events: &mut Events, look_at: Instant) -> io::Result<()> {
        let timeout = if !self.again.is_empty() {
            Some(Duration::ZERO)
        } else if self.is_empty() {
            None
        } else {
            let until = self.stop_by.map_or(look_at, |by| by.min(look_at));
            Some(until.saturating_duration_since(Instant::now()))
        };
        match self.poll.poll(events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            polled => polled,
        }
    }

    /// Does what there is to do.
    fn turn(&mut self, events: &Events, now: Instant) {
        for number in std::mem::take(&mut self.again) {
            self.read(number, now);
        }
        for event in events.iter().filter(|event| event.token() != WAKE) {
            let number = event.token().0;
            if event.is_writable() {
                self.with(number, |connection, _| connection.writable(now));
            }
            if event.is_readable() || event.is_read_closed() || event.is_error() {
                self.read(number, now);
            }
        }
        self.obey(now);
        self.deliver_due(now);
    }

    /// What time alone brings to each socket.
    fn look(&mut self, now: Instant) {
        for number in 0..self.seats.len() {
            self.with(number, |connection, _| connection.tick(now));
        }
    }

    fn read(&mut self, number: usize, now: Instant) {
        if self.with(number, |connection, buffer| connection.readable(buffer, now)) == Some(true) {
            self.again.push(number);
        }
    }

    /// Takes what it was told: deliveries are only laid by, so that several become one write.
    fn obey(&mut self, now: Instant) {
        for _ in 0..INBOX_COMMANDS_MAX {
            match self.inbox.try_recv() {
                Ok(Command::Seat(seating)) => self.seat(*seating, now),
                Ok(Command::Deliver { row, batch }) => {
                    if let Some(viewers) = self.rows.get_mut(&row) {
                        viewers.waiting.push(batch);
                        self.due.insert(row);
                    }
                }
                Ok(Command::Dismiss { row }) => self.dismiss(row, now),
                Ok(Command::Stop) | Err(TryRecvError::Disconnected) => return self.stop(now),
                Err(TryRecvError::Empty) => return,
            }
        }
        // Order: what was told meanwhile comes with a wake of its own, after this turn's.
    }

    fn seat(&mut self, seating: Seating, now: Instant) {
        let Seating { stream, early, row, first, seen, watching } = seating;
        let mut connection = Connection::new(TcpStream::from_std(stream), seen, now);
        let number = self.free.pop().unwrap_or_else(|| {
            self.seats.push(None);
            self.seats.len() - 1
        });
        let both = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.poll.registry().register(connection.stream(), Token(number), both) {
            tracing::warn!(%error, "failed to register a socket");
            self.free.push(number);
            return row.leave(self.number);
        }
        let viewers = self.rows.entry(row.id()).or_default();
        let place = viewers.seats.len();
        viewers.seats.push(number);
        self.seats[number] = Some(Seat { connection, row, place, _watching: watching });
        let is_stopping = self.stop_by.is_some();
        self.with(number, |connection, _| {
            first.iter().for_each(|first| connection.begin(first, now));
            connection.take(&early, now);
            if is_stopping {
                connection.leave(CLOSE_RESTART, RESTART, now);
            }
        });
    }

    /// Writes to the row's viewers here what waits for them.
    fn deliver(&mut self, row: u64, now: Instant) {
        let Some(viewers) = self.rows.get_mut(&row) else { return };
        for batch in Batch::join(std::mem::take(&mut viewers.waiting)) {
            self.with_row(row, |connection| connection.deliver(&batch, now));
        }
    }

    fn deliver_due(&mut self, now: Instant) {
        while let Some(row) = self.due.pop_first() {
            self.deliver(row, now);
        }
    }

    fn dismiss(&mut self, row: u64, now: Instant) {
        // Order: what was laid by for them is older than their farewell.
        self.deliver_due(now);
        self.with_row(row, |connection| connection.leave(CLOSE_TRY_AGAIN, "reconnect with since", now));
    }

    /// Does something with each socket of a row.
    fn with_row(&mut self, row: u64, act: impl Fn(&mut Connection)) {
        // Those that are gone leave the row meanwhile.
        let seats = self.rows.get(&row).map_or_else(Vec::new, |viewers| viewers.seats.clone());
        for number in seats {
            self.with(number, |connection, _| act(connection));
        }
    }

    fn stop(&mut self, now: Instant) {
        if self.stop_by.is_none() {
            // Order: what was laid by for them is older than their farewell.
            self.deliver_due(now);
            self.stop_by = Some(now + STOP_TIMEOUT);
            for number in 0..self.seats.len() {
                self.with(number, |connection, _| connection.leave(CLOSE_RESTART, RESTART, now));
            }
        }
    }

    /// Does something with a socket, and forgets it if it is gone then.
    fn with<T>(&mut self, number: usize, act: impl FnOnce(&mut Connection, &mut [u8]) -> T) -> Option<T> {
        let seat = self.seats.get_mut(number)?.as_mut()?;
        let acted = act(&mut seat.connection, &mut self.buffer);
        if seat.connection.is_gone() {
            self.forget(number);
        }
        Some(acted)
    }

    fn forget(&mut self, number: usize) {
        let Some(mut seat) = self.seats[number].take() else { return };
        // The descriptor is closed in a moment, and leaves the poll with that in any case.
        let _ = self.poll.registry().deregister(seat.connection.stream());
        self.free.push(number);
        if let Some(viewers) = self.rows.get_mut(&seat.row.id()) {
            viewers.seats.swap_remove(seat.place);
            if let Some(moved) = viewers.seats.get(seat.place).and_then(|moved| self.seats[*moved].as_mut()) {
                moved.place = seat.place;
            }
            if viewers.seats.is_empty() {
                self.rows.remove(&seat.row.id());
            }
        }
        seat.row.leave(self.number);
    }
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
