//! Requests that come again: one effect, one answer, for as long as it was asked to be kept.
//!
//! A repeat is the same request id and fingerprint, whenever it comes and whatever happened meanwhile. A
//! refusal changed nothing and so is no answer to keep.

use machine::{Accepted, Actor, Envelope, Instant, Rejection, Status, refusal};

use crate::club::{Club, DAY, HOLD_MILLIS, accepted, cancel, confirm, hours, place, release, rules};

#[test]
fn a_repeat_gets_the_first_answer_even_when_the_world_has_moved_on() {
    let mut club = Club::new();
    let attempt = club.envelope(Actor::System, place(1, "c1", "ana", hours(10, 11)));
    let first = club.send(&attempt);
    club.wait(HOLD_MILLIS);
    club.service(place(2, "c1", "ben", hours(10, 11)));
    let again = Envelope { now: club.now, ..attempt };
    assert_eq!(refusal(&club.facility, &again), None);
    assert_eq!(club.send(&again).reply, first.reply);
    assert_eq!(club.reservation("r1").status, Status::Expired);
}

#[test]
fn being_given_the_hold_that_one_has_is_an_answer_to_keep() {
    let mut club = Club::new();
    club.service(place(1, "c1", "ana", hours(10, 11)));
    let again = club.envelope(Actor::System, place(2, "c1", "ana", hours(10, 11)));
    let told = club.send(&again);
    assert_eq!((accepted(&told).id.as_str(), told.events.len()), ("r1", 0));
    club.service(confirm(1));
    assert_eq!(club.send(&again).reply, told.reply, "and not that the slot is taken, by itself");
}

#[test]
fn a_repeat_of_a_cancel_costs_nothing_more_and_frees_nothing_more() {
    let mut club = Club::new();
    club.service(place(1, "c1", "ana", hours(10, 11)));
    club.service(confirm(1));
    let call_off = club.envelope(Actor::System, cancel("r1", None));
    let first = club.send(&call_off);
    club.service(place(2, "c1", "ben", hours(10, 11)));
    club.service(confirm(2));
    let again = club.send(&call_off);
    assert_eq!((again.reply, again.events), (first.reply, vec![]));
    assert_eq!(club.reservation("r2").status, Status::Confirmed);
}

#[test]
fn the_same_request_id_for_something_else_is_refused() {
    let mut club = Club::new();
    let attempt = club.envelope(Actor::System, place(1, "c1", "ana", hours(10, 11)));
    club.send(&attempt);
    let other = Envelope { fingerprint: 8, command: place(2, "c2", "ana", hours(12, 13)), ..attempt.clone() };
    assert_eq!(refusal(&club.facility, &other), Some(Rejection::RequestReused));
    assert_eq!(club.send(&other).reply, Err(Rejection::RequestReused));
    let stranger = machine::RequestId { principal: "else".to_owned(), ..attempt.request };
    let same_key = Envelope { request: stranger, ..other };
    assert_eq!(accepted(&club.send(&same_key)).id.as_str(), "r2");
}

#[test]
fn a_refusal_is_not_kept_but_decided_anew() {
    let mut club = Club::new();
    club.service(place(1, "c1", "ana", hours(10, 11)));
    let attempt = club.envelope(Actor::System, place(2, "c1", "ben", hours(10, 11)));
    assert_eq!(rules(&club.send(&attempt)), ["time_overlap"]);
    club.service(release(1));
    assert_eq!(accepted(&club.send(&attempt)).id.as_str(), "r2");
}

#[test]
fn an_answer_that_changed_nothing_is_kept_like_any_other() {
    let mut club = Club::new();
    let nothing = club.envelope(Actor::System, release(1));
    assert_eq!(club.send(&nothing).reply, Ok(Accepted::HoldReleased(None)));
    club.service(place(1, "c1", "ana", hours(10, 11)));
    assert_eq!(club.send(&nothing).reply, Ok(Accepted::HoldReleased(None)));
    assert_eq!(club.reservation("r1").status, Status::Held);
}

#[test]
fn an_answer_is_forgotten_at_its_time_and_not_before() {
    let mut club = Club::new();
    let attempt = club.envelope(Actor::System, place(1, "c1", "ana", hours(10, 11)));
    let first = club.send(&attempt);
    club.wait(DAY - 1);
    let late = Envelope { now: club.now, ..attempt.clone() };
    assert_eq!(club.send(&late).reply, first.reply);
    club.wait(1);
    let too_late = Envelope { now: club.now, ..attempt };
    let conflicts = [refusal(&club.facility, &too_late), club.send(&too_late).reply.err()];
    assert!(conflicts.iter().all(|it| matches!(it, Some(Rejection::Conflicts(_)))), "{conflicts:?}");
}

#[test]
fn an_answer_that_nobody_wants_kept_is_not_kept() {
    let mut club = Club::new();
    let attempt = club.envelope(Actor::System, place(1, "c1", "ana", hours(10, 11)));
    let attempt = Envelope { remember_millis: 0, ..attempt };
    club.send(&attempt);
    club.service(release(1));
    assert_eq!(club.send(&attempt).reply, Err(Rejection::ReservationExists));
}

#[test]
fn time_never_goes_back() {
    let mut club = Club::new();
    club.service(place(1, "c1", "ana", hours(10, 11)));
    club.wait(HOLD_MILLIS);
    club.service(place(2, "c2", "ben", hours(10, 11)));
    let slow_clock = Envelope { now: Instant(0), ..club.envelope(Actor::System, confirm(1)) };
    assert!(matches!(refusal(&club.facility, &slow_clock), Some(Rejection::HoldExpired { .. })));
    assert!(matches!(club.send(&slow_clock).reply, Err(Rejection::HoldExpired { .. })));
    assert_eq!(club.facility.now(), club.now);
}
