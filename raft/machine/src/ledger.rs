//! The credit ledger: append-only; a balance is the sum of its entries.
//!
//! What is older than its reservation, or than the live horizon where it has none, is folded into one
//! carried number a member, so that the ledger does not grow for ever; the events of the log keep each
//! entry. One reason counts once a reservation.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::deadline::{Deadline, Due};
use crate::record::ENDED_RESERVATION_KEPT_MILLIS;
use crate::shelves::Shelves;
use crate::{CreditEntry, CreditReason, Instant, MemberId, ReservationId};

/// Place of an entry in the ledger of a facility.
pub(crate) type EntryNumber = u64;

/// All credits of a facility.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    next: EntryNumber,
    entries: Shelves<EntryNumber, Arc<CreditEntry>>,
    by_member: Shelves<(MemberId, EntryNumber), ()>,
    by_reservation: Shelves<(ReservationId, EntryNumber), ()>,
    carried: Shelves<MemberId, i64>,
}

/// The ledger in a snapshot.
// Replicated: the order and types of these fields are version 1.
#[derive(Serialize, Deserialize)]
pub(crate) struct LedgerImage {
    next: EntryNumber,
    entries: Vec<(EntryNumber, Arc<CreditEntry>)>,
    carried: Vec<(MemberId, i64)>,
}

impl LedgerImage {
    /// When the entries that no reservation takes with it are folded.
    pub(crate) fn deadlines(&self) -> impl Iterator<Item = Deadline> {
        self.entries.iter().filter_map(|(number, entry)| Some((Ledger::fold_at(entry)?, Due::FoldCredits(*number))))
    }
}

impl Ledger {
    /// Appends an entry; `None` where its reason has counted for its reservation already.
    pub(crate) fn append(&mut self, entry: CreditEntry) -> Option<EntryNumber> {
        if let Some(reservation) = &entry.reservation_id
            && self.of_reservation(reservation).any(|(_, there)| there.reason == entry.reason)
        {
            return None;
        }
        let number = self.next;
        self.next += 1;
        self.by_member.insert((entry.member_id.clone(), number), ());
        if let Some(reservation) = &entry.reservation_id {
            self.by_reservation.insert((reservation.clone(), number), ());
        }
        self.entries.insert(number, Arc::new(entry));
        Some(number)
    }

    /// The entries of a member that are not folded yet, oldest first.
    pub(crate) fn of_member(&self, member: &MemberId) -> impl Iterator<Item = &CreditEntry> {
        let from = self.by_member.seek(move |(who, _)| who < member);
        let mine = from.take_while(move |((who, _), ())| who == member);
        mine.filter_map(|((_, number), ())| self.entries.get(number)).map(AsRef::as_ref)
    }

    /// The sum of a member's entries that are folded.
    pub(crate) fn carried(&self, member: &MemberId) -> i64 {
        self.carried.get(member).copied().unwrap_or(0)
    }

    /// Folds an entry into its member's carried sum.
    pub(crate) fn fold(&mut self, number: EntryNumber) {
        if let Some(entry) = self.take(number) {
            let carried = self.carried(&entry.member_id).saturating_add(entry.amount);
            self.carried.insert(entry.member_id.clone(), carried);
        }
    }

    /// Folds the entries of a reservation that is forgotten.
    pub(crate) fn fold_reservation(&mut self, id: &ReservationId) {
        let numbers: Vec<EntryNumber> = self.of_reservation(id).map(|(number, _)| number).collect();
        numbers.into_iter().for_each(|number| self.fold(number));
    }

    /// Drops everything of a member.
    pub(crate) fn erase(&mut self, member: &MemberId) {
        let mine = self.by_member.seek(move |(who, _)| who < member);
        let numbers: Vec<EntryNumber> =
            mine.take_while(|((who, _), ())| who == member).map(|((_, number), ())| *number).collect();
        numbers.into_iter().for_each(|number| drop(self.take(number)));
        self.carried.remove(member);
    }

    /// When an entry is folded by itself; one of a reservation goes with it.
    pub(crate) fn fold_at(entry: &CreditEntry) -> Option<Instant> {
        entry.reservation_id.is_none().then(|| entry.at.plus(ENDED_RESERVATION_KEPT_MILLIS))
    }

    /// The entry of a number.
    pub(crate) fn get(&self, number: EntryNumber) -> Option<&CreditEntry> {
        self.entries.get(&number).map(AsRef::as_ref)
    }

    pub(crate) fn image(&self) -> LedgerImage {
        LedgerImage {
            next: self.next,
            entries: self.entries.iter().map(|(number, entry)| (*number, Arc::clone(entry))).collect(),
            carried: self.carried.iter().map(|(member, sum)| (member.clone(), *sum)).collect(),
        }
    }

    pub(crate) fn from_image(image: LedgerImage) -> Self {
        let LedgerImage { next, entries, carried } = image;
        let by_member = entries.iter().map(|(number, entry)| ((entry.member_id.clone(), *number), ()));
        let by_reservation =
            entries.iter().filter_map(|(number, entry)| Some(((entry.reservation_id.clone()?, *number), ())));
        Self {
            next,
            by_member: by_member.collect(),
            by_reservation: by_reservation.collect(),
            entries: entries.into_iter().collect(),
            carried: carried.into_iter().collect(),
        }
    }

    fn of_reservation(&self, id: &ReservationId) -> impl Iterator<Item = (EntryNumber, &CreditEntry)> {
        let from = self.by_reservation.seek(move |(of, _)| of < id);
        let its = from.take_while(move |((of, _), ())| of == id);
        its.filter_map(|((_, number), ())| Some((*number, self.get(*number)?)))
    }

    fn take(&mut self, number: EntryNumber) -> Option<Arc<CreditEntry>> {
        let entry = self.entries.remove(&number)?;
        self.by_member.remove(&(entry.member_id.clone(), number));
        if let Some(reservation) = &entry.reservation_id {
            self.by_reservation.remove(&(reservation.clone(), number));
        }
        Some(entry)
    }
}

/// An entry that a reservation brings.
pub(crate) fn entry_for(
    member: &MemberId,
    amount: i64,
    reason: CreditReason,
    reservation: &ReservationId,
    at: Instant,
) -> CreditEntry {
    CreditEntry { member_id: member.clone(), amount, reason, reservation_id: Some(reservation.clone()), at }
}
