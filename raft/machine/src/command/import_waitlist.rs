//! Takes over those who waited elsewhere: all of them in one step.
//!
//! In one step, because what is free is given at once: one by one, whoever comes over first would be served
//! before those who rank higher. Who waited is a fact, so only what can never be given refuses an entry that
//! is open; one that has ended goes to the history.

use serde::{Deserialize, Serialize};

use super::Done;
use super::join_waitlist::never_given;
use crate::view::View;
use crate::{
    Accepted, Actor, Conflict, CourtWish, Event, Facility, ImportedLine, Instant, LogLine, MemberId, MemberStatus,
    Rejection, ReservationId, WaitlistEntry, WaitlistId, WaitlistStatus, WaitlistWish,
};

/// Entries that one command may bring.
const ENTRIES_MAX: u32 = 500;

/// Takes over those who waited elsewhere, in the order in which they joined there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportWaitlist {
    /// The first joined first.
    pub entries: Vec<ImportedEntry>,
}

/// Somebody who waited elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedEntry {
    /// Its id where it comes from.
    pub waitlist_id: WaitlistId,
    /// Who waits.
    pub member_id: MemberId,
    /// For what.
    pub wish: WaitlistWish,
    /// When it joined there.
    pub joined_at: Option<Instant>,
    /// Where it stood; what was offered there is waited for again.
    pub status: WaitlistStatus,
    /// What it became there.
    pub reservation_id: Option<ReservationId>,
    /// When it ended there.
    pub ended_at: Option<Instant>,
    /// What was written about it there, in order.
    pub log: Vec<LogLine>,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryImport {
    /// It is here now.
    Imported,
    /// It was here before.
    Exists,
    /// It is not here.
    Refused(Rejection),
}

impl ImportWaitlist {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        facility.settings().ok_or(Rejection::FacilityUnknown)?;
        if self.entries.len() > ENTRIES_MAX as usize {
            return Err(Rejection::TooMany { limit: ENTRIES_MAX });
        }
        let mut events = Vec::new();
        let mut outcome = |entry: &ImportedEntry| match entry.decide(facility) {
            Ok(false) => EntryImport::Exists,
            Err(rejection) => EntryImport::Refused(rejection),
            Ok(true) => {
                entry.take_over(facility, &mut events);
                EntryImport::Imported
            }
        };
        let outcomes = self.entries.iter().map(|entry| (entry.waitlist_id.clone(), outcome(entry))).collect();
        Ok(Done { accepted: Accepted::WaitlistImported(outcomes), events })
    }
}

impl ImportedEntry {
    /// Whether it is new here.
    fn decide(&self, facility: &Facility) -> Result<bool, Rejection> {
        let view = View::new(facility, facility.now);
        let settings = view.settings()?;
        let member = view.member(&self.member_id)?;
        if let CourtWish::Court(court) = &self.wish.court {
            view.court(court)?;
        }
        if let Some(there) = facility.waitlist_entry(&self.waitlist_id) {
            return if there.member_id == self.member_id { Ok(false) } else { Err(Rejection::WaitlistExists) };
        }
        if !self.status.is_open() {
            return Ok(true);
        }
        let mut conflicts = never_given(&self.wish, facility, settings);
        // Whoever is suspended waits on; whoever has left would lose the entry at once.
        if member.status == MemberStatus::Inactive {
            conflicts.insert(0, Conflict::MembershipExpired { at: None });
        }
        if conflicts.is_empty() { Ok(true) } else { Err(Rejection::Conflicts(conflicts)) }
    }

