//! Where the original was wrong about holds, confirms, releases and cancels (`booking.md` 9).
//!
//! One test a defect, named by what is right. Those about spelling of times, status codes and who may ask
//! at all belong to the edge and are tested there.

use machine::{Accepted, Command, ConfirmHold, Facility, HoldRef, Instant, Interval, Rejection, Status, refusal};

use crate::club::{Club, HOLD_MILLIS, HOUR, accepted, cancel, confirm, hours, place, release, rsv, rules};

#[test]
fn overlapping_slots_on_one_court_are_refused_whatever_their_starts() {
    let mut club = Club::new();
    club.service(place(1, "c1", "ana", hours(10, 12)));
    for (n, slot) in (2..).zip([hours(10, 11), hours(11, 12), hours(9, 11), hours(11, 13), hours(10, 12)]) {
        let attempt = club.service(place(n, "c1", "ben", slot));
        assert_eq!(rules(&attempt), ["time_overlap"], "{slot:?}");
    }
    for (n, slot) in (7..).zip([hours(9, 10), hours(12, 13)]) {
        assert_eq!(accepted(&club.service(place(n, "c1", "ben", slot))).slot, slot);
    }
}

#[test]
fn a_restart_forgets_nothing() {
    let mut club = Club::new();
    club.service(place(1, "c1", "ana", hours(10, 11)));
    club.service(place(2, "c2", "ben", hours(10, 11)));
    club.service(confirm(1));
    club.facility = Facility::from_snapshot(&club.facility.to_snapshot()).expect("own bytes");
    assert_eq!(club.reservation("r1").status, Status::Confirmed);
    assert_eq!(rules(&club.service(place(3, "c1", "ben", hours(10, 11)))), ["time_overlap", "self_overlap"]);
    assert_eq!(accepted(&club.service(confirm(2))).status, Status::Confirmed);
}

#[test]
fn nobody_confirms_or_releases_the_hold_of_another_member() {
    let mut club = Club::new();
    club.member("ana", place(1, "c1", "ana", hours(10, 11)));
    assert_eq!(club.member("ben", confirm(1)).reply, Err(Rejection::NotYours));
    assert_eq!(club.member("ben", release(1)).reply, Err(Rejection::NotYours));
    assert_eq!(club.member("ben", place(2, "c1", "ana", hours(12, 13))).reply, Err(Rejection::NotYours));
    assert_eq!(accepted(&club.member("ana", confirm(1))).status, Status::Confirmed);
    assert_eq!(club.member("ben", cancel("r1", None)).reply, Err(Rejection::NotYours));
}

#[test]
fn a_release_never_deletes_a_reservation() {
    let mut club = Club::new();
    club.service(place(1, "c1", "ana", hours(10, 11)));
    club.service(confirm(1));
    assert_eq!(club.service(release(1)).reply, Err(Rejection::NotAHold));
    assert_eq!(club.reservation("r1").status, Status::Confirmed);
}

#[test]
fn a_cancel_does_not_ignore_the_reservation_id() {
    let mut club = Club::new();
    club.service(place(1, "c1", "ana", hours(10, 11)));
    club.service(confirm(1));
    assert_eq!(club.service(cancel("another", Some(("c1", 10)))).reply, Err(Rejection::ReservationUnknown));
    assert_eq!(club.service(cancel("r1", Some(("c2", 10)))).reply, Err(Rejection::SlotMismatch));
    assert_eq!(club.reservation("r1").status, Status::Confirmed);
}

#[test]
fn an_expired_hold_is_not_confirmed_though_nothing_swept_it() {
    let mut club = Club::new();
    let expiry = accepted(&club.service(place(1, "c1", "ana", hours(10, 11)))).hold_expiry.expect("a hold ends");
    club.wait(HOLD_MILLIS);
    let late = club.envelope(machine::Actor::System, confirm(1));
    assert_eq!(refusal(&club.facility, &late), Some(Rejection::HoldExpired { at: expiry }));
    let applied = club.send(&late);
    assert_eq!(applied.reply, Err(Rejection::HoldExpired { at: expiry }));
    assert!(matches!(&applied.events[..], [machine::Event::HoldExpired(it)] if it.ended_at == Some(expiry)));
    assert_eq!(accepted(&club.service(place(2, "c1", "ben", hours(10, 11)))).id, rsv("r2"));
}

