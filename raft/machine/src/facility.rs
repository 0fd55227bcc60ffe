//! The state of one facility: plain records in ordered maps, the index of live claims, deadlines.
//!
//! The public part reads. The crate's own part has the few verbs through which commands change the
//! state; each keeps records, indexes and deadlines in step.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::answer::{Answers, KeptAnswer};
use crate::blocks::Blocks;
use crate::book::Book;
use crate::deadline::{Deadline, Deadlines};
use crate::horizon::Horizon;
use crate::ledger::Ledger;
use crate::outbox::Outbox;
use crate::record::Record;
use crate::shelves::Shelves;
use crate::waitlist::{Changes, Waitlist};
use crate::{
    Accepted, CalendarDay, Claim, ClaimKind, Court, CourtId, Digest, Envelope, HoldId, Instant, Interval, LocalDate,
    Member, MemberId, Promotion, Rejection, RequestId, Reservation, ReservationId, SeriesId, Settings,
};

/// The state of one facility. Changed only by [`crate::apply`]. Cheap to clone: a copy shares what
/// neither has written since.
#[derive(Clone, Debug, Default)]
pub struct Facility {
    pub(crate) now: Instant,
    pub(crate) index: u64,
    pub(crate) settings: Option<Arc<Settings>>,
    pub(crate) horizon: Horizon,
    pub(crate) courts: BTreeMap<CourtId, Arc<Court>>,
    pub(crate) members: Shelves<MemberId, Arc<Member>>,
    pub(crate) book: Book,
    pub(crate) ledger: Ledger,
    pub(crate) answers: Answers,
    pub(crate) deadlines: Deadlines,
    pub(crate) waitlist: Waitlist,
    pub(crate) blocks: Blocks,
    pub(crate) outbox: Outbox,
    /// Members by telephone; follows from their records.
    pub(crate) phones: Shelves<(String, MemberId), ()>,
    /// What has changed for those who wait: empty between two envelopes, and in no snapshot.
    pub(crate) changes: Changes,
}

impl Facility {
    /// The machine's time: the greatest `now` it ever saw.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Log index of the last envelope that was applied; 0 before the first.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The settings; `None` until the facility is created.
    pub fn settings(&self) -> Option<&Settings> {
        self.settings.as_deref()
    }

    /// All courts, by id.
    pub fn courts(&self) -> impl Iterator<Item = &Court> {
        self.courts.values().map(Arc::as_ref)
    }

    /// One court.
    pub fn court(&self, id: &CourtId) -> Option<&Court> {
        self.courts.get(id).map(Arc::as_ref)
    }

    /// One reservation, live or ended and still remembered.
    pub fn reservation(&self, id: &ReservationId) -> Option<&Reservation> {
        self.book.get(id).map(|record| &record.reservation)
    }

    /// All reservations, live or ended and still remembered, by id, after `after`.
    pub fn reservations(&self, after: Option<&ReservationId>) -> impl Iterator<Item = &Reservation> {
        self.book.records_after(after).map(|record| &record.reservation)
    }

    /// The reservation that a hold is, or became, live or ended and still remembered.
    pub fn hold(&self, id: &HoldId) -> Option<&Reservation> {
        self.book.by_hold(id).map(|record| &record.reservation)
    }

    /// The page that a reservation is to be paid on, as its provider calls it; `None` where none is open.
    pub fn checkout(&self, id: &ReservationId) -> Option<&str> {
        self.book.get(id)?.checkout.as_deref()
    }

    /// The reservations of a series, live or ended and still remembered, by start.
    pub fn series(&self, id: &SeriesId) -> impl Iterator<Item = &Reservation> {
        self.book.series(id).map(|record| &record.reservation)
    }

    /// Live claims that are not over at [`Facility::now`], by court and start; of one court or all,
    /// and only those that share an instant with `span` where one is given.
    pub fn claims(&self, court: Option<&CourtId>, span: Option<Interval>) -> Vec<Claim> {
        // Everything due was settled when `now` last moved, so what is indexed as live is live.
        let from = court.map_or(Bound::Unbounded, Bound::Included);
        let courts = self.book.live_courts((from, from));
        let records = courts.flat_map(|court| self.book.live_in(court, span));
        let mut claims: Vec<Claim> = records.map(|record| claim(&record.reservation)).collect();
        let booked = claims.len();
        claims.extend(self.blocked(court, span));
        if claims.len() > booked {
            claims.sort_by(|a, b| (&a.court_id, a.slot.start).cmp(&(&b.court_id, b.slot.start)));
        }
        claims
    }

