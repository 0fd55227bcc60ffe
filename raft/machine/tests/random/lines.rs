//! An answer in a line, so that machine and twin can be compared and a difference can be read.
//!
//! The words are the tests' own. A line holds what a caller and a watcher can tell apart, and nothing that
//! twin and machine may differ in.

use machine::{Accepted, Applied, Event, Rejection, Reservation};

/// Every kind of answer to what was accepted, and is kept for a repeat.
pub(crate) const ACCEPTED: &[&str] = &[
    "placed",
    "confirmed",
    "released",
    "cancelled",
    "imported",
    "booked",
    "moved",
    "came",
    "completed",
    "missed",
    "reversed",
    "balance",
    "paying",
    "paid",
];

/// Every other kind.
pub(crate) const OTHERS: &[&str] = &[
    "ticked",
    "HoldUnknown",
    "HoldExpired",
    "NotAHold",
    "NotYours",
    "ReservationUnknown",
    "SlotMismatch",
    "ReservationExists",
    "InvalidTransition",
    "AlreadyStarted",
    "EmptyInterval",
    "RequestReused",
    "past_time",
    "outside_hours",
    "invalid_duration",
    "time_overlap",
    "off_grid",
    "member_limit",
    "self_overlap",
    "hold_limit",
    "member_suspended",
    "insufficient_credit",
    "NothingToPay",
    "PaymentRequired",
    "TooEarly",
    "AlreadyEnded",
    "StaffOnly",
    "OverrideNotAllowed",
    "CourtUnknown",
    "MemberUnknown",
];

/// The reply, and after a bar what everybody is told.
pub(crate) fn told(applied: &Applied) -> String {
    // What is told outside is judged in `waiting`, by a model of its own.
    let here = |it: &&Event| !matches!(it, Event::DeliveryEnded(_) | Event::ReachChanged { .. });
    let events: Vec<String> = applied.events.iter().filter(here).map(event).collect();
    format!("{} | {}", reply(applied), events.join(", "))
}

/// The first word of the reply.
pub(crate) fn kind(applied: &Applied) -> String {
    reply(applied).split(' ').next().unwrap_or_default().to_owned()
}

fn reply(applied: &Applied) -> String {
    match &applied.reply {
        Ok(accepted) => self::accepted(accepted),
        Err(Rejection::Conflicts(conflicts)) => {
            conflicts.iter().map(|conflict| conflict.rule().code()).collect::<Vec<_>>().join(" ")
        }
        Err(rejection) => format!("{rejection:?}"),
    }
}

fn accepted(accepted: &Accepted) -> String {
    match accepted {
        Accepted::HoldPlaced(it) => format!("placed {}", of(it)),
        Accepted::HoldConfirmed(it) => format!("confirmed {}", of(it)),
        Accepted::HoldReleased(Some(it)) => format!("released {}", of(it)),
        Accepted::HoldReleased(None) => "released nothing".to_owned(),
        Accepted::ReservationCancelled(it) => format!(
            "cancelled {} {} {} {} {}",
            it.reservation.id, it.notice_millis, it.within_policy, it.penalty_credits, it.fee_cents
        ),
        Accepted::ReservationImported(it) => format!("imported {}", of(it)),
        Accepted::Ticked => "ticked".to_owned(),
        Accepted::ReservationBooked(it) => format!("booked {}", of(&it.reservation)),
        Accepted::ReservationMoved(it) => {
            let Reservation { id, court_id, slot, .. } = &it.reservation;
            format!("moved {id} {court_id} {}", slot.start.0)
        }
        Accepted::CheckedIn(it) => format!("came {}", of(it)),
        Accepted::Completed(it) => format!("completed {}", of(it)),
        Accepted::NoShowMarked(it) => format!("missed {}", of(it)),
        Accepted::NoShowReversed(it) => format!("reversed {}", of(it)),
        Accepted::PaymentBegun(it) => format!("paying {}", of(it)),
        Accepted::PaymentRecorded(it) => {
            let what = it.reservation.as_ref().map_or("nothing".to_owned(), of);
            format!("paid {what} refund {}", it.refund_cents)
        }
        Accepted::CreditsAdjusted { balance } => format!("balance {balance}"),
        other => format!("{other:?}"),
    }
}

fn event(event: &Event) -> String {
    match event {
        Event::HoldPlaced(it)
        | Event::HoldExpired(it)
        | Event::HoldReleased(it)
        | Event::ReservationConfirmed(it)
        | Event::ReservationCancelled(it)
        | Event::ReservationCompleted(it)
        | Event::ReservationCheckedIn(it)
        | Event::ReservationMissed(it)
        | Event::PaymentBegun(it)
        | Event::ReservationImported(it) => of(it),
        Event::PaymentRecorded(it) => format!("{} {:?}", it.id, it.payment),
        Event::RefundDue { reservation_id, payment_id, amount_cents } => {
            format!("refund {reservation_id} {payment_id} {amount_cents}")
        }
        Event::SlotVacated(it) => format!("{} left", it.id),
        Event::ReservationMoved(it) => format!("{} moved", it.id),
        Event::NoShowReversed(it) => format!("{} reversed", it.id),
        Event::CreditsChanged(it) => format!("credits {} {:+}", it.member_id, it.amount),
        Event::MemberSuspended { member_id, .. } => format!("suspended {member_id}"),
        Event::MemberReinstated(id) => format!("reinstated {id}"),
        other => format!("{other:?}"),
    }
}

fn of(reservation: &Reservation) -> String {
    format!("{} {:?}", reservation.id, reservation.status)
}
