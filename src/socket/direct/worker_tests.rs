//! A worker and real sockets, with the time in the hands of the test.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

use super::super::super::hub::Note;
use super::super::super::patience::{PING_EVERY, SILENCE_MAX, WRITE_TIMEOUT};
use super::super::super::wire::TextFrame;
use super::super::backlog::BACKLOG_BYTES_MAX;
use super::*;
use crate::metrics::Metrics;

/// How long anything may take to become true.
const PATIENCE: Duration = Duration::from_secs(20);

/// A worker that is driven by the test.
struct Driven {
    worker: Worker,
    tell: mpsc::Sender<Command>,
    row: Arc<Row>,
    hub: mpsc::Receiver<Note>,
    events: Events,
    now: Instant,
    /// Its wakes are for a thread that sleeps.
    _waker: Waker,
}

/// The client's end of a socket.
struct Peer {
    stream: TcpStream,
    got: Vec<u8>,
    is_ended: bool,
}

impl Driven {
    fn new() -> Self {
        let (tell, inbox) = mpsc::channel(INBOX_COMMANDS_MAX);
        let (worker, waker) = Worker::new(0, inbox).unwrap();
        let (notes, hub) = mpsc::channel(8);
        let events = Events::with_capacity(16);
        Self { worker, tell, row: Row::new(1, notes), hub, events, now: Instant::now(), _waker: waker }
    }

    fn seat(&mut self, first: Option<Batch>, seen: Cursor) -> Peer {
        self.seat_in(&Arc::clone(&self.row), first, seen, b"")
    }

    fn seat_in(&mut self, row: &Arc<Row>, first: Option<Batch>, seen: Cursor, early: &'static [u8]) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().unwrap();
        stream.set_nonblocking(true).unwrap();
        peer.set_nonblocking(true).unwrap();
        row.enter(0);
        let (row, early, watching) = (Arc::clone(row), Bytes::from_static(early), Metrics::new(1).watching());
        self.tell(Command::Seat(Box::new(Seating { stream, early, row, first, seen, watching })));
        Peer { stream: peer, got: Vec::new(), is_ended: false }
    }

    fn tell(&mut self, command: Command) {
        assert!(self.tell.try_send(command).is_ok());
        self.turn();
    }

    fn deliver(&mut self, batch: Batch) {
        self.tell(Command::Deliver { row: self.row.id(), batch });
    }

    fn turn(&mut self) {
        let soon = Instant::now() + Duration::from_millis(5);
        if !self.worker.is_empty() {
            self.worker.wait(&mut self.events, soon).unwrap();
        }
        self.worker.turn(&self.events, self.now);
        self.events.clear();
    }

    /// Lets time pass.
    fn pass(&mut self, time: Duration) {
        self.turn();
        self.now += time;
        self.worker.look(self.now);
        self.turn();
    }

    /// Turns until the peer has seen enough.
    #[track_caller]
    fn until(&mut self, peer: &mut Peer, what: &str, enough: impl Fn(&Peer) -> bool) {
        let give_up = Instant::now() + PATIENCE;
        while !enough(peer) {
            assert!(Instant::now() < give_up, "not in time: {what}; got {} bytes", peer.got.len());
            self.turn();
            peer.read();
        }
    }

    #[track_caller]
    fn sees(&mut self, peer: &mut Peer, expected: &[u8]) {
        self.until(peer, "some bytes", |peer| peer.got.len() >= expected.len());
        assert_eq!(peer.got, expected);
        peer.got.clear();
    }

    /// The peer is closed with that code, and the worker forgets it.
    #[track_caller]
    fn closes(&mut self, peer: &mut Peer, code: u16) {
        self.until(peer, "the end", |peer| peer.is_ended);
        assert_eq!(peer.got[..4], [&[0x88, peer.got[1]][..], &code.to_be_bytes()].concat());
        assert_eq!(peer.got.len(), 2 + usize::from(peer.got[1]), "nothing after the last frame");
        peer.stream.shutdown(std::net::Shutdown::Both).unwrap_or_default();
        self.until_empty();
    }

    #[track_caller]
    fn until_empty(&mut self) {
        let give_up = Instant::now() + PATIENCE;
        while !self.worker.is_empty() {
            assert!(Instant::now() < give_up, "the worker keeps a socket that is gone");
            self.turn();
        }
        assert!(self.row.is_empty() && self.worker.rows.is_empty());
        assert!(matches!(self.hub.try_recv(), Ok(Note::RowEmpty)), "the hub was not told");
    }
}

