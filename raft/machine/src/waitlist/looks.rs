//! What makes somebody eligible by the passing of time alone, and when to look again because of it.
//!
//! Two rules get kinder by themselves: at midnight another day can be booked, and a booking that has begun
//! counts no longer against how many a member may have to come. Whoever waits has a deadline at the next
//! such instant. It follows from what is kept and is never stored.

use super::{WaitlistEntry, WaitlistStatus};
use crate::deadline::Due;
use crate::{Facility, Instant, MemberId};

impl Facility {
    /// Sets the deadline at which each member's entries are looked at again of whom anything was noted that
    /// [`Facility::next_look`] looks at. Asked once, when an apply has changed what it changes.
    pub(crate) fn plan_looks(&mut self) {
        for member in std::mem::take(&mut self.changes.looks) {
            let (old, new) = (self.waitlist.look_at(&member), self.next_look(&member));
            if old != new {
                let due = |at: Instant| (at, Due::LookAgain(member.clone()));
                self.waitlist.plan(&member, new);
                self.change_deadline(old.map(due), new.map(due));
            }
        }
    }

    /// It is time to look at a member's entries again.
    pub(crate) fn look_again(&mut self, member: &MemberId) {
        self.waitlist.plan(member, None);
        self.changes.members.insert(member.clone());
        self.changes.looks.insert(member.clone());
    }

    fn next_look(&self, member: &MemberId) -> Option<Instant> {
        let waits = |entry: &&WaitlistEntry| entry.status == WaitlistStatus::Active;
        if !self.waitlist_of(member).any(|entry| waits(&entry)) {
            return None;
        }
        let later = self.waitlist_of(member).filter(waits).any(|entry| self.is_later_than_may_be_booked(entry));
        let midnight = self.horizon.day_of(self.now).map(|day| day.span.end).filter(|_| later);
        let starts = self.book.of_member(member, self.now).map(|record| &record.reservation);
        let starts = starts.filter(|it| it.status.is_live() && it.slot.start >= self.now);
        // At its very start a booking is still one to come.
        starts.map(|it| it.slot.start.plus(1)).chain(midnight).min()
    }

    fn is_later_than_may_be_booked(&self, entry: &WaitlistEntry) -> bool {
        let own = self.member(&entry.member_id).and_then(|member| member.advance_booking_days);
        let window = own.or(self.settings().map(|settings| settings.advance_booking_days)).unwrap_or(0);
        // The last start may be after midnight, and so on the date after the entry's own.
        let last = self.horizon.date_of(entry.wish.window.end.plus(-1)).unwrap_or(entry.wish.date);
        let today = self.horizon.date_of(self.now).map(|today| today.day_number());
        today.is_some_and(|today| last.max(entry.wish.date).day_number() - today > i64::from(window))
    }
}
