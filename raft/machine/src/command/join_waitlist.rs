//! Joins the waitlist: says what would be taken if it became free.
//!
//! What is free already is given at once, in the same log entry, because nothing is publicly free while
//! somebody eligible waits for it. The same member wishing for the very same thing again has one entry.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::view::View;
use crate::{
    Accepted, Actor, Conflict, CourtWish, Event, Facility, Joined, Member, MemberId, MemberStatus, Rejection, Settings,
    WaitlistEntry, WaitlistId, WaitlistStatus, WaitlistWish,
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
    pub wish: WaitlistWish,
}

impl JoinWaitlist {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        if let Some(there) = self.decide(facility, actor)? {
            return Ok(Done::already(Accepted::WaitlistJoined(Box::new(Joined::of(facility, there)))));
        }
        let entry = WaitlistEntry::new(self.waitlist_id.clone(), self.member_id.clone(), self.wish.clone(), facility);
        facility.put_entry(entry.clone());
        let joined = Joined::of(facility, entry.clone());
        Ok(Done::changed(Accepted::WaitlistJoined(Box::new(joined)), Event::WaitlistJoined(Box::new(entry))))
    }

    /// Whether the member may join; the entry of the very same wish where there is one.
    fn decide(&self, facility: &Facility, actor: &Actor) -> Result<Option<WaitlistEntry>, Rejection> {
        let view = View::new(facility, facility.now);
        let settings = view.settings()?;
        actor.must_act_for(&self.member_id)?;
        let member = view.member(&self.member_id)?;
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
        if self.wish.priority > 0 && *actor != Actor::System {
            actor.must_be_staff()?;
        }
        let mut conflicts: Vec<Conflict> = may_not_wait(member).into_iter().collect();
        conflicts.extend(never_given(&self.wish, facility, settings));
        if !conflicts.is_empty() {
            return Err(Rejection::Conflicts(conflicts));
        }
        if facility.waitlist_of(&self.member_id).count() >= OPEN_ENTRIES_MAX as usize {
            return Err(Rejection::WaitlistLimit { limit: OPEN_ENTRIES_MAX });
        }
        Ok(None)
    }
}

/// Why a member may not wait.
fn may_not_wait(member: &Member) -> Option<Conflict> {
    match member.status {
        MemberStatus::Active => None,
        MemberStatus::Suspended => Some(Conflict::MemberSuspended { until: member.suspended_until }),
        MemberStatus::Inactive | MemberStatus::Erased => Some(Conflict::MembershipExpired { at: None }),
    }
}

/// Why a wish can never be given, whatever becomes free.
pub(super) fn never_given(wish: &WaitlistWish, facility: &Facility, settings: &Settings) -> Vec<Conflict> {
    let (window, now) = (wish.window, facility.now);
    let mut conflicts = Vec::new();
    if window.end <= now {
        conflicts.push(Conflict::PastTime { start: window.start, now });
    }
    let day = facility.calendar_day(wish.date);
    let meets = day.is_some_and(|day| day.open.iter().any(|open| open.overlaps(&window)) || day.span.overlaps(&window));
    if !meets || window.start >= window.end || window.millis() > WINDOW_MILLIS_MAX {
        conflicts.push(Conflict::OutsideHours { open: day.map_or(Vec::new(), |day| day.open.clone()) });
    }
    let millis = i64::from(wish.duration_minutes) * MINUTE_MILLIS;
    conflicts.extend(crate::rules::wrong_length(millis, settings));
    conflicts
}

impl Joined {
    /// An entry as it is now.
    pub fn of(facility: &Facility, entry: WaitlistEntry) -> Self {
        let is_offered = entry.status == WaitlistStatus::Offered;
        let offer = entry.reservation_id.as_ref().filter(|_| is_offered).and_then(|id| facility.reservation(id));
        let offer_expires_at = offer.and_then(|offer| offer.hold_expiry);
        Self { position: facility.waitlist_position(&entry.id), offer_expires_at, entry }
    }
}

impl WaitlistEntry {
    /// An entry that joins now.
    pub(crate) fn new(id: WaitlistId, member_id: MemberId, wish: WaitlistWish, facility: &mut Facility) -> Self {
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

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, by_id, cancel, confirm, hours, import, person, place, run, service, staff};
    use super::*;
    use crate::waitlist::cases::{auto, eight, join, on, wish};

