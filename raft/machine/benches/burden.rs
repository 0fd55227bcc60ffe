//! What an attempt and a promotion cost in a club that has been full for a year, beside an empty one.
//!
//! `cargo bench -p machine --bench burden` prints both and their ratio, of which 3 is the bound. The full
//! club has 20 courts, 2,000 members, a year of reservations behind it, two weeks booked out ahead and
//! 500 who wait. What a copy and a snapshot of it cost is printed as well.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "measuring needs a clock; the machine has none"
)]

#[path = "../tests/records/mod.rs"]
mod records;

use std::time::Duration;

use machine::{
    Accepted, Actor, CalendarDay, CancelReservation, Command, CourtId, CourtWish, CreateFacility, Envelope,
    ExtendCalendar, Facility, HoldId, HoldRef, ImportReservation, Instant, Interval, JoinWaitlist, Limits, LocalDate,
    MemberId, PlaceHold, ReleaseHold, RequestId, ReservationId, Settings, WaitlistId, WaitlistWish, apply,
};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// Open from 06:00 to 22:00.
const OPEN: std::ops::Range<i64> = 6..22;
const COURTS: usize = 20;
const YEAR: i64 = 365;
/// Days ahead that may be booked; all but the last are booked out.
const AHEAD: i64 = 14;
const WAITING: i64 = 500;
const ROUNDS: u32 = 2_000;
/// Its last hour is never booked out.
const SPARE_COURT: usize = 5;

/// A club under measurement.
struct Club {
    facility: Facility,
    now: i64,
    index: u64,
    /// Those who book in turn; one more waits.
    members: usize,
    made: usize,
}

impl Club {
    fn new(members: usize) -> Self {
        let mut club = Self { facility: Facility::default(), now: 0, index: 0, members, made: 0 };
        let limits = Limits { max_active_reservations: None, max_per_day: None, max_holds: None };
        let settings = Settings { limits, ..Settings::new("Club", "club", "Etc/UTC") };
        let days = (0..60).map(day).collect();
        club.send(Command::CreateFacility(Box::new(CreateFacility { settings, days })));
        for at in 0..COURTS {
            club.send(Command::CreateCourt(records::court(&format!("c{at}"))));
        }
        for at in 0..=members {
            club.send(Command::CreateMember(Box::new(records::member(&format!("m{at}")))));
        }
        club
    }

    fn send(&mut self, command: Command) -> Accepted {
        self.index += 1;
        let request = RequestId { principal: "bench".to_owned(), key: self.index.to_string() };
        let (now, actor) = (Instant(self.now), Actor::System);
        let envelope = Envelope { now, term: 1, actor, request, fingerprint: 0, remember_millis: 60_000, command };
        apply(&mut self.facility, self.index, &envelope).reply.expect("nothing is in its way")
    }

