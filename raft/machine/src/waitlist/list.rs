//! All entries, and the ways to find those that a freed slot concerns.
//!
//! Entries go in and out through [`Waitlist::put`] and [`Waitlist::remove`], which keep every index in
//! step. A slot looks at three ranges of its own day (its court, its type, any) and at no other entry.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::{CourtWish, WaitlistEntry, WaitlistStatus};
use crate::shelves::Shelves;
use crate::{Court, Instant, LocalDate, MemberId, WaitlistId};

/// An entry that waits, under what it waits for, in the order in which it is served.
type Waiting = (LocalDate, CourtWish, Reverse<u32>, u64, WaitlistId);

/// Every entry that is open or still remembered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waitlist {
    entries: Shelves<WaitlistId, Arc<WaitlistEntry>>,
    waiting: Shelves<Waiting, Arc<WaitlistEntry>>,
    open_by_member: Shelves<(MemberId, WaitlistId), Arc<WaitlistEntry>>,
    /// When those who wait are looked at again, because time alone may make them eligible.
    looks: Shelves<MemberId, Instant>,
    /// How many ever joined.
    pub(crate) joined: u64,
}

impl Waitlist {
    /// Whether nobody waits for anything.
    pub(crate) fn is_idle(&self) -> bool {
        self.open_by_member.first().is_none()
    }

    /// One entry.
    pub(crate) fn get(&self, id: &WaitlistId) -> Option<&Arc<WaitlistEntry>> {
        self.entries.get(id)
    }

    /// All entries after `after`, by id.
    pub(crate) fn after(&self, after: Option<&WaitlistId>) -> impl Iterator<Item = &Arc<WaitlistEntry>> {
        self.entries.seek(move |id| after.is_some_and(|after| id <= after)).map(|(_, entry)| entry)
    }

    /// The open entries of a member.
    pub(crate) fn open_of(&self, member: &MemberId) -> impl Iterator<Item = &Arc<WaitlistEntry>> {
        let open = self.open_by_member.seek(move |(of, _)| of < member);
        open.take_while(move |((of, _), _)| of == member).map(|(_, entry)| entry)
    }

    /// The entries that wait for a day.
    pub(crate) fn waiting_on(&self, date: LocalDate) -> impl Iterator<Item = &Arc<WaitlistEntry>> {
        let waiting = self.waiting.seek(move |key| key.0 < date);
        waiting.take_while(move |(key, _)| key.0 == date).map(|(_, entry)| entry)
    }

    /// All entries that wait.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Arc<WaitlistEntry>> {
        self.waiting.iter().map(|(_, entry)| entry)
    }

    /// The entries that wait for a day and would take `court`.
    pub(crate) fn waiting_for(&self, date: LocalDate, court: &Court) -> impl Iterator<Item = &Arc<WaitlistEntry>> {
        let wishes = [CourtWish::Court(court.id.clone()), CourtWish::Type(court.court_type.clone()), CourtWish::Any];
        wishes.into_iter().flat_map(move |wish| {
            let from = (date, wish);
            let here = from.clone();
            let waiting = self.waiting.seek(move |key| (key.0, &key.1) < (from.0, &from.1));
            waiting.take_while(move |(key, _)| (key.0, &key.1) == (here.0, &here.1)).map(|(_, entry)| entry)
        })
    }

    /// Everybody who waits or is offered something.
    pub(crate) fn members_who_wait(&self) -> BTreeSet<MemberId> {
        self.open_by_member.iter().map(|((member, _), _)| member.clone()).collect()
    }

    /// When a member's entries are looked at again.
    pub(crate) fn look_at(&self, member: &MemberId) -> Option<Instant> {
        self.looks.get(member).copied()
    }

    /// Notes when a member's entries are looked at again.
    pub(crate) fn plan(&mut self, member: &MemberId, at: Option<Instant>) {
        match at {
            Some(at) => self.looks.insert(member.clone(), at),
            None => self.looks.remove(member),
        };
    }

    /// Puts an entry in, in place of the one of its id, which it gives back.
    pub(crate) fn put(&mut self, entry: Arc<WaitlistEntry>) -> Option<Arc<WaitlistEntry>> {
        let old = self.entries.insert(entry.id.clone(), Arc::clone(&entry));
        // Order: the old keys first, or the new ones that are equal would go with them.
        if let Some(old) = &old {
            self.unindex(old);
        }
        if entry.status == WaitlistStatus::Active {
            self.waiting.insert(waiting_key(&entry), Arc::clone(&entry));
        }
        if entry.status.is_open() {
            self.open_by_member.insert((entry.member_id.clone(), entry.id.clone()), entry);
        }
        old
    }

    /// Takes an entry out.
    pub(crate) fn remove(&mut self, id: &WaitlistId) -> Option<Arc<WaitlistEntry>> {
        let entry = self.entries.remove(id)?;
        self.unindex(&entry);
        Some(entry)
    }

    fn unindex(&mut self, entry: &WaitlistEntry) {
        if entry.status == WaitlistStatus::Active {
            self.waiting.remove(&waiting_key(entry));
        }
        if entry.status.is_open() {
            self.open_by_member.remove(&(entry.member_id.clone(), entry.id.clone()));
        }
    }
}

fn waiting_key(entry: &WaitlistEntry) -> Waiting {
    let wish = &entry.wish;
    (wish.date, wish.court.clone(), Reverse(wish.priority), entry.joined, entry.id.clone())
}
