//! The verbs through which entries change, and what readers ask of the waitlist.
//!
//! Each keeps records, indexes and deadlines in step, and notes what has to be matched.

use std::sync::Arc;

use super::candidates;
use super::promote::fate;
use super::{Ranked, WaitlistEntry, WaitlistStatus};
use crate::deadline::{Deadline, Due};
use crate::record::ENDED_RESERVATION_KEPT_MILLIS;
use crate::{CourtId, Event, Facility, Interval, LocalDate, MemberId, WaitlistId};

impl Facility {
    /// One entry of the waitlist, open or ended and still remembered.
    pub fn waitlist_entry(&self, id: &WaitlistId) -> Option<&WaitlistEntry> {
        self.waitlist.get(id).map(Arc::as_ref)
    }

    /// All entries of the waitlist, open or ended and still remembered, by id, after `after`.
    pub fn waitlist_entries(&self, after: Option<&WaitlistId>) -> impl Iterator<Item = &WaitlistEntry> {
        self.waitlist.after(after).map(Arc::as_ref)
    }

    /// The open entries of a member, by id.
    pub fn waitlist_of(&self, member: &MemberId) -> impl Iterator<Item = &WaitlistEntry> {
        self.waitlist.open_of(member).map(Arc::as_ref)
    }

    /// The entries that wait for a day, in no particular order.
    pub fn waiting_on(&self, date: LocalDate) -> impl Iterator<Item = &WaitlistEntry> {
        self.waitlist.waiting_on(date).map(Arc::as_ref)
    }

    /// Which place an entry that waits has among those that wait for the same day and could take a slot
    /// from each other: 1 is the first, by priority and then joining. `None` where it does not wait.
    pub fn waitlist_position(&self, id: &WaitlistId) -> Option<u32> {
        let own = self.waitlist.get(id).filter(|entry| entry.status == WaitlistStatus::Active)?;
        let place = |entry: &WaitlistEntry| (std::cmp::Reverse(entry.wish.priority), entry.joined);
        let rivals = self.waitlist.waiting_on(own.wish.date).filter(|other| self.are_rivals(own, other));
        let ahead = rivals.filter(|other| place(other) < place(own)).count();
        u32::try_from(ahead + 1).ok()
    }

    /// Who would get a slot on `court` around `span` if it became free now, best first: for those who ask
    /// why it would not be they. Changes nothing; what claims the court now is told as the reason.
    pub fn waitlist_ranking(&self, court: &CourtId, slot: Interval) -> Vec<Ranked> {
        let Some(court) = self.court(court) else { return Vec::new() };
        let mut ranked = candidates::for_slot(self, court, slot);
        ranked.sort_unstable_by(|a, b| a.rank.cmp(&b.rank));
        ranked.iter().map(|candidate| candidate.ranked(fate(self, candidate))).collect()
    }

    fn are_rivals(&self, own: &WaitlistEntry, other: &WaitlistEntry) -> bool {
        let both = |court: &crate::Court| own.wish.court.takes(court) && other.wish.court.takes(court);
        own.wish.window.overlaps(&other.wish.window) && self.courts().any(both)
    }
}

impl Facility {
    /// Puts an entry in, in place of the one of its id.
    pub(crate) fn put_entry(&mut self, entry: WaitlistEntry) {
        let entry = Arc::new(entry);
        let old = self.waitlist.put(Arc::clone(&entry));
        let waits = |entry: &WaitlistEntry| entry.status == WaitlistStatus::Active;
        // Whoever waits anew may want something that has been free all along.
        if waits(&entry) && !old.as_deref().is_some_and(waits) {
            self.changes.entries.insert(entry.id.clone());
        }
        self.change_deadline(old.and_then(|old| old.deadline()), entry.deadline());
        self.changes.looks.insert(entry.member_id.clone());
    }

    /// Takes the entries of a snapshot over, after everything that they look at. Their own deadlines are set
    /// with all others; here are the looks.
    pub(crate) fn restore_waitlist(&mut self, entries: Vec<Arc<WaitlistEntry>>, joined: u64) {
        entries.into_iter().for_each(|entry| drop(self.waitlist.put(entry)));
        self.waitlist.joined = joined;
        self.changes.looks = self.waitlist.members_who_wait();
        self.plan_looks();
    }

    /// Whether a reservation is a hold that has not ended.
    pub(crate) fn is_held(&self, id: &crate::ReservationId) -> bool {
        self.reservation(id).is_some_and(|reservation| reservation.status.is_hold())
    }

    /// An entry that something is offered to.
    pub(crate) fn offered(&self, id: &WaitlistId) -> Option<WaitlistEntry> {
        let entry = self.waitlist.get(id).filter(|entry| entry.status == WaitlistStatus::Offered)?;
        Some(WaitlistEntry::clone(entry))
    }

    /// Takes an entry out that has ended long ago.
    pub(crate) fn forget_entry(&mut self, id: &WaitlistId) {
        self.waitlist.remove(id);
    }

    /// Nobody can begin inside an entry's window any more.
    pub(crate) fn end_waiting(&mut self, id: &WaitlistId) -> Option<Event> {
        let mut entry = self.waitlist.get(id).map(|entry| WaitlistEntry::clone(entry))?;
        let at = entry.wish.window.end;
        entry.end(WaitlistStatus::Expired, at);
        self.put_entry(entry.clone());
        Some(Event::WaitlistExpired(Box::new(entry)))
    }
}

impl WaitlistEntry {
    /// Its one deadline. One that is offered something has none: the offer ends first.
    pub(crate) fn deadline(&self) -> Option<Deadline> {
        match (self.status, self.ended_at) {
            (WaitlistStatus::Active, _) => Some((self.wish.window.end, Due::EndWaiting(self.id.clone()))),
            (WaitlistStatus::Offered, _) | (_, None) => None,
            (_, Some(at)) => Some((at.plus(ENDED_RESERVATION_KEPT_MILLIS), Due::ForgetWaitlist(self.id.clone()))),
        }
    }
}