    fn case(name: &'static str, given: Vec<Command>, actor: Actor, when: Command, then: &'static str) -> Case {
        let given = given.into_iter().map(|command| (eight(), service(), command)).collect();
        Case { name, given, when: (eight(), actor, when), then }
    }

    /// Both courts are taken from 10 to 11, by members who wait for nothing.
    fn full() -> Vec<Command> {
        vec![import("x", "c1", "ben", hours(10, 11)), import("y", "c2", "ben", hours(10, 11))]
    }

    fn but(change: impl Fn(&mut WaitlistWish)) -> Command {
        let mut wish = wish(10, 11);
        change(&mut wish);
        join("w1", "ana", wish)
    }

    #[test]
    fn who_waits_is_on_the_list_or_is_told_why_not() {
        let waits = "waits w1 Active | joined w1 Active";
        let there = || [full(), vec![join("w1", "ana", wish(10, 11))]].concat();
        let plain = || join("w1", "ana", wish(10, 11));
        run(vec![
            case("what is taken is waited for", full(), person("ana"), plain(), waits),
            case("the same again", there(), person("ana"), plain(), "waits w1 Active"),
            case("the same wish again", there(), person("ana"), join("w2", "ana", wish(10, 11)), "waits w1 Active"),
            case("another of that id", there(), person("ana"), join("w1", "ana", wish(10, 12)), "WaitlistExists"),
            case("for somebody else", full(), person("ben"), plain(), "NotYours"),
            case("no member", full(), service(), join("w1", "zoe", wish(10, 11)), "MemberUnknown"),
            case("no court", full(), service(), join("w1", "ana", on("c9", wish(10, 11))), "CourtUnknown"),
            case("before others, by a member", full(), person("ana"), but(|it| it.priority = 1), "StaffOnly"),
            case("before others, by the site", full(), service(), but(|it| it.priority = 1), "StaffOnly"),
            case("before others, by staff", full(), staff(), but(|it| it.priority = 1), waits),
            case("too long", full(), service(), but(|it| it.duration_minutes = 180), "invalid_duration"),
            case("no length", full(), service(), but(|it| it.duration_minutes = 0), "invalid_duration"),
            case("over already", full(), service(), join("w1", "ana", wish(6, 8)), "past_time"),
            case("another day than it says", full(), service(), but(|it| it.date.day = 2), "outside_hours"),
            case("a day that is not in the calendar", full(), service(), but(|it| it.date.day = 9), "outside_hours"),
            case("no window", full(), service(), but(|it| it.window.end = it.window.start), "outside_hours"),
        ]);
    }

    #[test]
    fn what_is_free_already_is_given_at_once() {
        let offered = "waits w1 Offered | joined w1 Active, rsv_w1-1 Held, offer w1 Offered";
        let booked = "waits w1 Converted | joined w1 Active, rsv_w1-1 Confirmed, auto w1 Converted";
        let one = || vec![import("x", "c1", "ben", hours(10, 11))];
        run(vec![
            case("it is offered", one(), person("ana"), join("w1", "ana", wish(10, 11)), offered),
            case("it is booked", one(), person("ana"), join("w1", "ana", auto(wish(10, 11))), booked),
            case(
                "but not what was not asked for",
                one(),
                person("ana"),
                join("w1", "ana", on("c1", wish(10, 11))),
                "waits w1 Active | joined w1 Active",
            ),
        ]);
    }

    #[test]
    fn a_member_waits_for_twenty_things_at_most() {
        let minutes = |from: u16| but(move |it| it.wanted = it.wanted.plus(i64::from(from)));
        let named = |n: u16| match minutes(n) {
            Command::JoinWaitlist(it) => Command::JoinWaitlist(Box::new(JoinWaitlist {
                waitlist_id: WaitlistId::parse(&format!("w{n}")).unwrap(),
                ..*it
            })),
            other => other,
        };
        let given = full().into_iter().chain((1..=20).map(named)).collect();
        run(vec![case("the twenty-first", given, service(), named(21), "WaitlistLimit { limit: 20 }")]);
    }

    #[test]
    fn who_gives_a_slot_up_is_not_given_it() {
        let given = vec![
            import("y", "c2", "ben", hours(10, 11)),
            place(1, "c1", "ana", hours(10, 11)),
            confirm(by_id("h1"), None),
            join("w1", "ana", on("c1", wish(10, 11))),
        ];
        let cancelled = "cancelled r1 late credits 1 fee 500 | r1 Cancelled, credits ana -1";
        run(vec![case("its own slot", given, person("ana"), cancel("r1", None), cancelled)]);
    }
}
