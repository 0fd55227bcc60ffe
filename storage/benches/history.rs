//! What history costs: a year of a club with 20 courts, booked at six slots in ten, through the
//! machine and into sled. `--days N` for less than a year, `--dir DIR`.
//!
//! Prints the cost of applying with and without rows, of writing them, and how large they become.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use machine::{
    Actor, CalendarDay, CancelReservation, Command, ConfirmHold, Court, CourtId, CreateFacility, Envelope, Facility,
    HoldId, HoldRef, Interval, LocalDate, Member, MemberId, PlaceHold, RequestId, ReservationId, Settings,
};
use raft::{Cursor, HistoryStore, RESERVATIONS, Row, RowLimit, StateMachine};
use storage::{Identity, Options, Store};

const COURTS: u32 = 20;
const SLOTS: i64 = 16;
const MEMBERS: u32 = 2_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

struct Club {
    facility: Facility,
    index: u64,
    now: i64,
    rows: Vec<Row>,
    with_rows: Duration,
    commands: u64,
}

fn main() {
    let (days, dir) = arguments();
    let folder = tempfile::tempdir_in(dir).expect("a folder can be made");
    let mut club = Club::found(days);
    year(&mut club, days);
    let events = club.rows.len();
    let bytes: usize = club.rows.iter().map(|row| row.told.open.len() + row.told.personal.len()).sum();
    println!("{days} days, {COURTS} courts: {} commands, {events} events, {bytes} bytes of rows", club.commands);
    println!("applying: {:.2} us a command, rows and all", micros(club.with_rows, club.commands));
    let plain = replay_without_rows(days);
    println!("applying without rows: {plain:.2} us a command");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(write(folder.path(), club.rows));
}

fn micros(time: Duration, count: u64) -> f64 {
    time.as_secs_f64() * 1e6 / count as f64
}

fn arguments() -> (i64, PathBuf) {
    let (mut days, mut dir) = (365, std::env::temp_dir());
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--days" => days = words.next().and_then(|n| n.parse().ok()).expect("--days takes a number"),
            "--dir" => dir = words.next().expect("--dir takes a folder").into(),
            // What cargo itself passes to a benchmark.
            "--bench" => {}
            other => panic!("unknown argument {other}"),
        }
    }
    (days, dir)
}

/// A command of the log as it is applied.
trait Apply {
    fn take(&mut self, actor: Actor, command: Command);
    fn wait_until(&mut self, now: i64);
}

impl Club {
    fn found(days: i64) -> Self {
        let mut club = Self {
            facility: Facility::default(),
            index: 0,
            now: 0,
            rows: Vec::new(),
            with_rows: Duration::ZERO,
            commands: 0,
        };
        found(&mut club, days);
        club
    }

    fn envelope(&mut self, actor: Actor, command: Command) -> Vec<u8> {
        self.index += 1;
        let request = RequestId { principal: "bench".into(), key: format!("k{}", self.index) };
        let now = machine::Instant(self.now);
        Envelope { now, term: 1, actor, request, fingerprint: 1, remember_millis: 0, command }.to_bytes()
    }
}

impl Apply for Club {
    fn take(&mut self, actor: Actor, command: Command) {
        let bytes = self.envelope(actor, command);
        let index = self.index;
        let started = Instant::now();
        let applied = StateMachine::apply(&mut self.facility, index, &bytes, true);
        self.with_rows += started.elapsed();
        self.commands += 1;
        let rows = (0..).zip(applied.told).map(|(ordinal, told)| Row { cursor: Cursor { index, ordinal }, told });
        self.rows.extend(rows);
    }

    fn wait_until(&mut self, now: i64) {
        self.now = now;
    }
}

/// The machine alone: what applying costs without the rows.
struct Plain {
    club: Club,
    time: Duration,
}

impl Apply for Plain {
    fn take(&mut self, actor: Actor, command: Command) {
        let bytes = self.club.envelope(actor, command);
        let started = Instant::now();
        let envelope = Envelope::from_bytes(&bytes).expect("own bytes");
        let applied = machine::apply(&mut self.club.facility, self.club.index, &envelope);
        std::hint::black_box(machine::encode_reply(&applied.reply));
        self.time += started.elapsed();
        self.club.commands += 1;
    }

    fn wait_until(&mut self, now: i64) {
        self.club.now = now;
    }
}

fn replay_without_rows(days: i64) -> f64 {
    let mut plain = Plain { club: Club::found(days), time: Duration::ZERO };
    plain.club.commands = 0;
    year(&mut plain, days);
    micros(plain.time, plain.club.commands)
}

