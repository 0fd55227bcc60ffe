//! What must always hold (`booking.md` 8), each a sentence, each recounted the slow way.
//!
//! They read the machine through its front door only and use none of its indexes, so that a wrong index
//! cannot vouch for itself.

use std::collections::BTreeMap;

use machine::{
    Applied, Claim, ClaimKind, Command, Envelope, Event, Facility, Instant, Rejection, Reservation, Rule, SlotRequest,
    Status, explain,
};

use crate::twin::Twin;
use crate::world::{COURTS, HALF_HOUR, MEMBERS};

pub(crate) fn no_two_live_claims_of_a_court_overlap(facility: &Facility) {
    let live: Vec<&Reservation> = live(facility).collect();
    for (place, one) in live.iter().enumerate() {
        for other in &live[place + 1..] {
            let apart = one.slot.end <= other.slot.start || other.slot.end <= one.slot.start;
            assert!(apart || one.court_id != other.court_id, "{one:?} and {other:?}");
        }
    }
}

pub(crate) fn nothing_live_is_past_its_deadline_after_an_apply(facility: &Facility) {
    for reservation in live(facility) {
        assert!(end_by_itself(reservation) > facility.now(), "{reservation:?} at {:?}", facility.now());
    }
}

pub(crate) fn the_next_deadline_is_the_first_end_of_anything_live(facility: &Facility, twin: &Twin) {
    assert_eq!(facility.next_deadline(), twin.next_deadline());
}

pub(crate) fn what_is_indexed_is_what_is_recorded(facility: &Facility) {
    let mut recorded: Vec<Claim> = live(facility).map(claim).collect();
    recorded.sort_by(|a, b| (&a.court_id, a.slot).cmp(&(&b.court_id, b.slot)));
    assert_eq!(facility.claims(None, None), recorded);
    for court in facility.courts().map(|court| &court.id) {
        for from in 12..56 {
            let span = machine::Interval { start: Instant(from * HALF_HOUR), end: Instant((from + 2) * HALF_HOUR) };
            let of_court = recorded.iter().filter(|claim| claim.court_id == *court && claim.slot.overlaps(&span));
            assert!(facility.claims(Some(court), Some(span)).iter().eq(of_court));
        }
    }
    assert_eq!(facility.courts().count(), COURTS.len());
    for reservation in facility.reservations(None) {
        let hold = reservation.hold_id.as_ref().map(|hold| facility.hold(hold));
        assert!(hold.is_none_or(|found| found == Some(reservation)), "{reservation:?}");
    }
}

pub(crate) fn stored_counts_equal_recounted_ones(facility: &Facility, twin: &Twin) {
    let counted: BTreeMap<String, u32> =
        facility.members(None).map(|member| (member.id.to_string(), member.total_bookings)).collect();
    for member in MEMBERS {
        assert_eq!(counted[member], twin.bookings_of(member), "{member}");
    }
    for member in facility.members(None) {
        let entries: i64 = facility.credits(&member.id).map(|entry| entry.amount).sum();
        assert_eq!(member.credits_balance, facility.credits_carried(&member.id) + entries, "{member:?}");
        let counted = (member.credits_balance, member.no_show_count, member.suspended_until);
        assert_eq!(counted, twin.standing_of(member.id.as_str()), "{member:?}");
    }
}

pub(crate) fn a_refusal_read_only_is_the_refusal_of_the_log(
    envelope: &Envelope,
    refused: &Option<Rejection>,
    applied: &Applied,
) {
    let looked_at = matches!(
        envelope.command,
        Command::PlaceHold(_)
            | Command::BookReservation(_)
            | Command::ConfirmHold(_)
            | Command::ImportReservation(_)
            | Command::PlaceBlock(_)
    );
    let expected = if looked_at { applied.reply.as_ref().err() } else { None };
    assert_eq!(refused.as_ref(), expected, "{envelope:?}");
}

pub(crate) fn what_is_booked_broke_no_rule_that_it_does_not_list(
    before: &Facility,
    envelope: &Envelope,
    applied: &Applied,
) {
    let made = applied.events.last().and_then(|event| match (event, &envelope.command) {
        (Event::HoldPlaced(it) | Event::ReservationConfirmed(it), Command::PlaceHold(_)) => Some(it),
        (Event::HoldPlaced(it) | Event::ReservationConfirmed(it), Command::BookReservation(_)) => Some(it),
        _ => None,
    });
    let Some(made) = made else { return };
    let (court, member) = (&made.court_id, &made.member_id);
    let asked = SlotRequest { court, member, slot: made.slot, instead_of: None, with_credits: false };
    let (verdicts, _) = explain(before, envelope.now, asked).expect("it was asked for and granted");
    let broken: Vec<Rule> = verdicts.iter().filter(|it| !it.passed).map(|it| it.rule).collect();
    assert_eq!(broken, made.overridden, "{made:?}");
}

pub(crate) fn what_ended_long_ago_is_forgotten(facility: &Facility) {
    assert_eq!(facility.reservations(None).next(), None);
    assert_eq!(facility.next_deadline(), None);
}

fn live(facility: &Facility) -> impl Iterator<Item = &Reservation> {
    facility.reservations(None).filter(|it| it.status.is_live())
}

fn end_by_itself(reservation: &Reservation) -> Instant {
    match reservation.status {
        Status::Held | Status::PaymentPending => reservation.hold_expiry.expect("a hold ends"),
        _ => reservation.slot.end,
    }
}

fn claim(reservation: &Reservation) -> Claim {
    let kind = match reservation.status {
        Status::Held | Status::PaymentPending => {
            ClaimKind::Hold { expiry: reservation.hold_expiry.expect("a hold ends") }
        }
        _ => ClaimKind::Reservation,
    };
    let Reservation { court_id, slot, id, .. } = reservation.clone();
    Claim { court_id, slot, kind, reservation_id: Some(id) }
}
