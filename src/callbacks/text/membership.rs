//! Whose a telephone is: the members of the clubs on this node that can be called at it.

use chrono_tz::Tz;
use cluster::{Facility, Grant, Node};
use machine::{CourtId, Instant, MemberId, MemberStatus};

use super::saying::Slot;
use crate::auth::{Caller, Need, Who};
use crate::words::{Dates, Language};
use crate::{calendar, edge};

/// One member at one club.
#[derive(Clone)]
pub(crate) struct Membership {
    pub(crate) facility: Facility,
    pub(crate) member: MemberId,
    /// Whether it may do anything, besides not being told any more.
    is_active: bool,
    club: String,
    zone: Tz,
    pub(super) currency: String,
    pub(super) language: Language,
}

impl Membership {
    /// All of a telephone; erased ones are nobody's.
    pub(crate) fn at(node: &Node, phone: &str) -> Vec<Self> {
        edge::facilities_here(node).into_iter().flat_map(|facility| Self::of(&facility, phone)).collect()
    }

    fn of(facility: &Facility, phone: &str) -> Vec<Self> {
        facility.read(|state, _| {
            let Some(settings) = state.settings() else { return Vec::new() };
            let known = state.members_at(phone).filter(|member| member.status != MemberStatus::Erased);
            let membership = |member: &machine::Member| Self {
                facility: facility.clone(),
                member: member.id.clone(),
                is_active: member.status == MemberStatus::Active,
                club: settings.name.clone(),
                zone: calendar::zone(&settings.timezone).unwrap_or_default(),
                currency: settings.currency.clone(),
                language: Language::of(&member.preferences.locale),
            };
            known.map(membership).collect()
        })
    }

    /// Whether it may do anything, besides not being told any more.
    pub(super) fn is_active(&self) -> bool {
        self.is_active
    }

    /// The member as somebody who asks.
    pub(super) fn caller(&self) -> Option<Caller> {
        let (facilities, member) = (vec![self.facility.id().clone()], self.member.clone());
        Caller::admit(Who::granted(&Grant::Member { facilities, member }, ""), Need::ActForMember).ok()
    }

    /// What the club is called.
    pub(super) fn club(&self) -> &str {
        &self.club
    }

    /// A slot here in words.
    pub(super) fn slot(&self, court: &CourtId, start: Instant, language: Language) -> Slot {
        let name = self.facility.read(|state, _| state.court(court).map(|court| court.name.clone()));
        Slot {
            when: Dates { language, zone: self.zone, now: start }.short(start),
            court: name.unwrap_or_else(|| court.to_string()),
            club: self.club.clone(),
        }
    }
}
