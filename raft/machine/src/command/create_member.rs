//! Adds a member.
//!
//! The proposer brings the id and has checked the fields; here it is only decided whether the id is free.
//! A member who is there is never changed by this command.

use super::Done;
use crate::{Accepted, Actor, CreditEntry, CreditReason, Event, Facility, Member, Rejection};

/// The version of a record that has not changed since it came to be.
const FIRST_VERSION: u64 = 1;

/// Adds `member`; the same person again is answered again, another of that id is refused.
pub(super) fn run(member: &Member, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
    actor.must_not_be_member()?;
    facility.settings().ok_or(Rejection::FacilityUnknown)?;
    if let Some(there) = facility.member(&member.id) {
        let same = *there == with_history_of(there, member);
        let again = || Done::already(Accepted::MemberCreated(Box::new(there.clone())));
        return if same { Ok(again()) } else { Err(Rejection::MemberExists) };
    }
    let member = Member { version: FIRST_VERSION, ..member.clone() };
    facility.put_member(Member { credits_balance: 0, ..member.clone() });
    facility.post_credits(CreditEntry {
        member_id: member.id.clone(),
        amount: member.credits_balance,
        reason: CreditReason::Opening,
        reservation_id: None,
        at: facility.now,
    });
    let member = Member { version: FIRST_VERSION, ..member };
    facility.put_member(member.clone());
    let event = Event::MemberCreated(member.id.clone());
    Ok(Done::changed(Accepted::MemberCreated(Box::new(member)), event))
}

/// `member` with what has happened to `there` since it came to be: that is no part of what a
/// creation says, so it makes no other member of it.
fn with_history_of(there: &Member, member: &Member) -> Member {
    let Member { reach, credits_balance, no_show_count, total_bookings, suspended_until, version, .. } = *there;
    Member { reach, credits_balance, no_show_count, total_bookings, suspended_until, version, ..member.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, at, by_id, confirm, hours, member, person, place, run, service};

    #[test]
    fn a_member_is_created_once() {
        let booked = || vec![place(1, "c1", "ana", hours(10, 11)), confirm(by_id("h1"), None)];
        let case = |name, actor, member, then| {
            let given = booked().into_iter().map(|command| (at(8, 0), service(), command)).collect();
            Case { name, given, when: (at(8, 0), actor, Command::CreateMember(Box::new(member))), then }
        };
        let renamed = crate::Member { name: "Anna".to_owned(), ..member("ana") };
        run(vec![
            case("a new one", service(), member("zoe"), "member zoe | member zoe"),
            case("the same after a booking", service(), member("ana"), "member ana"),
            case("another of that id", service(), renamed, "MemberExists"),
            case("by a member", person("ana"), member("zoe"), "NotYours"),
        ]);
    }
}
