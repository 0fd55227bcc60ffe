//! How fast it is with a very large facility. A measurement, not a test: run it by hand with
//! `cargo test -p machine --release --test behaviour pace -- --ignored --nocapture`.

use machine::{Actor, Command, Facility, ImportReservation, Instant, Interval};

use crate::club::{Club, DAY, HOUR, accepted, confirm, hours, place, rsv};

const LIVE: u32 = 200_000;
const ROUNDS: u32 = 20_000;
const COURTS: u32 = 8;

#[test]
#[ignore = "a measurement"]
#[expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "measuring needs a clock; the machine has none"
)]
fn a_booking_costs_microseconds_among_200_000() {
    let clock = std::time::Instant::now;
    let mut club = Club::new();
    for court in 3..=COURTS {
        club.service(Command::CreateCourt(crate::records::court(&format!("c{court}")))).reply.expect("a court");
    }
    (0..LIVE).for_each(|n| import(&mut club, n));
    let began = clock();
    for n in 0..ROUNDS {
        // Each pair is at a later instant, so that holds and answers of before are settled as well.
        club.wait(20);
        accepted(&club.service(place(n, "c1", "ana", hours(24 + 6, 24 + 7))));
        accepted(&club.service(confirm(n)));
        club.service(crate::club::cancel(&format!("r{n}"), None)).reply.expect("called off");
    }
    println!("place + confirm + cancel: {:?}", began.elapsed() / ROUNDS);
    let began = clock();
    let copy = club.facility.clone();
    println!("clone: {:?}", began.elapsed());
    let began = clock();
    club.service(place(ROUNDS, "c1", "ana", hours(24 + 6, 24 + 7)));
    println!("first write after it: {:?}", began.elapsed());
    let began = clock();
    let bytes = copy.to_snapshot();
    println!("to_snapshot: {:?}, {} bytes", began.elapsed(), bytes.len());
    let began = clock();
    let read = Facility::from_snapshot(&bytes).expect("own bytes");
    println!("from_snapshot: {:?}", began.elapsed());
    assert!(read.to_snapshot() == bytes);
}

/// Reservation `n` of many: hour after hour on each court, from day 2 on, for years.
fn import(club: &mut Club, n: u32) {
    let start = Instant(2 * DAY + i64::from(n / COURTS) * HOUR);
    let command = Command::ImportReservation(ImportReservation {
        reservation_id: rsv(&format!("rsv_{n:032x}")),
        court_id: machine::CourtId::parse(&format!("c{}", 1 + n % COURTS)).expect("a clean id"),
        member_id: machine::MemberId::parse(if n.is_multiple_of(2) { "ana" } else { "ben" }).expect("a clean id"),
        slot: Interval { start, end: start.plus(HOUR) },
        confirmed_at: None,
        booking_type: "standard".to_owned(),
        source: "import".to_owned(),
        notes: None,
    });
    club.send(&club.envelope(Actor::System, command)).reply.expect("taken over");
}
