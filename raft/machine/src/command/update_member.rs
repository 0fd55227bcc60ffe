//! Replaces a member's record, as far as the caller may: what has happened to it stays.
//!
//! A member changes its own name, address and preferences; the club changes the rest, and suspends and
//! reinstates by it. Credits, counts and bookings change by commands of their own only.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::view::View;
use crate::{Accepted, Actor, Event, Facility, Member, MemberStatus, Reach, Rejection};

/// Replaces a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateMember {
    /// All of it; credits, counts and version are not looked at.
    pub member: Member,
    /// The version that the caller saw, where it says so.
    pub expected: Option<u64>,
}

impl UpdateMember {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let view = View::new(facility, facility.now);
        view.settings()?;
        actor.must_act_for(&self.member.id)?;
        let before = view.member(&self.member.id)?.clone();
        Rejection::unless_version(self.expected, before.version)?;
        let after = self.after(&before, view.now);
        if matches!(actor, Actor::Member(_)) && !is_its_own_to_change(&before, &after) {
            return Err(Rejection::StaffOnly);
        }
        if after == before {
            return Ok(Done::already(Accepted::MemberUpdated(Box::new(before))));
        }
        facility.change_member(after.clone());
        let mut events = vec![Event::MemberUpdated(after.id.clone())];
        events.extend(standing_changed(&before, &after));
        let member = facility.member(&after.id).ok_or(Rejection::MemberUnknown)?.clone();
        Ok(Done { accepted: Accepted::MemberUpdated(Box::new(member)), events })
    }

    fn after(&self, before: &Member, now: crate::Instant) -> Member {
        let Member { credits_balance, no_show_count, total_bookings, version, .. } = *before;
        let mut after = Member { credits_balance, no_show_count, total_bookings, version, ..self.member.clone() };
        after.reach = reach(before, &after);
        // Nobody becomes a tombstone but by being erased, and only a suspension has an end.
        if after.status == MemberStatus::Erased {
            after.status = before.status;
        }
        let over = after.suspended_until.is_some_and(|until| until <= now);
        if after.status == MemberStatus::Suspended && over {
            after.status = MemberStatus::Active;
        }
        if after.status != MemberStatus::Suspended {
            after.suspended_until = None;
        }
        after
    }
}

/// An address that has changed is given another try.
fn reach(before: &Member, after: &Member) -> Reach {
    Reach {
        email: before.reach.email.filter(|_| after.email == before.email),
        sms: before.reach.sms.filter(|_| after.phone == before.phone),
    }
}

fn is_its_own_to_change(before: &Member, after: &Member) -> bool {
    let Member { name, email, phone, preferences, reach, .. } = after.clone();
    *after == Member { name, email, phone, preferences, reach, ..before.clone() }
}

fn standing_changed(before: &Member, after: &Member) -> Option<Event> {
    let suspended = |member: &Member| member.status == MemberStatus::Suspended;
    let (member_id, until) = (after.id.clone(), after.suspended_until);
    if suspended(after) && (!suspended(before) || before.suspended_until != until) {
        return Some(Event::MemberSuspended { member_id, until });
    }
    (suspended(before) && after.status == MemberStatus::Active).then_some(Event::MemberReinstated(member_id))
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, Step, at, hours, member, person, run, staff};
    use super::super::words::{at_desk, book};
    use super::UpdateMember;
    use crate::{Actor, Instant, Member, MemberStatus};

    fn update(expected: Option<u64>, change: impl FnOnce(&mut Member)) -> Command {
        let mut member = member("ana");
        change(&mut member);
        Command::UpdateMember(Box::new(UpdateMember { member, expected }))
    }

    fn suspend(until: Option<Instant>) -> Command {
        update(None, |ana| (ana.status, ana.suspended_until) = (MemberStatus::Suspended, until))
    }

    fn case(name: &'static str, given: Vec<Step>, actor: Actor, when: Command, then: &'static str) -> Case {
        Case { name, given, when: (at(8, 0), actor, when), then }
    }

    #[test]
    fn a_member_changes_what_is_its_own_and_the_club_the_rest() {
        let phone = |expected| update(expected, |ana| ana.phone = Some("+1206".to_owned()));
        let kind = || update(None, |ana| ana.membership_type = "guest".to_owned());
        let rich = || update(None, |ana| ana.credits_balance = 1000);
        let changed = "member ana Active 2 | member ana updated";
        run(vec![
            case("its phone", vec![], person("ana"), phone(None), changed),
            case("as it saw it", vec![], person("ana"), phone(Some(1)), changed),
            case("as it was before", vec![], person("ana"), phone(Some(7)), "VersionMismatch { current: 1 }"),
            case("nothing", vec![], person("ana"), update(None, |_| ()), "member ana Active 1"),
            case("its credits", vec![], staff(), rich(), "member ana Active 1"),
            case("its kind", vec![], person("ana"), kind(), "StaffOnly"),
            case("its kind, at the desk", vec![], staff(), kind(), changed),
            case("another", vec![], person("ben"), phone(None), "NotYours"),
        ]);
    }

    #[test]
    fn a_suspension_holds_until_its_end_or_until_staff_say_so() {
        let until = |hour| at_desk(at(7, 0), vec![suspend(Some(at(hour, 0)))]);
        let ever = || at_desk(at(7, 0), vec![suspend(None)]);
        let attempt = || book("r1", "c1", "ana", hours(10, 11));
        let told = "member ana Suspended 2 | member ana updated, suspended ana";
        let back = "member ana Active 3 | member ana updated, reinstated ana";
        run(vec![
            case("suspended", vec![], staff(), suspend(None), told),
            case("books nothing", ever(), staff(), attempt(), "member_suspended"),
            case("nor before the end", until(9), staff(), attempt(), "member_suspended"),
            case("after it", until(8), staff(), attempt(), "booked r1 Confirmed | reinstated ana, r1 Confirmed"),
            case("reinstated", ever(), staff(), update(None, |_| ()), back),
        ]);
    }
}
