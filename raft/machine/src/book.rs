//! The book: every reservation that is live or still remembered, and the ways to find one.
//!
//! Records go in and out through two verbs only, [`Book::put`] and [`Book::remove`], which keep
//! every index in step. The indexes follow from the records and are never stored.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::record::Record;
use crate::shelves::Shelves;
use crate::{CourtId, HoldId, Instant, Interval, MemberId, Reservation, ReservationId, SeriesId, Status};

/// End and name of a live claim; its key is its start.
type ClaimsByStart = Shelves<Instant, (Instant, ReservationId)>;
/// A hold that ended as one: its slot, when it ended, its name.
type EndedHold = (CourtId, Instant, Instant, ReservationId);

/// Which courts.
pub(crate) type CourtRange<'a> = (Bound<&'a CourtId>, Bound<&'a CourtId>);

/// Every reservation that is live or still remembered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    records: Shelves<ReservationId, Arc<Record>>,
    by_hold: Shelves<HoldId, ReservationId>,
    // Invariant: live claims of a court are disjoint, so their starts differ and the only claim
    // that begins earlier and still reaches into a slot is the last one before it.
    live_by_court: BTreeMap<CourtId, ClaimsByStart>,
    live_holds: Shelves<(MemberId, ReservationId), ()>,
    by_member: Shelves<(MemberId, Instant, ReservationId), ()>,
    ended_holds: Shelves<EndedHold, ()>,
    by_series: Shelves<(SeriesId, Instant, ReservationId), ()>,
}

impl Book {
    /// One record, by the reservation's id.
    pub(crate) fn get(&self, id: &ReservationId) -> Option<&Arc<Record>> {
        self.records.get(id)
    }

    /// One record, by the id of the hold it began as.
    pub(crate) fn by_hold(&self, id: &HoldId) -> Option<&Arc<Record>> {
        self.records.get(self.by_hold.get(id)?)
    }

    /// The live claim of a court that starts at `start`.
    pub(crate) fn live_at(&self, court: &CourtId, start: Instant) -> Option<&Arc<Record>> {
        let (_, id) = self.live_by_court.get(court)?.get(&start)?;
        self.records.get(id)
    }

    /// The live claims of a court that share an instant with `span`, by start; all without one.
    pub(crate) fn live_in(&self, court: &CourtId, span: Option<Interval>) -> impl Iterator<Item = &Arc<Record>> {
        self.live_by_court.get(court).into_iter().flat_map(move |claims| {
            let from = span.map(|span| first_start(claims, &span));
            let reached = move |start: &Instant| span.is_none_or(|span| *start < span.end);
            let claims = claims.seek(move |start| from.is_some_and(|from| *start < from));
            claims.take_while(move |(start, _)| reached(start)).filter_map(|(_, (_, id))| self.records.get(id))
        })
    }

    /// The courts of `range` that have or had live claims, in order.
    pub(crate) fn live_courts<'a>(&'a self, range: CourtRange<'_>) -> impl Iterator<Item = &'a CourtId> {
        self.live_by_court.range::<CourtId, _>(range).map(|(court, _)| court)
    }

    /// The live holds that a member placed; an offer is none.
    pub(crate) fn live_holds(&self, member: &MemberId) -> impl Iterator<Item = &Arc<Record>> {
        let holds = self.live_holds.seek(move |(holder, _)| holder < member);
        holds.take_while(move |((holder, _), ())| holder == member).filter_map(|((_, id), ())| self.records.get(id))
    }

    /// What a member has, or has had and not called off, that ends after `from`, by end.
    pub(crate) fn of_member(&self, member: &MemberId, from: Instant) -> impl Iterator<Item = &Arc<Record>> {
        let claims = self.by_member.seek(move |(who, end, _)| (who, *end) <= (member, from));
        claims.take_while(move |((who, _, _), ())| who == member).filter_map(|((_, _, id), ())| self.records.get(id))
    }

    /// The holds on a slot that ended as holds and are remembered, oldest end first.
    pub(crate) fn ended_holds(&self, court: &CourtId, start: Instant) -> impl Iterator<Item = &Arc<Record>> {
        let holds = self.ended_holds.seek(move |(c, s, _, _)| (c, *s) < (court, start));
        let same_slot = move |key: &EndedHold| key.0 == *court && key.1 == start;
        holds.take_while(move |(key, ())| same_slot(key)).filter_map(|(key, ())| self.records.get(&key.3))
    }

