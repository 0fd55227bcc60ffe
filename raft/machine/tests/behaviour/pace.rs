//! How fast it is with a very large facility. A measurement, not a test: run it by hand with
//! `cargo test -p machine --release --test behaviour pace -- --ignored --nocapture`.
//! It prints what a call costs, and what copying and writing the whole state costs.

use std::time::Duration;

use machine::{Actor, Command, Envelope, Facility, ImportReservation, Instant, Interval, RequestId};

use crate::club::{Club, DAY, HOUR, confirm, hours, place, rsv};

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
    let mut sent = Vec::new();
    for n in 0..ROUNDS {
        // Each round is at a later instant, so that answers of before are forgotten as well.
        club.wait(20);
        let call_off = crate::club::cancel(&format!("r{n}"), None);
        for (part, command) in
            [place(n, "c1", "ana", hours(24 + 6, 24 + 7)), confirm(n), call_off].into_iter().enumerate()
        {
            let envelope = club.envelope(Actor::System, command);
            let request = RequestId { principal: "pace".to_owned(), key: format!("{n}-{part}") };
            sent.push(Envelope { request, remember_millis: 1000, ..envelope });
        }
    }
    let mut took: [Vec<Duration>; 3] = Default::default();
    for (n, envelope) in sent.iter().enumerate() {
        let began = clock();
        let applied = club.send(envelope);
        took[n % 3].push(began.elapsed());
        applied.reply.expect("nothing is in its way");
    }
    for (what, mut took) in ["place", "confirm", "cancel"].into_iter().zip(took) {
        took.sort();
        println!("{what}: p50 {:?}, p99 {:?}", took[took.len() / 2], took[took.len() * 99 / 100]);
    }
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
