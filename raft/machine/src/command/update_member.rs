//! Replaces a member's record, as far as the caller may: what has happened to it stays.
//!
//! A member changes its own name, address and preferences; the club changes the rest, and suspends and
//! reinstates by it. Credits, counts and bookings change by commands of their own only.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::view::View;
use crate::{Accepted, Actor, Event, Facility, Member, MemberStatus, Rejection};

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

fn is_its_own_to_change(before: &Member, after: &Member) -> bool {
    let Member { name, email, phone, preferences, .. } = after.clone();
    *after == Member { name, email, phone, preferences, ..before.clone() }
}

fn standing_changed(before: &Member, after: &Member) -> Option<Event> {
    let suspended = |member: &Member| member.status == MemberStatus::Suspended;
    let (member_id, until) = (after.id.clone(), after.suspended_until);
    if suspended(after) && (!suspended(before) || before.suspended_until != until) {
        return Some(Event::MemberSuspended { member_id, until });
    }
    (suspended(before) && after.status == MemberStatus::Active).then_some(Event::MemberReinstated(member_id))
}
