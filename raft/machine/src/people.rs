//! How the members of a facility change: their counts, credits and suspensions, and what is read of them.
//!
//! Each verb keeps the record, its deadline and the ledger in step; which one a command needs is
//! decided there.

use std::sync::Arc;

use crate::deadline::{Deadline, Due};
use crate::ledger::Ledger;
use crate::{
    CreditEntry, Event, Facility, Instant, Member, MemberId, MemberStatus, Reservation, ReservationId, Status,
};

impl Facility {
    /// All members, by id, after `after`; erased ones stand as tombstones.
    pub fn members(&self, after: Option<&MemberId>) -> impl Iterator<Item = &Member> {
        let members = self.members.seek(move |id| after.is_some_and(|after| id <= after));
        members.map(|(_, member)| member.as_ref())
    }

    /// One member.
    pub fn member(&self, id: &MemberId) -> Option<&Member> {
        self.members.get(id).map(Arc::as_ref)
    }

    /// The members that can be called at a number, by id.
    pub fn members_at(&self, phone: &str) -> impl Iterator<Item = &Member> {
        let from = self.phones.seek(move |(at, _)| at.as_str() < phone);
        from.take_while(move |((at, _), ())| at == phone).filter_map(|((_, id), ())| self.member(id))
    }

    /// What a member has booked that ends after `from`, by end.
    pub fn bookings_of(&self, member: &MemberId, from: Instant) -> impl Iterator<Item = &Reservation> {
        let records = self.book.of_member(member, from).map(|record| &record.reservation);
        records.filter(|it| matches!(it.status, Status::Confirmed | Status::CheckedIn))
    }

    /// The credit entries of a member that are not carried yet, oldest first.
    pub fn credits(&self, member: &MemberId) -> impl Iterator<Item = &CreditEntry> {
        self.ledger.of_member(member)
    }

    /// The sum of a member's older credit entries; with those of [`Facility::credits`] it is the balance.
    pub fn credits_carried(&self, member: &MemberId) -> i64 {
        self.ledger.carried(member)
    }

    /// Every reservation of a member, however it ended. It looks at all there are: for what is rare.
    pub(crate) fn reservations_of(&self, member: &MemberId) -> impl Iterator<Item = ReservationId> {
        let all = self.reservations(None).filter(move |reservation| reservation.member_id == *member);
        all.map(|reservation| reservation.id.clone())
    }

    /// A copy of a member to change; none of an erased one.
    pub(crate) fn known_member(&self, id: &MemberId) -> Option<Member> {
        self.member(id).filter(|member| member.status != MemberStatus::Erased).cloned()
    }

    /// Puts a member in, in place of the one of its id.
    pub(crate) fn put_member(&mut self, member: Member) {
        let old = self.members.get(&member.id).and_then(|old| reinstatement(old));
        self.change_deadline(old, reinstatement(&member));
        let id = member.id.clone();
        let (new, member) = (by_phone(&member), Arc::new(member));
        let old = self.members.insert(id.clone(), member).and_then(|old| by_phone(&old));
        if old != new {
            old.iter().for_each(|old| _ = self.phones.remove(old));
            new.into_iter().for_each(|new| _ = self.phones.insert(new, ()));
        }
        self.note_member(&id);
    }

    /// Puts a changed member in.
    pub(crate) fn change_member(&mut self, member: Member) {
        self.put_member(Member { version: member.version + 1, ..member });
    }

    /// Counts a confirmed reservation of a member.
    pub(crate) fn count_booking(&mut self, id: &MemberId) {
        if let Some(mut member) = self.known_member(id) {
            member.total_bookings = member.total_bookings.saturating_add(1);
            self.change_member(member);
        }
    }

    /// Has credits come or go; nothing where none do, or where that reason has counted already.
    pub(crate) fn post_credits(&mut self, entry: CreditEntry) -> Option<Event> {
        if entry.amount == 0 {
            return None;
        }
        let mut member = self.known_member(&entry.member_id)?;
        let number = self.ledger.append(entry.clone())?;
        if let Some(at) = Ledger::fold_at(&entry) {
            self.deadlines.add((at, Due::FoldCredits(number)));
        }
        // Invariant: a balance is the sum of its entries.
        member.credits_balance = member.credits_balance.saturating_add(entry.amount);
        self.change_member(member);
        Some(Event::CreditsChanged(Box::new(entry)))
    }
}

/// When a suspension ends by itself.
pub(crate) fn reinstatement(member: &Member) -> Option<Deadline> {
    let until = member.suspended_until.filter(|_| member.status == MemberStatus::Suspended)?;
    Some((until, Due::Reinstate(member.id.clone())))
}

/// Where a member is found by its telephone.
pub(crate) fn by_phone(member: &Member) -> Option<(String, MemberId)> {
    Some((member.phone.clone()?, member.id.clone()))
}