    fn next(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}_{:016x}", self.made)
    }

    fn import(&mut self, member: usize, court: usize, slot: Interval) -> ReservationId {
        let id = ReservationId::parse(&self.next("rsv")).expect("clean");
        self.send(Command::ImportReservation(ImportReservation {
            reservation_id: id.clone(),
            court_id: court_id(court),
            member_id: member_id(member),
            slot,
            confirmed_at: None,
            booking_type: "standard".to_owned(),
            source: "import".to_owned(),
            notes: None,
            elsewhere: Box::default(),
        }));
        id
    }

    /// Books every hour of a day on all courts, for everybody in turn.
    fn book_out(&mut self, date: i64) {
        for court in 0..COURTS {
            let end = if court == SPARE_COURT { OPEN.end - 1 } else { OPEN.end };
            for hour in OPEN.start..end {
                self.import(self.made % self.members, court, slot(date, hour));
            }
        }
    }

    fn wait_for(&mut self, member: usize, date: i64, hour: i64, court: CourtWish) {
        let waitlist_id = WaitlistId::parse(&self.next("wl")).expect("clean");
        let start = slot(date, hour).start;
        let wish = WaitlistWish {
            date: day(date).date,
            from_minute: None,
            to_minute: None,
            window: Interval { start, end: start.plus(3 * HOUR) },
            wanted: start,
            duration_minutes: 60,
            court,
            auto_book: true,
            priority: 0,
            notify_email: false,
            notify_sms: false,
        };
        self.send(Command::JoinWaitlist(Box::new(JoinWaitlist { waitlist_id, member_id: member_id(member), wish })));
    }

    /// A hold on the day that nobody has booked yet; its release is not measured.
    fn attempt(&mut self) -> Duration {
        let hold_id = HoldId::parse(&self.next("hld")).expect("clean");
        let place = Command::PlaceHold(PlaceHold {
            hold_id: hold_id.clone(),
            reservation_id: ReservationId::parse(&self.next("rsv")).expect("clean"),
            court_id: court_id(3),
            member_id: member_id(0),
            slot: slot(self.now / DAY + AHEAD, 12),
            source: "web".to_owned(),
            overrides: None,
        });
        self.now += 1;
        let began = std::time::Instant::now();
        self.send(place);
        let took = began.elapsed();
        self.send(Command::ReleaseHold(ReleaseHold { hold: HoldRef::Id(hold_id) }));
        took
    }

    /// Somebody calls off what somebody else waits for and gets at once.
    fn promotion(&mut self) -> Duration {
        let date = self.now / DAY + AHEAD - 1;
        self.now += 1;
        let id = self.import(0, SPARE_COURT, slot(date, OPEN.end - 1));
        self.wait_for(self.members, date, OPEN.end - 1, CourtWish::Court(court_id(SPARE_COURT)));
        let began = std::time::Instant::now();
        let accepted = self.send(call_off(id));
        let took = began.elapsed();
        let Accepted::ReservationCancelled(cancelled) = accepted else { unreachable!("it is called off") };
        let promoted = cancelled.promotion.expect("somebody waits for it");
        self.send(call_off(promoted.reservation_id));
        took
    }

    /// A club after a year of full houses.
    fn full() -> Self {
        let mut club = Self::new(2_000);
        for date in 1..YEAR + AHEAD - 1 {
            club.now = (date - AHEAD + 1).max(0) * DAY;
            club.send(Command::ExtendCalendar(ExtendCalendar { days: vec![day(date + 59)] }));
            club.book_out(date);
        }
        let today = club.now / DAY;
        for (member, n) in (0..WAITING).enumerate() {
            let court = match n % 3 {
                0 => CourtWish::Court(court_id(member % COURTS)),
                1 => CourtWish::Type("tennis".to_owned()),
                _ => CourtWish::Any,
            };
            club.wait_for(member, today + 2 + n % (AHEAD - 2), 8 + n % 8, court);
        }
        club
    }
}

fn call_off(reservation_id: ReservationId) -> Command {
    Command::CancelReservation(CancelReservation { reservation_id, slot: None, reason: None })
}

fn court_id(at: usize) -> CourtId {
    CourtId::parse(&format!("c{at}")).expect("clean")
}

fn member_id(at: usize) -> MemberId {
    MemberId::parse(&format!("m{at}")).expect("clean")
}

fn slot(date: i64, hour: i64) -> Interval {
    let start = Instant(date * DAY + hour * HOUR);
    Interval { start, end: start.plus(HOUR) }
}

/// Day `number`, in a calendar of months of 28 days: dates have to be in order and distinct.
fn day(number: i64) -> CalendarDay {
    let midnight = Instant(number * DAY);
    let small = |part: i64| u8::try_from(1 + part).expect("small");
    let year = i16::try_from(2026 + number / (28 * 12)).expect("small");
    CalendarDay {
        date: LocalDate { year, month: small(number / 28 % 12), day: small(number % 28) },
        span: Interval { start: midnight, end: midnight.plus(DAY) },
        open: vec![Interval { start: midnight.plus(OPEN.start * HOUR), end: midnight.plus(OPEN.end * HOUR) }],
        slot_millis: HOUR,
        prime: Vec::new(),
    }
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort();
    took[took.len() / 2]
}

#[expect(clippy::print_stdout, reason = "its figures are what it is for")]
fn main() {
    let (mut empty, mut full) = (Club::new(2), Club::full());
    for (what, run) in [("attempt", Club::attempt as fn(&mut Club) -> Duration), ("promotion", Club::promotion)] {
        let (mut of_empty, mut of_full) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            of_empty.push(run(&mut empty));
            of_full.push(run(&mut full));
        }
        let (of_empty, of_full) = (median(of_empty), median(of_full));
        let ratio = of_full.as_secs_f64() / of_empty.as_secs_f64();
        println!("{what}: empty {of_empty:?}, full {of_full:?}, ratio {ratio:.2}");
    }
    let clock = std::time::Instant::now;
    let began = clock();
    let copy = full.facility.clone();
    println!("copy: {:?}", began.elapsed());
    let began = clock();
    let bytes = copy.to_snapshot();
    println!("to_snapshot: {:?}, {} bytes", began.elapsed(), bytes.len());
    let began = clock();
    let read = Facility::from_snapshot(&bytes).expect("own bytes");
    println!("from_snapshot: {:?}", began.elapsed());
    assert!(read.to_snapshot() == bytes);
}
