//! The book: every reservation that is live or still remembered, and the ways to find one.
//!
//! Records go in and out through two verbs only, [`Book::put`] and [`Book::remove`], which keep
//! every index in step. The indexes follow from the records and are never stored. Each has the record
//! itself and not its id: whoever finds one by court or member looks nothing up twice.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::record::Record;
use crate::shelves::Shelves;
use crate::{CourtId, HoldId, Instant, Interval, MemberId, Reservation, ReservationId, SeriesId, Status};

/// The live claims of a court.
type ClaimsByStart = Shelves<Instant, Arc<Record>>;
/// A hold that a member placed.
type PlacedHold = (MemberId, ReservationId);
/// What counts for a member, by its end.
type OfMember = (MemberId, Instant, ReservationId);
/// One of a series, by its start.
type OfSeries = (SeriesId, Instant, ReservationId);
/// A hold that ended as one: its slot, when it ended, its name.
type EndedHold = (CourtId, Instant, Instant, ReservationId);

/// Which courts.
pub(crate) type CourtRange<'a> = (Bound<&'a CourtId>, Bound<&'a CourtId>);

/// Every reservation that is live or still remembered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    records: Shelves<ReservationId, Arc<Record>>,
    by_hold: Shelves<HoldId, Arc<Record>>,
    // Invariant: live claims of a court are disjoint, so their starts differ and the only claim
    // that begins earlier and still reaches into a slot is the last one before it.
    live_by_court: BTreeMap<CourtId, ClaimsByStart>,
    live_holds: Shelves<PlacedHold, Arc<Record>>,
    by_member: Shelves<OfMember, Arc<Record>>,
    ended_holds: Shelves<EndedHold, Arc<Record>>,
    by_series: Shelves<OfSeries, Arc<Record>>,
}

impl Book {
    /// One record, by the reservation's id.
    pub(crate) fn get(&self, id: &ReservationId) -> Option<&Arc<Record>> {
        self.records.get(id)
    }

    /// One record, by the id of the hold it began as.
    pub(crate) fn by_hold(&self, id: &HoldId) -> Option<&Arc<Record>> {
        self.by_hold.get(id)
    }

    /// The live claim of a court that starts at `start`.
    pub(crate) fn live_at(&self, court: &CourtId, start: Instant) -> Option<&Arc<Record>> {
        self.live_by_court.get(court)?.get(&start)
    }

    /// The live claims of a court that share an instant with `span`, by start; all without one.
    pub(crate) fn live_in(&self, court: &CourtId, span: Option<Interval>) -> impl Iterator<Item = &Arc<Record>> {
        self.live_by_court.get(court).into_iter().flat_map(move |claims| {
            let from = span.map(|span| first_start(claims, &span));
            let reached = move |start: &Instant| span.is_none_or(|span| *start < span.end);
            let claims = claims.seek(move |start| from.is_some_and(|from| *start < from));
            claims.take_while(move |(start, _)| reached(start)).map(|(_, record)| record)
        })
    }

    /// `span` and the live claims of a court next to it on both sides: what was and will be free there.
    pub(crate) fn with_neighbours(&self, court: &CourtId, span: Interval) -> Interval {
        let Some(claims) = self.live_by_court.get(court) else { return Interval::EVER };
        let before = claims.last_before(|start| *start < span.start);
        let after = claims.seek(move |start| *start < span.end).next();
        let slot = |found: Option<(&Instant, &Arc<Record>)>| found.map(|(_, record)| record.reservation.slot);
        Interval {
            start: slot(before).map_or(Interval::EVER.start, |before| before.start),
            end: slot(after).map_or(Interval::EVER.end, |after| after.end),
        }
    }

    /// The courts of `range` that have or had live claims, in order.
    pub(crate) fn live_courts<'a>(&'a self, range: CourtRange<'_>) -> impl Iterator<Item = &'a CourtId> {
        self.live_by_court.range::<CourtId, _>(range).map(|(court, _)| court)
    }

    /// The live holds that a member placed; an offer is none.
    pub(crate) fn live_holds(&self, member: &MemberId) -> impl Iterator<Item = &Arc<Record>> {
        let holds = self.live_holds.seek(move |(holder, _)| holder < member);
        holds.take_while(move |((holder, _), _)| holder == member).map(|(_, record)| record)
    }

    /// What a member has, or has had and not called off, that ends after `from`, by end.
    pub(crate) fn of_member(&self, member: &MemberId, from: Instant) -> impl Iterator<Item = &Arc<Record>> {
        let claims = self.by_member.seek(move |(who, end, _)| (who, *end) <= (member, from));
        claims.take_while(move |((who, _, _), _)| who == member).map(|(_, record)| record)
    }

    /// The holds on a slot that ended as holds and are remembered, oldest end first.
    pub(crate) fn ended_holds(&self, court: &CourtId, start: Instant) -> impl Iterator<Item = &Arc<Record>> {
        let holds = self.ended_holds.seek(move |(c, s, _, _)| (c, *s) < (court, start));
        let same_slot = move |key: &EndedHold| key.0 == *court && key.1 == start;
        holds.take_while(move |(key, _)| same_slot(key)).map(|(_, record)| record)
    }

    /// The reservations of a series that are remembered, by start.
    pub(crate) fn series(&self, id: &SeriesId) -> impl Iterator<Item = &Arc<Record>> {
        let own = self.by_series.seek(move |(of, _, _)| of < id);
        own.take_while(move |((of, _, _), _)| of == id).map(|(_, record)| record)
    }

    /// The records after `after`, by id.
    pub(crate) fn records_after(&self, after: Option<&ReservationId>) -> impl Iterator<Item = &Arc<Record>> {
        self.records.seek(move |id| after.is_some_and(|after| id <= after)).map(|(_, record)| record)
    }

