//! The machine's refusals in a client's words: which status, which code, which sentence.

use axum::http::StatusCode;
use cluster::{CreateError, ProposeError, ReadError};
use machine::{Claim, Conflict, FacilityId, RefusedOccurrence, Rejection};
use serde_json::json;

use super::conflicts::{claim_body, conflict_body, message};
use super::problem::Problem;
use super::reservations::StatusWord;
use crate::time::Utc;

/// What the original says when there is nothing to confirm.
const NOT_HELD: &str = "Slot not held or hold expired";

/// The problem that a refusal is, at the index of the state that refused.
pub(crate) fn problem(rejection: Rejection, index: u64) -> Problem {
    let problem = match rejection {
        Rejection::FacilityUnknown => Problem::not_found("facility_not_found", "There is no such facility."),
        Rejection::CourtUnknown => Problem::not_found("court_not_found", "There is no such court."),
        Rejection::MemberUnknown => Problem::not_found("member_not_found", "There is no such member."),
        Rejection::ReservationUnknown => Problem::not_found("reservation_not_found", "There is no such reservation."),
        Rejection::HoldUnknown => Problem::not_found("hold_not_found", "There is no such hold.").with_error(NOT_HELD),
        Rejection::SlotMismatch => Problem::not_found("slot_mismatch", "The reservation is not on that slot."),
        Rejection::FacilityExists => Problem::conflict("facility_exists", "The facility is there already."),
        Rejection::CourtExists => Problem::conflict("court_exists", "Another court has that id."),
        Rejection::MemberExists => Problem::conflict("member_exists", "Another member has that id."),
        Rejection::ReservationExists => Problem::conflict("reservation_exists", "Another reservation has that id."),
        Rejection::NotAHold => Problem::conflict("not_a_hold", "That slot is reserved: cancel it instead."),
        Rejection::AlreadyStarted => Problem::conflict("already_started", "The slot has begun."),
        Rejection::InvalidTransition { status } => {
            let detail = format!("The reservation is {}, which does not allow this.", StatusWord::of(status).as_str());
            Problem::conflict("invalid_transition", detail)
        }
        Rejection::NotYours => Problem::new(StatusCode::FORBIDDEN, "not_yours", "It belongs to another member."),
        Rejection::HoldExpired { at } => {
            let detail = format!("The hold ended at {}.", Utc(at));
            Problem::new(StatusCode::GONE, "hold_expired", detail).with_error(NOT_HELD)
        }
        Rejection::EmptyInterval => Problem::malformed_at("/endTime", "must be after startTime"),
        Rejection::RequestReused => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "The same Idempotency-Key came with another request.",
        ),
        Rejection::Conflicts(conflicts) => broken_rules(&conflicts),
        Rejection::VersionMismatch { current } => {
            let detail = format!("It has version {current} by now.");
            Problem::new(StatusCode::PRECONDITION_FAILED, "version_mismatch", detail)
        }
        Rejection::TooEarly { opens } => {
            Problem::conflict("too_early", format!("That can be done from {} on.", Utc(opens)))
        }
        Rejection::TooLate { closed } => {
            Problem::conflict("too_late", format!("That could be done until {}.", Utc(closed)))
        }
        Rejection::AlreadyEnded { status } => Problem::conflict(
            "already_ended",
            format!("The reservation is {} already.", StatusWord::of(status).as_str()),
        ),
        denied @ (Rejection::PaymentRequired { .. }
        | Rejection::NothingToPay
        | Rejection::OverrideNotAllowed
        | Rejection::StaffOnly
        | Rejection::ReasonRequired
        | Rejection::NotOverridable { .. }) => denied_to(&denied),
        Rejection::CourtInUse { claims } => {
            Problem::conflict("court_in_use", format!("The court has {claims} holds and reservations."))
        }
        waiting @ (Rejection::WaitlistUnknown
        | Rejection::WaitlistExists
        | Rejection::WaitlistLimit { .. }
        | Rejection::NoActiveOffer
        | Rejection::OfferExpired { .. }) => unserved(&waiting),
        many @ (Rejection::BlockUnknown
        | Rejection::BlockExists
        | Rejection::InTheWay(_)
        | Rejection::TooMany { .. }
        | Rejection::SeriesUnknown
        | Rejection::SeriesExists
        | Rejection::SeriesRefused(_)) => not_all(&many),
    };
    problem.at_index(index)
}