#[test]
fn a_retry_is_answered_and_not_refused() {
    let mut club = Club::new();
    let attempt = club.envelope(machine::Actor::System, place(1, "c1", "ana", hours(10, 11)));
    let first = club.send(&attempt);
    let again = club.send(&attempt);
    assert_eq!((again.reply, again.events), (first.reply.clone(), vec![]));
    assert_eq!(club.service(place(2, "c1", "ana", hours(10, 11))).reply, first.reply);
}

#[test]
fn an_interval_that_ends_before_or_as_it_begins_is_not_held() {
    let mut club = Club::new();
    for (n, slot) in
        (1..).zip([hours(11, 10), hours(10, 10), Interval { start: Instant(i64::MAX), end: Instant(i64::MIN) }])
    {
        assert_eq!(club.service(place(n, "c1", "ana", slot)).reply, Err(Rejection::EmptyInterval));
    }
    let for_ever = Interval { start: Instant(9 * HOUR), end: Instant(i64::MAX) };
    assert_eq!(rules(&club.service(place(9, "c1", "ana", for_ever))), ["outside_hours", "invalid_duration"]);
    assert_eq!(club.facility.claims(None, None), []);
}

#[test]
fn a_cancelled_slot_is_booked_again() {
    let mut club = Club::new();
    club.service(place(1, "c1", "ana", hours(10, 11)));
    club.service(confirm(1));
    club.service(cancel("r1", Some(("c1", 10))));
    club.service(place(2, "c1", "ben", hours(10, 11)));
    assert_eq!(accepted(&club.service(confirm(2))).member_id.as_str(), "ben");
    assert_eq!(club.reservation("r1").status, Status::Cancelled);
}

#[test]
fn a_dash_or_underscore_in_a_court_id_breaks_no_key_and_a_colon_never_gets_in() {
    assert!(machine::CourtId::parse("court:1").is_err());
    let mut club = Club::new();
    for id in ["court-1", "court_1", "court-1_"] {
        let court = Command::CreateCourt(crate::records::court(id));
        club.send(&club.envelope(machine::Actor::System, court)).reply.expect("a court");
    }
    club.service(place(1, "court-1", "ana", hours(10, 11)));
    assert_eq!(accepted(&club.service(place(2, "court_1", "ben", hours(10, 11)))).court_id.as_str(), "court_1");
    let by_slot =
        HoldRef::Slot { court_id: machine::CourtId::parse("court-1").expect("clean"), start: Instant(10 * HOUR) };
    let confirmed = club.service(Command::ConfirmHold(ConfirmHold {
        hold: by_slot,
        reservation_id: None,
        pay: machine::Pay::Later,
    }));
    assert!(matches!(confirmed.reply, Ok(Accepted::HoldConfirmed(it)) if it.id == rsv("r1")));
}

#[test]
fn what_is_brought_in_from_elsewhere_never_erases_a_live_hold() {
    let mut club = Club::new();
    club.service(place(1, "c1", "ana", hours(10, 11)));
    let import = |id: &str, slot| {
        Command::ImportReservation(machine::ImportReservation {
            reservation_id: rsv(id),
            court_id: machine::CourtId::parse("c1").expect("clean"),
            member_id: machine::MemberId::parse("ben").expect("clean"),
            slot,
            confirmed_at: None,
            booking_type: "standard".to_owned(),
            source: "import".to_owned(),
            notes: None,
            elsewhere: Box::default(),
        })
    };
    assert_eq!(rules(&club.service(import("x", hours(10, 12)))), ["time_overlap"]);
    club.service(import("y", hours(12, 13))).reply.expect("nothing is in its way");
    assert_eq!(accepted(&club.service(confirm(1))).status, Status::Confirmed);
}