fn found(club: &mut impl Apply, days: i64) {
    let mut settings = Settings::new("Club", "club", "Etc/UTC");
    settings.advance_booking_days = 400;
    settings.limits.max_active_reservations = None;
    let days = (0..days + 20).map(|day| {
        let midnight = machine::Instant(day * DAY);
        let number = u16::try_from(day).unwrap_or(u16::MAX);
        let (month, day) = (number / 28 % 12 + 1, number % 28 + 1);
        let small = |n: u16| u8::try_from(n).unwrap_or(1);
        CalendarDay {
            date: LocalDate {
                year: 1970 + i16::try_from(number / 336).unwrap_or(0),
                month: small(month),
                day: small(day),
            },
            span: Interval { start: midnight, end: midnight.plus(DAY) },
            open: vec![Interval { start: midnight.plus(6 * HOUR), end: midnight.plus((6 + SLOTS) * HOUR) }],
            slot_millis: HOUR,
            prime: Vec::new(),
        }
    });
    let days = days.collect();
    club.take(Actor::System, Command::CreateFacility(Box::new(CreateFacility { settings, days })));
    (0..COURTS).for_each(|n| club.take(Actor::System, Command::CreateCourt(court(n))));
    (0..MEMBERS).for_each(|n| club.take(Actor::System, Command::CreateMember(Box::new(member(n)))));
}

/// Every day six slots in ten of the day after tomorrow are booked, and one booking in ten is
/// called off.
fn year(club: &mut impl Apply, days: i64) {
    let mut rng = fastrand::Rng::with_seed(1);
    let mut number = 0_u64;
    for day in 0..days {
        for slot in 0..SLOTS {
            club.wait_until(day * DAY + (6 + slot) * HOUR + 1);
            for court in 0..COURTS {
                if rng.u8(..10) >= 6 {
                    continue;
                }
                number += 1;
                book(club, number, court, (day + 2) * DAY + (6 + slot) * HOUR, &mut rng);
            }
        }
    }
}

fn book(club: &mut impl Apply, number: u64, court: u32, start: i64, rng: &mut fastrand::Rng) {
    let member_id = MemberId::parse(&format!("mbr_{:012}", rng.u32(..MEMBERS))).expect("a clean id");
    let hold_id = HoldId::parse(&format!("hld_{number:032}")).expect("a clean id");
    let reservation_id = ReservationId::parse(&format!("rsv_{number:032}")).expect("a clean id");
    let slot = Interval { start: machine::Instant(start), end: machine::Instant(start + HOUR) };
    let (court_id, source) = (court_id(court), "web".to_owned());
    let actor = Actor::Member(member_id.clone());
    let hold = PlaceHold {
        hold_id: hold_id.clone(),
        reservation_id: reservation_id.clone(),
        court_id,
        member_id,
        slot,
        source,
        overrides: None,
    };
    club.take(actor.clone(), Command::PlaceHold(hold));
    let confirm = ConfirmHold { hold: HoldRef::Id(hold_id), reservation_id: None, pay: machine::Pay::Later };
    club.take(actor.clone(), Command::ConfirmHold(confirm));
    if rng.u8(..10) == 0 {
        let cancel = CancelReservation { reservation_id, slot: None, reason: Some("I cannot come".into()) };
        club.take(actor, Command::CancelReservation(cancel));
    }
}

fn court_id(n: u32) -> CourtId {
    CourtId::parse(&format!("crt_{n:012}")).expect("a clean id")
}

fn court(n: u32) -> Court {
    Court { sort_order: 1, ..Court::new(court_id(n), &format!("Court {n}"), "tennis") }
}

fn member(n: u32) -> Member {
    Member::new(MemberId::parse(&format!("mbr_{n:012}")).expect("a clean id"), &format!("Member {n}"))
}

/// Writes all rows as a busy group would, and looks a few things up.
async fn write(dir: &Path, rows: Vec<Row>) {
    let identity = Identity { cluster_id: "bench".into(), node: 1 };
    let store = Store::open(dir, &identity, Options::default()).expect("a new store opens");
    let history = store.history(7).expect("it opens");
    let count = rows.len() as u64;
    let ends: Vec<String> = rows.iter().flat_map(|row| &row.told.ends).map(|ended| ended.id.clone()).collect();
    let started = Instant::now();
    for row in rows {
        history.append(vec![row]);
        if history.offer() {
            history.flush(u64::MAX).await.expect("it is written");
        }
    }
    history.flush(u64::MAX).await.expect("it is written");
    let took = started.elapsed();
    let stats = store.stats();
    println!(
        "writing: {:.2} us an event, {} commits, {} bytes",
        micros(took, count),
        stats.commits,
        stats.payload_bytes
    );
    println!("{} bytes of payload an event, {} bytes on the disk", stats.payload_bytes / count, size(dir));
    let started = Instant::now();
    for id in ends.iter().step_by(ends.len() / 1_000 + 1) {
        history.ended(RESERVATIONS, id.clone()).await.expect("it is read").expect("it is there");
    }
    println!("finding an ended reservation: {:.1} us", micros(started.elapsed(), ends.len().min(1_000) as u64));
    let (started, mut after, mut pages) = (Instant::now(), Cursor::default(), 0);
    while let Some(last) =
        history.rows(after, u64::MAX, RowLimit { rows: 200, bytes: usize::MAX }).await.expect("it is read").last()
    {
        (after, pages) = (last.cursor, pages + 1);
    }
    println!("reading a page of 200: {:.1} us", micros(started.elapsed(), pages));
    store.close().await;
}

fn size(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).expect("the folder is ours").map(|entry| entry.expect("it can be read"));
    entries
        .map(|entry| {
            let about = entry.metadata().expect("it is there");
            if about.is_dir() { size(&entry.path()) } else { about.len() }
        })
        .sum()
}