impl Peer {
    fn read(&mut self) {
        let mut chunk = [0; 64 << 10];
        match self.stream.read(&mut chunk) {
            Ok(0) => self.is_ended = true,
            Ok(count) => self.got.extend_from_slice(&chunk[..count]),
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }

    /// Sends a client's frame of a short payload, with a mask of zeros.
    fn send(&mut self, first: u8, payload: &[u8]) {
        let length = 0x80 | u8::try_from(payload.len()).unwrap();
        self.stream.write_all(&[&[first, length, 0, 0, 0, 0], payload].concat()).unwrap();
    }
}

fn cursor(index: u64) -> Cursor {
    Cursor { index, ordinal: 0 }
}

fn frame(index: u64, length: usize) -> (Batch, Vec<u8>) {
    let frame = TextFrame::json(&format!("{index} {}", "x".repeat(length)));
    (Batch::one(cursor(index), &frame), frame.bytes().to_vec())
}

#[test]
fn each_socket_gets_what_it_has_not_seen_and_only_of_its_row() {
    let mut driven = Driven::new();
    let (first, first_bytes) = frame(2, 10);
    let mut fresh = driven.seat(Some(first), cursor(2));
    let mut ahead = driven.seat(None, cursor(4));
    let other = Row::new(1, mpsc::channel(1).0);
    let mut stranger = driven.seat_in(&other, None, cursor(0), b"");
    let (three, four, five) = (frame(3, 20), frame(4, 200), frame(5, 30));
    // Told while the worker is busy: one write each.
    for batch in [&three.0, &four.0, &five.0] {
        driven.tell.try_send(Command::Deliver { row: driven.row.id(), batch: batch.clone() }).unwrap_or_default();
    }
    driven.sees(&mut fresh, &[&first_bytes[..], &three.1, &four.1, &five.1].concat());
    driven.sees(&mut ahead, &five.1);
    driven.deliver(five.0);
    let (six, bytes) = frame(6, 1);
    driven.deliver(six);
    driven.sees(&mut fresh, &bytes);
    driven.sees(&mut ahead, &bytes);
    stranger.read();
    assert_eq!(stranger.got, b"");
}

#[test]
fn a_peer_that_never_reads_is_closed_with_1013_and_costs_no_more_than_its_bound() {
    let mut driven = Driven::new();
    let mut slow = driven.seat(None, Cursor::default());
    let mut quick = driven.seat(None, Cursor::default());
    let mut sent = Vec::new();
    // Until the kernel's buffers and the backlog are full; far less than this.
    while driven.worker.rows[&driven.row.id()].seats.iter().all(|seat| is_open(&driven.worker, *seat)) {
        let (batch, bytes) = frame(sent.len() as u64 + 1, 60_000);
        assert!(sent.len() < 2_000, "it is never closed");
        sent.push(bytes);
        driven.deliver(batch);
        let whole = sent.iter().map(Vec::len).sum::<usize>();
        driven.until(&mut quick, "the quick one gets everything", |peer| peer.got.len() == whole);
        for seat in driven.worker.seats.iter().flatten() {
            assert!(seat.connection.waiting() <= BACKLOG_BYTES_MAX + 2 * 60_100);
        }
    }
    driven.until(&mut slow, "the end", |peer| peer.is_ended);
    // Whole frames, in order, and then the last one.
    let mut rest = &slow.got[..];
    let got = sent.iter().take_while(|frame| {
        let after = rest.strip_prefix(&frame[..]);
        rest = after.unwrap_or(rest);
        after.is_some()
    });
    let got = got.count();
    assert!(got > 0 && got < sent.len(), "{got} of {}", sent.len());
    assert_eq!(rest[2..4], 1013_u16.to_be_bytes());
    assert_eq!((rest[0], rest.len()), (0x88, 2 + usize::from(rest[1])));
    drop((slow, quick));
    driven.until_empty();
}

fn is_open(worker: &Worker, number: usize) -> bool {
    worker.seats[number].as_ref().is_some_and(|seat| seat.connection.is_open())
}

#[test]
fn a_peer_that_takes_no_bytes_for_too_long_is_given_up() {
    let mut driven = Driven::new();
    let peer = driven.seat(Some(frame(1, 32 << 20).0), cursor(1));
    let number = driven.worker.rows[&driven.row.id()].seats[0];
    driven.pass(WRITE_TIMEOUT / 2);
    assert!(is_open(&driven.worker, number));
    driven.pass(WRITE_TIMEOUT);
    assert!(!is_open(&driven.worker, number));
    // Nor does it take the last frame.
    driven.pass(Duration::from_secs(6));
    driven.until_empty();
    drop(peer);
}

#[test]
fn a_silent_peer_is_asked_and_after_a_minute_closed_with_1013() {
    let mut driven = Driven::new();
    let mut peer = driven.seat(None, Cursor::default());
    driven.pass(PING_EVERY);
    driven.sees(&mut peer, b"\x89\x00");
    peer.send(0x8a, b"");
    let number = driven.worker.rows[&driven.row.id()].seats[0];
    let answered = driven.now;
    let give_up = Instant::now() + PATIENCE;
    while driven.worker.seats[number].as_ref().unwrap().connection.heard() < answered {
        assert!(Instant::now() < give_up, "the answer is not read");
        driven.turn();
    }
    for _ in 0..2 {
        driven.pass(PING_EVERY);
        driven.sees(&mut peer, b"\x89\x00");
    }
    assert!(is_open(&driven.worker, number));
    driven.pass(SILENCE_MAX - 2 * PING_EVERY);
    driven.closes(&mut peer, 1013);
}

#[test]
fn a_ping_is_answered_even_if_it_came_with_the_handshake() {
    let mut driven = Driven::new();
    let row = Arc::clone(&driven.row);
    let mut peer = driven.seat_in(&row, None, Cursor::default(), b"\x89\x82\x01\x02\x03\x04\x69\x6b");
    driven.sees(&mut peer, b"\x8a\x02hi");
    peer.send(0x81, b"nobody listens");
    peer.send(0x89, b"there?");
    driven.sees(&mut peer, b"\x8a\x06there?");
}

#[test]
fn a_farewell_is_answered_with_its_code_and_the_end() {
    let mut driven = Driven::new();
    let mut peer = driven.seat(None, Cursor::default());
    peer.send(0x88, &[&1001_u16.to_be_bytes()[..], b"going away"].concat());
    driven.closes(&mut peer, 1001);
}

#[test]
fn garbage_is_closed_with_the_code_for_it() {
    for (bytes, code) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], 1002),
        (b"\x81\x00", 1002),
        (b"\xff\xff\xff\xff", 1002),
        (b"\x82\xff\0\0\0\0\x10\0\0\0\0\0\0\0", 1009),
        (b"\x81\x81\0\0\0\0\xff", 1007),
    ] {
        let mut driven = Driven::new();
        let mut peer = driven.seat(None, Cursor::default());
        peer.stream.write_all(bytes).unwrap();
        driven.closes(&mut peer, code);
    }
}