/// What takes money, or somebody of the club.
fn denied_to(rejection: &Rejection) -> Problem {
    match rejection {
        Rejection::PaymentRequired { cents } => {
            Problem::conflict("payment_required", format!("The slot costs {cents} in minor units."))
        }
        Rejection::NothingToPay => Problem::conflict("nothing_to_pay", "There is nothing to pay for it."),
        Rejection::OverrideNotAllowed => {
            Problem::new(StatusCode::FORBIDDEN, "override_not_allowed", "Only staff set rules aside.")
        }
        Rejection::ReasonRequired => Problem::malformed_at("/reason", "must say why"),
        Rejection::NotOverridable { rule } => {
            Problem::conflict("not_overridable", format!("Nobody can set {} aside.", rule.code()))
        }
        _ => Problem::new(StatusCode::FORBIDDEN, "staff_only", "Only staff may do that."),
    }
}

/// The stable code by which clients know a refusal (`api.md` 1). Broken rules have codes of their own.
pub fn refusal_code(rejection: Rejection) -> &'static str {
    problem(rejection, 0).facts().code
}

/// What the waitlist refuses.
fn unserved(rejection: &Rejection) -> Problem {
    match rejection {
        Rejection::WaitlistExists => Problem::conflict("waitlist_exists", "Another waitlist entry has that id."),
        Rejection::WaitlistLimit { limit } => {
            Problem::conflict("waitlist_limit", format!("A member waits for {limit} things at most."))
        }
        Rejection::NoActiveOffer => Problem::conflict("no_active_offer", "Nothing is offered to that entry."),
        Rejection::OfferExpired { at } => {
            Problem::new(StatusCode::GONE, "offer_expired", format!("The offer ended at {}.", Utc(*at)))
        }
        _ => Problem::not_found("waitlist_not_found", "There is no such waitlist entry."),
    }
}

/// What is refused of blocks and series.
fn not_all(rejection: &Rejection) -> Problem {
    match rejection {
        Rejection::BlockUnknown => Problem::not_found("block_not_found", "There is no such block."),
        Rejection::BlockExists => Problem::conflict("block_exists", "Another block has that id."),
        Rejection::InTheWay(claims) => in_the_way(claims),
        Rejection::SeriesExists => Problem::conflict("series_exists", "Another series has that id."),
        Rejection::SeriesRefused(refused) => series_refused(refused),
        Rejection::TooMany { limit } => Problem::malformed_at("", format!("must have at most {limit} parts")),
        _ => Problem::not_found("series_not_found", "There is no such series."),
    }
}

/// The problem that an unanswered proposal is.
pub(crate) fn unanswered(error: &ProposeError) -> Problem {
    match error {
        ProposeError::NoQuorum => Problem::unavailable("no_quorum", "No majority of the nodes can be reached."),
        ProposeError::Overloaded => Problem::unavailable("overloaded", "Too much is waiting here."),
        ProposeError::Stopping => Problem::unavailable("stopping", "This node is stopping; ask another one."),
        ProposeError::OutcomeUnknown => {
            let detail = "It was proposed and its outcome is not known here. The same request with the same \
                          Idempotency-Key is safe.";
            Problem::new(StatusCode::GATEWAY_TIMEOUT, "outcome_unknown", detail)
        }
    }
}

/// The problem that a read is which is not possible as asked.
pub(crate) fn unread(error: &ReadError) -> Problem {
    match error {
        ReadError::NoQuorum => Problem::unavailable("no_quorum", "No majority of the nodes can be reached."),
        ReadError::Stopping => Problem::unavailable("stopping", "This node is stopping; ask another one."),
        ReadError::NotCaughtUp { applied, asked } => {
            let detail = format!("This replica is at index {applied}, not yet at {asked}.");
            Problem::unavailable("not_caught_up", detail).at_index(*applied)
        }
        ReadError::Unreadable => Problem::internal(),
    }
}

/// The problem that a facility is which was not entered into the directory.
pub(crate) fn not_created(error: &CreateError) -> Problem {
    match error {
        CreateError::SlugTaken { by } => slug_taken(by),
        CreateError::IdTaken => Problem::conflict("facility_exists", "Another facility has that id."),
        CreateError::Propose(error) => unanswered(error),
    }
}

/// The problem that a slug is which is another facility's.
pub(crate) fn slug_taken(by: &FacilityId) -> Problem {
    Problem::conflict("slug_taken", format!("Facility {by} has that slug."))
}

fn in_the_way(claims: &[Claim]) -> Problem {
    Problem::conflict("in_the_way", "Something is there already.")
        .with_conflicts(claims.iter().map(claim_body).collect())
}

