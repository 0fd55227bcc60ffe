//! How much one member may have.
//!
//! Counted over all courts, through the index by member that begins at an instant: what is over costs
//! nothing. An offer counts as what it may become, a booking; but it is no hold that the member placed.

use super::{Attempt, Finding};
use crate::{Conflict, Instant, Reservation};

/// Most claims that one question counts: what is beyond is far over every limit anyway.
const COUNTED_MAX: usize = 1000;
/// Most claims reported, as on a court.
const CONFLICTS_REPORTED_MAX: usize = 8;

/// Live claims that have not begun.
pub(super) fn member_limit(attempt: &Attempt<'_>) -> Finding {
    let own = attempt.member.max_active_reservations;
    let Some(limit) = own.or(attempt.settings.limits.max_active_reservations) else { return Finding::kept() };
    let now = attempt.view.now;
    let to_come = claims_from(attempt, now).filter(|claim| claim.status.is_live() && claim.slot.start >= now);
    let active = count(to_come);
    Finding::compared(Conflict::MemberLimit { active, limit }, active >= limit)
}

/// Claims that begin on the same local day, and what has taken place on it already.
pub(super) fn day_limit(attempt: &Attempt<'_>) -> Finding {
    let Some(limit) = attempt.settings.limits.max_per_day else { return Finding::kept() };
    let Some(day) = attempt.view.facility().horizon.day_of(attempt.slot.start) else { return Finding::kept() };
    let on_it = |claim: &&Reservation| day.span.start <= claim.slot.start && claim.slot.start < day.span.end;
    let booked = count(claims_from(attempt, day.span.start).filter(on_it));
    Finding::compared(Conflict::DayLimit { date: day.date, booked, limit }, booked >= limit)
}

/// The member on any other court at the same time. On the same one it is an overlap.
pub(super) fn self_overlap(attempt: &Attempt<'_>) -> Finding {
    let claims = claims_from(attempt, attempt.slot.start).filter(|claim| {
        claim.status.is_live() && claim.slot.overlaps(&attempt.slot) && claim.court_id != attempt.court.id
    });
    let elsewhere = claims.map(|claim| Conflict::SelfOverlap { court_id: claim.court_id.clone(), slot: claim.slot });
    Finding::in_the_way(elsewhere.take(CONFLICTS_REPORTED_MAX).collect())
}

pub(super) fn hold_limit(attempt: &Attempt<'_>) -> Finding {
    let Some(limit) = attempt.settings.limits.max_holds else { return Finding::kept() };
    let others = |hold: &&Reservation| attempt.instead_of != Some(&hold.id);
    let holds = count(attempt.view.holds_of(&attempt.member.id).map(|hold| &hold.reservation).filter(others));
    Finding::compared(Conflict::HoldLimit { holds, limit }, holds >= limit)
}

fn claims_from<'a>(attempt: &Attempt<'a>, from: Instant) -> impl Iterator<Item = &'a Reservation> {
    let instead_of = attempt.instead_of;
    let claims = attempt.view.claims_of(&attempt.member.id, from).map(|claim| &claim.reservation);
    claims.filter(move |claim| instead_of != Some(&claim.id))
}

fn count<'a>(claims: impl Iterator<Item = &'a Reservation>) -> u32 {
    u32::try_from(claims.take(COUNTED_MAX).count()).expect("at most a thousand")
}