    /// Puts a record in, in place of an older one of the same id, which it gives back.
    pub(crate) fn put(&mut self, record: Arc<Record>) -> Option<Arc<Record>> {
        let old = self.records.insert(record.reservation.id.clone(), Arc::clone(&record));
        self.index(old.as_deref(), Some(&record));
        old
    }

    /// Takes a record out.
    pub(crate) fn remove(&mut self, id: &ReservationId) -> Option<Arc<Record>> {
        let record = self.records.remove(id)?;
        self.index(Some(&record), None);
        Some(record)
    }

    /// Puts a record in every index in place of an older one. Most changes leave most keys as they are.
    fn index(&mut self, old: Option<&Record>, new: Option<&Arc<Record>>) {
        put_under(&mut self.by_hold, key_of_hold, old, new);
        put_under(&mut self.live_holds, key_of_placed, old, new);
        put_under(&mut self.by_member, key_of_member, old, new);
        put_under(&mut self.ended_holds, key_of_ended_hold, old, new);
        put_under(&mut self.by_series, key_of_series, old, new);
        let before = old.and_then(|old| live(&old.reservation));
        let after = new.and_then(|new| Some((live(&new.reservation)?, new)));
        if let Some((court, start)) = before.filter(|before| after.is_none_or(|(after, _)| after != *before))
            && let Some(claims) = self.live_by_court.get_mut(court)
        {
            claims.remove(&start);
        }
        if let Some(((court, start), record)) = after {
            self.live_by_court.entry(court.clone()).or_default().insert(start, Arc::clone(record));
        }
    }
}

impl FromIterator<Arc<Record>> for Book {
    /// A book of records of which no two have one id, as a snapshot has them.
    fn from_iter<T: IntoIterator<Item = Arc<Record>>>(records: T) -> Self {
        let records: Vec<Arc<Record>> = records.into_iter().collect();
        let mut live_by_court: BTreeMap<CourtId, Vec<(Instant, Arc<Record>)>> = BTreeMap::new();
        for (record, (court, start)) in records.iter().filter_map(|it| Some((it, live(&it.reservation)?))) {
            live_by_court.entry(court.clone()).or_default().push((start, Arc::clone(record)));
        }
        Self {
            by_hold: all_under(key_of_hold, &records),
            live_by_court: live_by_court.into_iter().map(|(court, all)| (court, all.into_iter().collect())).collect(),
            live_holds: all_under(key_of_placed, &records),
            by_member: all_under(key_of_member, &records),
            ended_holds: all_under(key_of_ended_hold, &records),
            by_series: all_under(key_of_series, &records),
            records: records.into_iter().map(|record| (record.reservation.id.clone(), record)).collect(),
        }
    }
}

/// Puts a record in one index, in place of what stood there under its old key.
fn put_under<K: Ord + Clone>(
    index: &mut Shelves<K, Arc<Record>>,
    key: fn(&Reservation) -> Option<K>,
    old: Option<&Record>,
    new: Option<&Arc<Record>>,
) {
    let (before, after) = (old.and_then(|it| key(&it.reservation)), new.and_then(|it| key(&it.reservation)));
    if let Some(before) = before.filter(|before| after.as_ref() != Some(before)) {
        index.remove(&before);
    }
    if let Some((after, new)) = after.zip(new) {
        index.insert(after, Arc::clone(new));
    }
}

/// One index of all records at once.
fn all_under<K: Ord + Clone>(key: fn(&Reservation) -> Option<K>, records: &[Arc<Record>]) -> Shelves<K, Arc<Record>> {
    records.iter().filter_map(|record| Some((key(&record.reservation)?, Arc::clone(record)))).collect()
}

fn live(reservation: &Reservation) -> Option<(&CourtId, Instant)> {
    reservation.status.is_live().then_some((&reservation.court_id, reservation.slot.start))
}

fn key_of_hold(reservation: &Reservation) -> Option<HoldId> {
    reservation.hold_id.clone()
}

fn key_of_placed(reservation: &Reservation) -> Option<PlacedHold> {
    let placed = reservation.status.is_hold() && reservation.offer_of.is_none();
    placed.then(|| (reservation.member_id.clone(), reservation.id.clone()))
}

/// What counts for a member: what it has, and what has taken place or would have.
fn key_of_member(reservation: &Reservation) -> Option<OfMember> {
    let counts = reservation.status.is_live() || matches!(reservation.status, Status::Completed | Status::NoShow);
    counts.then(|| (reservation.member_id.clone(), reservation.slot.end, reservation.id.clone()))
}

fn key_of_ended_hold(reservation: &Reservation) -> Option<EndedHold> {
    let ended_as_hold = matches!(reservation.status, Status::Expired | Status::Released);
    let ended_at = reservation.ended_at.filter(|_| ended_as_hold)?;
    Some((reservation.court_id.clone(), reservation.slot.start, ended_at, reservation.id.clone()))
}

fn key_of_series(reservation: &Reservation) -> Option<OfSeries> {
    Some((reservation.series_id.clone()?, reservation.slot.start, reservation.id.clone()))
}

/// Where a look at `span` has to begin: at the claim that reaches into it from before, or at itself.
fn first_start(claims: &ClaimsByStart, span: &Interval) -> Instant {
    #[cfg(feature = "planted-bugs")]
    if crate::planted::is(crate::Planted::EarlierClaimForgotten) {
        return span.start;
    }
    match claims.last_before(|start| *start < span.start) {
        Some((start, record)) if record.reservation.slot.end > span.start => *start,
        _ => span.start,
    }
}