/// Every rule that any occurrence breaks, each with the start of its occurrence.
fn series_refused(refused: &[RefusedOccurrence]) -> Problem {
    let of_one = |one: &RefusedOccurrence| {
        let start = Utc(one.slot.start);
        let told = move |conflict: &Conflict| {
            let mut body = conflict_body(conflict);
            body.details["occurrence"] = json!(start);
            body
        };
        one.conflicts.iter().map(told).collect::<Vec<_>>()
    };
    Problem::conflict("series_refused", "Some dates break rules, and it was to be all or nothing.")
        .with_conflicts(refused.iter().flat_map(of_one).collect())
}

fn broken_rules(conflicts: &[Conflict]) -> Problem {
    let bodies = conflicts.iter().map(conflict_body).collect();
    let taken_by = conflicts.iter().find_map(|conflict| match conflict {
        Conflict::TimeOverlap { status, .. } if status.is_hold() => Some(("Slot pending", "pending")),
        Conflict::TimeOverlap { .. } => Some(("Slot reserved", "reserved")),
        Conflict::BlockedPeriod { .. } => Some(("Slot maintenance", "maintenance")),
        _ => None,
    });
    let problem = match taken_by {
        Some((error, word)) => {
            Problem::conflict("slot_taken", "The court is taken then.").with_error(error).with_current_status(word)
        }
        None => {
            let code = conflicts.first().map_or("conflict", |conflict| conflict.rule().code());
            let sentences: Vec<String> = conflicts.iter().map(message).collect();
            Problem::conflict(code, sentences.join(" "))
        }
    };
    problem.with_conflicts(bodies)
}

#[cfg(test)]
mod tests {
    use super::*;
    use machine::{BlockId, BlockKind, Instant, Interval, Status};

    fn overlap(status: Status) -> Conflict {
        Conflict::TimeOverlap { status, slot: Interval { start: Instant(0), end: Instant(60_000) }, hold_expiry: None }
    }

    #[test]
    fn a_taken_slot_is_named_as_the_original_did_even_beside_other_rules() {
        let past = Conflict::PastTime { start: Instant(0), now: Instant(1) };
        let refused = problem(Rejection::Conflicts(vec![past, overlap(Status::Held)]), 7);
        let facts = refused.facts();
        assert_eq!((facts.status, facts.code, facts.index), (StatusCode::CONFLICT, "slot_taken", Some(7)));
        assert_eq!((facts.error, facts.current_status), (Some("Slot pending"), Some("pending")));
        let kinds: Vec<&str> = facts.conflicts.iter().map(|conflict| conflict.kind).collect();
        assert_eq!(kinds, ["past_time", "time_overlap"]);
    }

    #[test]
    fn a_block_takes_the_slot_for_maintenance() {
        let slot = Interval { start: Instant(0), end: Instant(60_000) };
        let block_id = BlockId::parse("blk_1").unwrap();
        let blocked = Conflict::BlockedPeriod { block_id, kind: BlockKind::Event, slot };
        let refused = problem(Rejection::Conflicts(vec![blocked]), 7);
        let facts = refused.facts();
        assert_eq!((facts.code, facts.error), ("slot_taken", Some("Slot maintenance")));
        assert_eq!((facts.current_status, facts.conflicts[0].kind), (Some("maintenance"), "blocked_period"));
        assert_eq!(facts.conflicts[0].details["kind"], "event");
    }

    #[test]
    fn a_broken_rule_gives_the_problem_its_code() {
        let refused = problem(Rejection::Conflicts(vec![Conflict::HoldLimit { holds: 3, limit: 3 }]), 7);
        assert_eq!(refused.facts().code, "hold_limit");
        assert_eq!(refused.facts().current_status, None);
    }

    #[test]
    fn every_refusal_has_its_status() {
        for (rejection, status, code) in [
            (Rejection::HoldUnknown, 404, "hold_not_found"),
            (Rejection::HoldExpired { at: Instant(5) }, 410, "hold_expired"),
            (Rejection::NotAHold, 409, "not_a_hold"),
            (Rejection::NotYours, 403, "not_yours"),
            (Rejection::SlotMismatch, 404, "slot_mismatch"),
            (Rejection::EmptyInterval, 400, "malformed"),
            (Rejection::RequestReused, 422, "idempotency_key_reused"),
            (Rejection::InvalidTransition { status: Status::Cancelled }, 409, "invalid_transition"),
        ] {
            let refused = problem(rejection, 1);
            assert_eq!((refused.facts().status.as_u16(), refused.facts().code), (status, code));
        }
    }
}
