//! Broken rules in a client's words: a sentence for people, the numbers compared for programs.

use machine::{BlockKind, Claim, ClaimKind, Conflict, Warning};
use serde_json::{Value, json};

use super::problem::ConflictBody;
use crate::time::Utc;

/// The word for what a block is for.
pub(super) fn block_word(kind: BlockKind) -> &'static str {
    match kind {
        BlockKind::Blackout => "blackout",
        BlockKind::Maintenance => "maintenance",
        BlockKind::Event => "event",
        BlockKind::Extended => "extended",
    }
}

/// A conflict as it is sent.
pub(super) fn conflict_body(conflict: &Conflict) -> ConflictBody {
    ConflictBody { kind: conflict.rule().code(), message: message(conflict), details: details(conflict) }
}

/// What is in the way of a block, as it is sent.
pub(super) fn claim_body(claim: &Claim) -> ConflictBody {
    let (kind, status) = match &claim.kind {
        ClaimKind::Block { .. } => ("blocked_period", "maintenance"),
        ClaimKind::Hold { .. } => ("time_overlap", "pending"),
        ClaimKind::Reservation => ("time_overlap", "reserved"),
    };
    let (start, end) = (Utc(claim.slot.start), Utc(claim.slot.end));
    let block_id = match &claim.kind {
        ClaimKind::Block { id, .. } => Some(id.as_str()),
        ClaimKind::Hold { .. } | ClaimKind::Reservation => None,
    };
    let reservation_id = claim.reservation_id.as_ref().map(machine::ReservationId::as_str);
    ConflictBody {
        kind,
        message: format!("{} is taken from {start} to {end}.", claim.court_id),
        details: json!({"courtId": claim.court_id.as_str(), "status": status, "startTime": start, "endTime": end,
            "reservationId": reservation_id, "blockId": block_id}),
    }
}

/// A warning as it is sent.
pub(super) fn warning_body(warning: &Warning) -> ConflictBody {
    let (message, details) = match warning {
        Warning::PeakPricing { rate_cents } => {
            ("A part of the slot is in prime hours, which cost more.".to_owned(), json!({ "rateCents": rate_cents }))
        }
        Warning::NearClosing { closes } => {
            (format!("The facility closes at {}.", Utc(*closes)), json!({ "closes": Utc(*closes) }))
        }
    };
    ConflictBody { kind: warning.code(), message, details }
}

/// A conflict in a sentence.
pub(super) fn message(conflict: &Conflict) -> String {
    match conflict {
        Conflict::FacilityInactive => "The facility takes no bookings.".to_owned(),
        Conflict::CourtInactive => "The court takes no bookings.".to_owned(),
        Conflict::MemberSuspended { until: Some(until) } => format!("The member is suspended until {}.", Utc(*until)),
        Conflict::MemberSuspended { until: None } => "The member is suspended.".to_owned(),
        Conflict::MembershipExpired { at: Some(at) } => format!("The membership ends at {}.", Utc(*at)),
        Conflict::MembershipExpired { at: None } => "The member has left.".to_owned(),
        Conflict::AdvanceBooking { days, window } => {
            format!("That is {days} days ahead; {window} are allowed.")
        }
        Conflict::OffGrid { before, after } => {
            format!("Slots begin at {} and {}, not in between.", Utc(*before), Utc(*after))
        }
        Conflict::BlockedPeriod { slot, .. } => {
            format!("The court is blocked from {} to {}.", Utc(slot.start), Utc(slot.end))
        }
        Conflict::Buffer { slot, minutes } => format!(
            "{minutes} minutes have to lie between this and the reservation from {} to {}.",
            Utc(slot.start),
            Utc(slot.end)
        ),
        Conflict::MemberLimit { active, limit } => {
            format!("The member has {active} reservations to come; {limit} are allowed.")
        }
        Conflict::DayLimit { date, booked, limit } => {
            format!("The member has {booked} reservations on {date}; {limit} are allowed.")
        }
        Conflict::SelfOverlap { court_id, slot } => {
            format!("The member is on {court_id} from {} to {}.", Utc(slot.start), Utc(slot.end))
        }
        Conflict::InsufficientCredit { balance, needed } => {
            format!("The member has {balance} credits; {needed} are needed.")
        }
        Conflict::PastTime { .. } => "The slot has begun already.".to_owned(),
        Conflict::OutsideHours { open } if open.is_empty() => "The facility is not open then.".to_owned(),
        Conflict::OutsideHours { .. } => "The slot is not wholly within the opening hours.".to_owned(),
        Conflict::InvalidDuration { minutes, slot, min, max } => {
            format!("{minutes} minutes are not bookable: multiples of {slot} from {min} to {max} are.")
        }
        Conflict::TimeOverlap { slot, .. } => {
            format!("The court is taken from {} to {}.", Utc(slot.start), Utc(slot.end))
        }
        Conflict::HoldLimit { holds, limit } => format!("The member has {holds} holds already; {limit} are allowed."),
    }
}

/// What was compared, for programs.
pub(super) fn details(conflict: &Conflict) -> Value {
    match conflict {
        Conflict::FacilityInactive | Conflict::CourtInactive => json!({}),
        Conflict::PastTime { start, now } => json!({"startTime": Utc(*start), "now": Utc(*now)}),
        Conflict::OutsideHours { open } => {
            let open: Vec<Value> =
                open.iter().map(|open| json!({"startTime": Utc(open.start), "endTime": Utc(open.end)})).collect();
            json!({ "open": open })
        }
        Conflict::InvalidDuration { minutes, slot, min, max } => {
            json!({"minutes": minutes, "slotMinutes": slot, "minDurationMinutes": min, "maxDurationMinutes": max})
        }
        Conflict::TimeOverlap { status, slot, hold_expiry } => json!({
            "status": if status.is_hold() { "pending" } else { "reserved" },
            "startTime": Utc(slot.start),
            "endTime": Utc(slot.end),
            "holdExpiry": hold_expiry.map(|at| at.0),
        }),
        Conflict::HoldLimit { holds, limit } => json!({"holds": holds, "limit": limit}),
        Conflict::MemberSuspended { until } => json!({"until": until.map(Utc)}),
        Conflict::MembershipExpired { at } => json!({"membershipExpiresAt": at.map(Utc)}),
        Conflict::AdvanceBooking { days, window } => json!({"daysAhead": days, "advanceBookingDays": window}),
        Conflict::OffGrid { before, after } => json!({"before": Utc(*before), "after": Utc(*after)}),
        Conflict::BlockedPeriod { block_id, kind, slot } => json!({
            "blockId": block_id.as_str(),
            "kind": block_word(*kind),
            "startTime": Utc(slot.start),
            "endTime": Utc(slot.end),
        }),
        Conflict::Buffer { slot, minutes } => {
            json!({"bufferMinutes": minutes, "startTime": Utc(slot.start), "endTime": Utc(slot.end)})
        }
        Conflict::MemberLimit { active, limit } => json!({"active": active, "limit": limit}),
        Conflict::DayLimit { date, booked, limit } => {
            json!({"date": date.to_string(), "booked": booked, "limit": limit})
        }
        Conflict::SelfOverlap { court_id, slot } => {
            json!({"courtId": court_id.as_str(), "startTime": Utc(slot.start), "endTime": Utc(slot.end)})
        }
        Conflict::InsufficientCredit { balance, needed } => json!({"balance": balance, "needed": needed}),
    }
}
