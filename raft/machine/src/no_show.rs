//! What staying away costs, and how it is taken back.
//!
//! A reservation is missed at its deadline or when staff say so; both come here. Counted, charged and
//! suspended is the member as of the instant at which it was missed, not of the tick that noticed.

use crate::ledger::entry_for;
use crate::record::{Missed, Record};
use crate::time::DAY_MILLIS;
use crate::{CreditReason, Event, Facility, Instant, Member, MemberId, MemberStatus, Status};

/// Ends `record` as missed at `at`.
pub(crate) fn miss(facility: &mut Facility, mut record: Record, at: Instant, events: &mut Vec<Event>) {
    record.end(Status::NoShow, at);
    let id = record.reservation.id.clone();
    let member_id = record.reservation.member_id.clone();
    let policy = facility.settings().map(|settings| settings.no_show);
    let mut missed = Missed { credits: policy.map_or(0, |policy| policy.penalty_credits), suspended_until: None };
    events.push(Event::ReservationMissed(Box::new(record.reservation.clone())));
    let charge = -i64::from(missed.credits);
    events.extend(facility.post_credits(entry_for(&member_id, charge, CreditReason::NoShow, &id, at)));
    if let Some(mut member) = facility.known_member(&member_id) {
        member.no_show_count = member.no_show_count.saturating_add(1);
        let due = policy.and_then(|policy| Some(member.no_show_count >= policy.suspend_after?).filter(|due| *due));
        let until = due.and(policy).map(|policy| at.plus(i64::from(policy.suspend_days) * DAY_MILLIS));
        missed.suspended_until = until.filter(|until| suspend(&mut member, *until));
        facility.change_member(member);
    }
    let until = missed.suspended_until;
    record.missed = Some(missed);
    facility.put_record(record);
    if until.is_some() {
        events.push(Event::MemberSuspended { member_id: member_id.clone(), until });
    }
}

/// Takes back what the missing of `record` came to.
pub(crate) fn take_back(facility: &mut Facility, record: &Record, events: &mut Vec<Event>) {
    let Some(missed) = &record.missed else { return };
    let (id, member_id) = (&record.reservation.id, &record.reservation.member_id);
    let credits = i64::from(missed.credits);
    events.extend(facility.post_credits(entry_for(
        member_id,
        credits,
        CreditReason::NoShowReversed,
        id,
        facility.now(),
    )));
    let Some(mut member) = facility.known_member(member_id) else { return };
    member.no_show_count = member.no_show_count.saturating_sub(1);
    // Only the suspension that this very one brought ends with it.
    let ends = missed.suspended_until.is_some() && member.suspended_until == missed.suspended_until;
    if ends && member.status == MemberStatus::Suspended {
        (member.status, member.suspended_until) = (MemberStatus::Active, None);
        events.push(Event::MemberReinstated(member_id.clone()));
    }
    facility.change_member(member);
}

/// Ends a suspension whose time is over.
pub(crate) fn reinstate(facility: &mut Facility, id: &MemberId) -> Option<Event> {
    let mut member = facility.known_member(id)?;
    (member.status, member.suspended_until) = (MemberStatus::Active, None);
    facility.change_member(member);
    Some(Event::MemberReinstated(id.clone()))
}

/// Suspends until `until` unless the member is for longer already; says whether it did.
fn suspend(member: &mut Member, until: Instant) -> bool {
    let longer = match (member.status, member.suspended_until) {
        (MemberStatus::Suspended, None) => true,
        (MemberStatus::Suspended, Some(already)) => already >= until,
        (status, _) => status != MemberStatus::Active,
    };
    if !longer {
        (member.status, member.suspended_until) = (MemberStatus::Suspended, Some(until));
    }
    !longer
}