#[test]
fn a_peer_that_does_not_close_after_the_last_frame_is_given_up() {
    let mut driven = Driven::new();
    let mut peer = driven.seat(None, Cursor::default());
    driven.tell(Command::Dismiss { row: driven.row.id() });
    driven.until(&mut peer, "the end", |peer| peer.is_ended);
    assert_eq!(peer.got[2..4], 1013_u16.to_be_bytes());
    driven.pass(Duration::from_secs(4));
    assert!(!driven.worker.is_empty());
    driven.pass(Duration::from_secs(2));
    driven.until_empty();
}

#[test]
fn a_stopping_node_sends_everybody_away_with_1012_and_who_comes_then_as_well() {
    let mut driven = Driven::new();
    let mut before = driven.seat(None, Cursor::default());
    driven.tell(Command::Stop);
    let mut after = driven.seat(None, Cursor::default());
    for peer in [&mut before, &mut after] {
        driven.until(peer, "the end", |peer| peer.is_ended);
        assert_eq!(peer.got[2..4], 1012_u16.to_be_bytes());
    }
    drop((before, after));
    driven.until_empty();
}

#[test]
fn a_peer_that_vanishes_leaves_its_place_to_others() {
    let mut driven = Driven::new();
    let gone = driven.seat(None, Cursor::default());
    let mut peers = [driven.seat(None, Cursor::default()), driven.seat(None, Cursor::default())];
    drop(gone);
    let give_up = Instant::now() + PATIENCE;
    while driven.worker.free.is_empty() {
        assert!(Instant::now() < give_up, "it is not forgotten");
        driven.turn();
    }
    let mut new = driven.seat(None, Cursor::default());
    assert_eq!(driven.worker.seats.len(), 3);
    let (batch, bytes) = frame(1, 100);
    driven.deliver(batch);
    for peer in peers.iter_mut().chain([&mut new]) {
        driven.sees(peer, &bytes);
    }
}