    /// One day of the calendar.
    pub fn calendar_day(&self, date: LocalDate) -> Option<&CalendarDay> {
        self.horizon.day(date)
    }

    /// The last day of the calendar.
    pub fn calendar_end(&self) -> Option<LocalDate> {
        self.horizon.days().next_back().map(|day| day.date)
    }

    /// The earliest deadline at which somebody has to be told; what is only to be forgotten waits
    /// for the next command.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.next_told()
    }

    /// The earliest instant at which something is only to be forgotten.
    pub fn next_to_forget(&self) -> Option<Instant> {
        self.deadlines.next_silent()
    }

    /// Whether a request was accepted and its answer is still kept.
    pub fn has_answered(&self, request: &RequestId) -> bool {
        self.answers.get(request).is_some_and(|kept| self.now < kept.until)
    }

    /// The digest of the whole state. It encodes all of it: for checks, not for every command.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_snapshot())
    }
}

impl Facility {
    /// Puts a reservation in, in place of the one of its id.
    pub(crate) fn put_record(&mut self, record: Record) {
        let deadline = record.deadline();
        let record = Arc::new(record);
        let old = self.book.put(Arc::clone(&record));
        self.note_record(old.as_ref().map(|old| &old.reservation), Some(&record.reservation));
        self.change_deadline(old.and_then(|old| old.deadline()), deadline);
    }

    /// Takes a reservation out.
    pub(crate) fn remove_record(&mut self, id: &ReservationId) -> Option<Arc<Record>> {
        let record = self.book.remove(id)?;
        self.note_record(Some(&record.reservation), None);
        self.change_deadline(record.deadline(), None);
        self.ledger.fold_reservation(id);
        Some(record)
    }

    /// A reservation that is there, or that there is none.
    pub(crate) fn known_reservation(&self, id: &ReservationId) -> Result<Reservation, Rejection> {
        self.reservation(id).cloned().ok_or(Rejection::ReservationUnknown)
    }

    /// Puts a reservation in that had another id before.
    pub(crate) fn rename_record(&mut self, old: &ReservationId, record: Record) {
        if *old != record.reservation.id
            && let Some(old) = self.book.remove(old)
        {
            self.change_deadline(old.deadline(), None);
        }
        self.put_record(record);
    }

    /// Keeps with a cancelled reservation who got its slot.
    pub(crate) fn note_promotion(&mut self, id: &ReservationId, promotion: &Promotion) {
        if let Some(mut record) = self.book.get(id).map(|record| Record::clone(record))
            && let Some(assessment) = &mut record.assessment
        {
            assessment.promotion = Some(promotion.clone());
            self.put_record(record);
        }
    }

    /// Puts a deadline in the place of another.
    pub(crate) fn change_deadline(&mut self, old: Option<Deadline>, new: Option<Deadline>) {
        if old != new {
            old.iter().for_each(|old| self.deadlines.remove(old));
            new.into_iter().for_each(|new| self.deadlines.add(new));
        }
    }

    /// Keeps the answer to an envelope for as long as it asks.
    pub(crate) fn keep_answer(&mut self, envelope: &Envelope, accepted: &Accepted) {
        if envelope.remember_millis <= 0 {
            return;
        }
        let request = Arc::new(envelope.request.clone());
        let until = self.now.plus(envelope.remember_millis);
        let (fingerprint, accepted) = (envelope.fingerprint, accepted.clone());
        let answer = Arc::new(KeptAnswer { request, fingerprint, accepted, until });
        self.deadlines.add(answer.deadline());
        self.answers.keep(answer);
    }
}

fn claim(reservation: &Reservation) -> Claim {
    let kind = match reservation.hold_expiry.filter(|_| reservation.status.is_hold()) {
        Some(expiry) => ClaimKind::Hold { expiry },
        None => ClaimKind::Reservation,
    };
    let Reservation { court_id, slot, id, .. } = reservation;
    Claim { court_id: court_id.clone(), slot: *slot, kind, reservation_id: Some(id.clone()) }
}
