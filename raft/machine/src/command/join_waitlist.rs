//! Joins the waitlist: says what would be taken if it became free.
//!
//! What is free already is given at once, in the same log entry, because nothing is publicly free while
//! somebody eligible waits for it. The same member wishing for the very same thing again has one entry.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::view::View;
use crate::{
    Accepted, Actor, Conflict, CourtWish, Event, Facility, MemberId, MemberStatus, Rejection, Settings, WaitlistEntry,
    WaitlistId, WaitlistStatus, Wish,
};

/// Open entries a member may have: more is not a wish but a net, and each is looked at when its member
/// changes.
const OPEN_ENTRIES_MAX: u32 = 20;
/// The longest window: a day has 25 hours at most, and its last opening may close a day later.
const WINDOW_MILLIS_MAX: i64 = 49 * 60 * 60 * 1000;
const MINUTE_MILLIS: i64 = 60_000;

/// Joins the waitlist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinWaitlist {
    /// Minted by the proposer, or the client's own.
    pub waitlist_id: WaitlistId,
    /// Who waits.
    pub member_id: MemberId,
    /// For what.
    pub wish: Wish,
}

impl JoinWaitlist {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        if let Some(there) = self.decide(facility, actor)? {
            return Ok(Done::already(Accepted::WaitlistJoined(Box::new(there))));
        }
        let entry = WaitlistEntry::new(self.waitlist_id.clone(), self.member_id.clone(), self.wish.clone(), facility);
        facility.put_entry(entry.clone());
        let entry = Box::new(entry);
        Ok(Done::changed(Accepted::WaitlistJoined(entry.clone()), Event::WaitlistJoined(entry)))
    }

    /// Whether the member may join; the entry of the very same wish where there is one.
    fn decide(&self, facility: &Facility, actor: &Actor) -> Result<Option<WaitlistEntry>, Rejection> {
        let view = View::new(facility, facility.now);
        let settings = view.settings()?;
        actor.must_act_for(&self.member_id)?;
        let member = facility.member(&self.member_id).ok_or(Rejection::MemberUnknown)?;
        if let CourtWish::Court(court) = &self.wish.court {
            view.court(court)?;
        }
        if let Some(there) = facility.waitlist_entry(&self.waitlist_id) {
            let same = there.member_id == self.member_id && there.wish == self.wish;
            return if same { Ok(Some(there.clone())) } else { Err(Rejection::WaitlistExists) };
        }
        if let Some(there) = facility.waitlist_of(&self.member_id).find(|there| there.wish == self.wish) {
            return Ok(Some(there.clone()));
        }
        if self.wish.priority > 0 {
            actor.must_be_staff()?;
        }
        let conflicts = self.conflicts(facility, settings, member.status, member.suspended_until);
        if !conflicts.is_empty() {
            return Err(Rejection::Conflicts(conflicts));
        }
        if facility.waitlist_of(&self.member_id).count() >= OPEN_ENTRIES_MAX as usize {
            return Err(Rejection::WaitlistLimit { limit: OPEN_ENTRIES_MAX });
        }
        Ok(None)
    }

    /// What can never be given, whatever becomes free.
    fn conflicts(
        &self,
        facility: &Facility,
        settings: &Settings,
        status: MemberStatus,
        until: Option<crate::Instant>,
    ) -> Vec<Conflict> {
        let (window, now) = (self.wish.window, facility.now);
        let mut conflicts = Vec::new();
        match status {
            MemberStatus::Active => {}
            MemberStatus::Suspended => conflicts.push(Conflict::MemberSuspended { until }),
            MemberStatus::Inactive => conflicts.push(Conflict::MembershipExpired { at: None }),
        }
        if window.end <= now {
            conflicts.push(Conflict::PastTime { start: window.start, now });
        }
        let day = facility.calendar_day(self.wish.date);
        let meets = day.is_some_and(|day| day.open.iter().any(|open| open.overlaps(&window)) || day.span.overlaps(&window));
        if !meets || window.start >= window.end || window.millis() > WINDOW_MILLIS_MAX {
            conflicts.push(Conflict::OutsideHours { open: day.map_or(Vec::new(), |day| day.open.clone()) });
        }
        let millis = i64::from(self.wish.duration_minutes) * MINUTE_MILLIS;
        conflicts.extend(crate::rules::length(millis, settings));
        conflicts
    }
}

impl WaitlistEntry {
    /// An entry that joins now.
    pub(crate) fn new(id: WaitlistId, member_id: MemberId, wish: Wish, facility: &mut Facility) -> Self {
        facility.waitlist.joined += 1;
        Self {
            id,
            member_id,
            wish,
            status: WaitlistStatus::Active,
            joined: facility.waitlist.joined,
            joined_at: facility.now,
            reservation_id: None,
            grants: 0,
            offers_expired: 0,
            last_expired_at: None,
            let_go: Vec::new(),
            ended_at: None,
            version: 1,
        }
    }
}
