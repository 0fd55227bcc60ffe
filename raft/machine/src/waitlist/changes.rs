//! What has changed, since the last promotion, about who could have what.
//!
//! Written by the few verbs that change the state (a record is put, a member, a court, the calendar), so
//! that no command can forget it, and read by `promote` before the apply ends. It is scratch: always
//! empty between two applies, and part of no snapshot.

use std::collections::BTreeSet;

use crate::{CourtId, Facility, Interval, MemberId, Reservation, WaitlistId};

/// A stretch of a court that may have become free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Freed {
    /// Which court; all of them where `None`.
    pub(crate) court: Option<CourtId>,
    /// When.
    pub(crate) slot: Interval,
    /// Who let it go, and so is not given it again.
    pub(crate) by: Option<MemberId>,
}

/// What has changed since the last promotion.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    /// What may have become free.
    pub(crate) freed: Vec<Freed>,
    /// Entries that may have become eligible for what was free already.
    pub(crate) entries: BTreeSet<WaitlistId>,
    /// Members of whom anything changed that a rule looks at.
    pub(crate) members: BTreeSet<MemberId>,
    /// Offers that are over, one way or the other; whole, because what is settled late may be forgotten
    /// in the same step.
    pub(crate) offers: Vec<Reservation>,
    /// Settings or courts changed: every entry may have become eligible.
    pub(crate) everything: bool,
    /// Members whose next look has to be planned anew; there is nothing to be matched for that.
    pub(crate) looks: BTreeSet<MemberId>,
}

impl Changes {
    /// Whether there is nothing to be matched.
    pub(crate) fn is_empty(&self) -> bool {
        self.freed.is_empty()
            && self.entries.is_empty()
            && self.members.is_empty()
            && self.offers.is_empty()
            && !self.everything
    }
}

impl Facility {
    /// Notes what the change of a reservation can mean for those who wait.
    // The path without a waitlist pays one look at an empty index.
    pub(crate) fn note_record(&mut self, old: Option<&Reservation>, new: Option<&Reservation>) {
        if self.waitlist.is_idle() {
            return;
        }
        if let Some(old) = old {
            self.note_freed(old, new);
        }
        if let Some(new) = new.filter(|new| ends_an_offer(old, new)) {
            self.changes.offers.push(new.clone());
        }
        if let Some(one) = new.or(old).filter(|one| self.waitlist.open_of(&one.member_id).next().is_some()) {
            self.changes.looks.insert(one.member_id.clone());
        }
    }

    /// Notes that a member has changed in something that a rule may look at.
    pub(crate) fn note_member(&mut self, id: &MemberId) {
        if self.waitlist.open_of(id).next().is_some() {
            self.changes.members.insert(id.clone());
            self.changes.looks.insert(id.clone());
        }
    }

    /// Notes that settings, courts or hours have changed, so that anybody may be eligible for anything.
    pub(crate) fn note_everything(&mut self) {
        if !self.waitlist.is_idle() {
            self.changes.everything = true;
            self.changes.looks.extend(self.waitlist.members_who_wait());
        }
    }

    /// Notes that a stretch of a court, or of all, may be free or open now.
    pub(crate) fn note_open(&mut self, court: Option<&CourtId>, slot: Interval) {
        if !self.waitlist.is_idle() && slot.end > self.now {
            self.changes.freed.push(Freed { court: court.cloned(), slot, by: None });
        }
    }

    /// Takes back who let the slot of a reservation go: the club took it, or a block did.
    pub(crate) fn nobody_let_go(&mut self, reservation: &Reservation) {
        let of_it =
            |freed: &&mut Freed| freed.slot == reservation.slot && freed.court.as_ref() == Some(&reservation.court_id);
        self.changes.freed.iter_mut().filter(of_it).for_each(|freed| freed.by = None);
    }

    fn note_freed(&mut self, old: &Reservation, new: Option<&Reservation>) {
        let stays =
            |new: &Reservation| new.status.is_live() && new.court_id == old.court_id && new.slot.contains(&old.slot);
        if old.status.is_live() && old.slot.end > self.now && !new.is_some_and(stays) {
            let court = Some(old.court_id.clone());
            self.changes.freed.push(Freed { court, slot: old.slot, by: Some(old.member_id.clone()) });
        }
        // A hold that was booked, or anything that ended, counts against other limits than before.
        if old.status.is_live() && new.is_none_or(|new| new.status != old.status || new.slot != old.slot) {
            self.note_member(&old.member_id);
        }
    }
}

/// Whether an offer is over with this change: its hold has ended or is booked, or a payment that came late
/// books what had run out. Whatever becomes of it later is no news to its entry.
fn ends_an_offer(old: Option<&Reservation>, new: &Reservation) -> bool {
    // One that was confirmed under a new id is not known under it yet.
    let stood = old.is_none_or(|old| old.status.is_hold() || new.status.is_live() && !old.status.is_live());
    new.offer_of.is_some() && stood && !new.status.is_hold()
}