    /// The reservations of a series that are remembered, by start.
    pub(crate) fn series(&self, id: &SeriesId) -> impl Iterator<Item = &Arc<Record>> {
        let own = self.by_series.seek(move |(of, _, _)| of < id);
        own.take_while(move |((of, _, _), ())| of == id).filter_map(|(key, ())| self.records.get(&key.2))
    }

    /// The records after `after`, by id.
    pub(crate) fn records_after(&self, after: Option<&ReservationId>) -> impl Iterator<Item = &Arc<Record>> {
        self.records.seek(move |id| after.is_some_and(|after| id <= after)).map(|(_, record)| record)
    }

    /// Puts a record in, in place of an older one of the same id, which it gives back.
    pub(crate) fn put(&mut self, record: Arc<Record>) -> Option<Arc<Record>> {
        let old = self.records.get(&record.reservation.id).cloned();
        // Order: the old entries first, or the new ones of the same keys would go with them.
        if let Some(old) = &old {
            self.unindex(&old.reservation);
        }
        self.index(&record.reservation);
        self.records.insert(record.reservation.id.clone(), record);
        old
    }

    /// Takes a record out.
    pub(crate) fn remove(&mut self, id: &ReservationId) -> Option<Arc<Record>> {
        let record = self.records.remove(id)?;
        self.unindex(&record.reservation);
        Some(record)
    }

    fn index(&mut self, reservation: &Reservation) {
        let Reservation { id, court_id, member_id, slot, .. } = reservation;
        if let Some(hold) = &reservation.hold_id {
            self.by_hold.insert(hold.clone(), id.clone());
        }
        if reservation.status.is_live() {
            self.live_by_court.entry(court_id.clone()).or_default().insert(slot.start, (slot.end, id.clone()));
        }
        if is_placed_hold(reservation) {
            self.live_holds.insert((member_id.clone(), id.clone()), ());
        }
        if is_of_member(reservation) {
            self.by_member.insert((member_id.clone(), slot.end, id.clone()), ());
        }
        if let Some(key) = ended_hold(reservation) {
            self.ended_holds.insert(key, ());
        }
        if let Some(series) = &reservation.series_id {
            self.by_series.insert((series.clone(), slot.start, id.clone()), ());
        }
    }

    fn unindex(&mut self, reservation: &Reservation) {
        let Reservation { id, court_id, member_id, slot, .. } = reservation;
        if let Some(hold) = &reservation.hold_id {
            self.by_hold.remove(hold);
        }
        if reservation.status.is_live()
            && let Some(claims) = self.live_by_court.get_mut(court_id)
        {
            claims.remove(&slot.start);
        }
        if is_placed_hold(reservation) {
            self.live_holds.remove(&(member_id.clone(), id.clone()));
        }
        if is_of_member(reservation) {
            self.by_member.remove(&(member_id.clone(), slot.end, id.clone()));
        }
        if let Some(key) = ended_hold(reservation) {
            self.ended_holds.remove(&key);
        }
        if let Some(series) = &reservation.series_id {
            self.by_series.remove(&(series.clone(), slot.start, id.clone()));
        }
    }
}

/// Where a look at `span` has to begin: at the claim that reaches into it from before, or at itself.
fn first_start(claims: &ClaimsByStart, span: &Interval) -> Instant {
    match claims.last_before(|start| *start < span.start) {
        Some((start, (end, _))) if *end > span.start => *start,
        _ => span.start,
    }
}

fn is_placed_hold(reservation: &Reservation) -> bool {
    reservation.status.is_hold() && reservation.offer_of.is_none()
}

/// What counts for a member: what it has, and what has taken place or would have.
fn is_of_member(reservation: &Reservation) -> bool {
    reservation.status.is_live() || matches!(reservation.status, Status::Completed | Status::NoShow)
}

fn ended_hold(reservation: &Reservation) -> Option<EndedHold> {
    let ended_as_hold = matches!(reservation.status, Status::Expired | Status::Released);
    let ended_at = reservation.ended_at.filter(|_| ended_as_hold)?;
    Some((reservation.court_id.clone(), reservation.slot.start, ended_at, reservation.id.clone()))
}