    fn take_over(&self, facility: &mut Facility, events: &mut Vec<Event>) {
        let mut entry =
            WaitlistEntry::new(self.waitlist_id.clone(), self.member_id.clone(), self.wish.clone(), facility);
        entry.joined_at = self.joined_at.unwrap_or(facility.now);
        if !self.status.is_open() {
            entry.status = self.status;
            entry.reservation_id.clone_from(&self.reservation_id);
            entry.ended_at = Some(self.ended_at.unwrap_or(self.wish.window.end.min(facility.now)));
        }
        // What would be forgotten at once is only told: the history has it.
        if entry.status.is_open() || entry.deadline().is_some_and(|(at, _)| facility.now < at) {
            facility.put_entry(entry.clone());
        }
        events.push(Event::WaitlistImported(Box::new(entry)));
        events.extend(self.log.iter().map(|line| {
            Event::LineImported(Box::new(ImportedLine {
                member_id: self.member_id.clone(),
                reservation_id: None,
                waitlist_id: Some(self.waitlist_id.clone()),
                line: line.clone(),
            }))
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Command;
    use super::super::cases::{Case, at, hours, import, person, run, service};
    use super::*;
    use crate::command::words::at_desk;
    use crate::waitlist::cases::{auto, eight, join, on, wish};

    fn entry(id: &str, member: &str, wish: WaitlistWish) -> ImportedEntry {
        ImportedEntry {
            waitlist_id: WaitlistId::parse(id).unwrap(),
            member_id: MemberId::parse(member).unwrap(),
            wish,
            joined_at: Some(at(1, 0)),
            status: WaitlistStatus::Active,
            reservation_id: None,
            ended_at: None,
            log: Vec::new(),
        }
    }

    fn all(entries: Vec<ImportedEntry>) -> Command {
        Command::ImportWaitlist(ImportWaitlist { entries })
    }

    fn one(id: &str, member: &str, wish: WaitlistWish) -> Command {
        all(vec![entry(id, member, wish)])
    }

    fn ended(status: WaitlistStatus) -> Command {
        all(vec![ImportedEntry { status, ..entry("w1", "ana", wish(6, 7)) }])
    }

    /// Both courts are taken from 10 to 11.
    fn full() -> Vec<Command> {
        vec![import("x", "c1", "ben", hours(10, 11)), import("y", "c2", "ben", hours(10, 11))]
    }

    fn case(name: &'static str, given: Vec<Command>, when: Command, then: &'static str) -> Case {
        Case { name, given: at_desk(eight(), given), when: (eight(), service(), when), then }
    }

    #[test]
    fn who_waited_waits_on_unless_it_can_never_be_served() {
        let waits = "imported 1 | brought w1 Active";
        let there = || [full(), vec![join("w1", "ana", wish(10, 11))]].concat();
        let refused = |rejection: &str| -> &'static str { Box::leak(format!("refused {rejection}").into_boxed_str()) };
        run(vec![
            case("an open one", full(), one("w1", "ana", wish(10, 11)), waits),
            case("the same again", there(), one("w1", "ana", wish(10, 11)), "exists 1"),
            case("with another wish", there(), one("w1", "ana", wish(10, 12)), "exists 1"),
            case("of another member", there(), one("w1", "ben", wish(10, 11)), refused("WaitlistExists")),
            case("no member", full(), one("w1", "zoe", wish(10, 11)), refused("MemberUnknown")),
            case("no court", full(), one("w1", "ana", on("c9", wish(10, 11))), refused("CourtUnknown")),
            case("over already", full(), one("w1", "ana", wish(6, 8)), refused("past_time")),
        ]);
    }

    #[test]
    fn what_has_ended_is_remembered_and_given_nothing() {
        run(vec![
            case("served", vec![], ended(WaitlistStatus::Converted), "imported 1 | brought w1 Converted"),
            case("run out", vec![], ended(WaitlistStatus::Expired), "imported 1 | brought w1 Expired"),
            case("again", vec![ended(WaitlistStatus::Expired)], ended(WaitlistStatus::Expired), "exists 1"),
        ]);
    }

    #[test]
    fn all_are_there_before_anything_is_given() {
        let one_free = || vec![import("x", "c1", "ben", hours(10, 11))];
        let first = entry("w1", "ana", auto(wish(10, 11)));
        let above = entry("w2", "cat", WaitlistWish { priority: 5, ..auto(wish(10, 11)) });
        let served = "imported 2 | brought w1 Active, brought w2 Active, rsv_w2-1 Confirmed, auto w2 Converted";
        run(vec![case("by rank and not by place", one_free(), all(vec![first, above]), served)]);
    }

    #[test]
    fn no_member_imports() {
        let when = (eight(), person("ana"), one("w1", "ana", wish(10, 11)));
        run(vec![Case { name: "a member", given: vec![], when, then: "NotYours" }]);
    }
}
