//! What happens by itself, when, and what of it is told.
//!
//! Nothing in the machine runs by itself: these tests let time pass and look at what the next command
//! finds settled, in which order, and as of when.

use machine::{Command, Event, Instant, Status};

use crate::club::{Club, DAY, HOLD_MILLIS, HOUR, cancel, confirm, hours, place, release, rsv};

#[test]
fn only_what_has_to_be_told_asks_for_a_tick() {
    let mut club = Club::new();
    assert_eq!(club.facility.next_deadline(), None, "kept answers of the founding are silent");
    club.service(place(1, "c1", "ana", hours(10, 11)));
    assert_eq!(club.facility.next_deadline(), Some(club.now.plus(HOLD_MILLIS)));
    club.service(confirm(1));
    assert_eq!(club.facility.next_deadline(), Some(Instant(11 * HOUR)));
    club.service(cancel("r1", None));
    assert_eq!(club.facility.next_deadline(), None);
}

#[test]
fn everything_due_is_told_in_order_of_its_deadline() {
    let mut club = Club::new();
    club.service(place(1, "c1", "ana", hours(9, 10)));
    club.service(confirm(1));
    club.service(place(3, "c1", "ana", hours(12, 13)));
    club.service(place(2, "c2", "ben", hours(12, 13)));
    club.wait(3 * HOUR);
    let told: Vec<(String, Option<Instant>)> = club.service(Command::Tick).events.iter().map(end).collect();
    let expiry = Some(Instant(8 * HOUR + HOLD_MILLIS));
    let expected = [("r2", expiry), ("r3", expiry), ("r1", Some(Instant(10 * HOUR)))];
    assert_eq!(told, expected.map(|(id, at)| (id.to_owned(), at)));
}

fn end(event: &Event) -> (String, Option<Instant>) {
    match event {
        Event::HoldExpired(it) | Event::ReservationMissed(it) => (it.id.to_string(), it.ended_at),
        other => panic!("nobody asked for {other:?}"),
    }
}

#[test]
fn a_hold_that_ended_is_remembered_for_an_hour() {
    let mut club = Club::new();
    club.service(place(1, "c1", "ana", hours(10, 11)));
    club.service(place(2, "c2", "ben", hours(10, 11)));
    club.service(release(2));
    club.wait(HOUR);
    club.service(Command::Tick);
    assert_eq!(club.facility.reservation(&rsv("r2")), None, "it was given up an hour ago");
    assert_eq!(club.reservation("r1").status, Status::Expired);
    club.wait(HOLD_MILLIS - 1);
    club.service(Command::Tick);
    assert_eq!(club.reservation("r1").status, Status::Expired);
    club.wait(1);
    club.service(Command::Tick);
    assert_eq!(club.facility.reservation(&rsv("r1")), None);
}

#[test]
fn a_reservation_that_ended_is_remembered_for_35_days() {
    let mut club = Club::new();
    club.service(place(1, "c1", "ana", hours(10, 11)));
    club.service(confirm(1));
    club.now = Instant(11 * HOUR + 35 * DAY - 1);
    club.service(Command::Tick);
    assert_eq!(club.reservation("r1").status, Status::NoShow);
    club.wait(1);
    club.service(Command::Tick);
    assert_eq!(club.facility.reservation(&rsv("r1")), None);
    assert_eq!(club.facility.hold(&machine::HoldId::parse("h1").expect("a clean id")), None);
}

#[test]
fn what_ended_while_nobody_ticked_is_forgotten_by_when_it_ended() {
    let mut club = Club::new();
    club.service(place(1, "c1", "ana", hours(10, 11)));
    club.wait(HOLD_MILLIS + HOUR);
    let told = club.service(Command::Tick).events;
    assert!(matches!(&told[..], [Event::HoldExpired(_)]), "it is still told");
    assert_eq!(club.facility.reservation(&rsv("r1")), None);
}

#[test]
fn a_hold_never_outlives_its_slot() {
    let mut club = Club::new();
    let mut settings = club.facility.settings().expect("founded").clone();
    (settings.hold_seconds, settings.slot_minutes, settings.min_duration_minutes) = (7200, 1, 1);
    let founding = machine::CreateFacility {
        settings,
        days: vec![club.facility.calendar_day(first_day()).expect("a day").clone()],
    };
    let mut facility = machine::Facility::default();
    std::mem::swap(&mut club.facility, &mut facility);
    let courts_and_members = facility.courts().cloned().map(Command::CreateCourt);
    let commands = std::iter::once(Command::CreateFacility(Box::new(founding))).chain(courts_and_members);
    commands.for_each(|command| club.service(command).reply.map(drop).expect("founded"));
    club.service(Command::CreateMember(Box::new(crate::records::member("ana")))).reply.expect("a member");
    let slot = machine::Interval { start: club.now, end: club.now.plus(60_000) };
    club.service(place(1, "c1", "ana", slot)).reply.expect("a hold");
    assert_eq!(club.reservation("r1").hold_expiry, Some(slot.end));
}

fn first_day() -> machine::LocalDate {
    machine::LocalDate { year: 2026, month: 1, day: 1 }
}
