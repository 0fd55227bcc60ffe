//! Reservations of some facilities in one order, from their replicas and from their histories.
//!
//! The order is total, so that every page goes on where the one before ended: newest start first, then by
//! facility and id. What a replica remembers counts for it; its history gives what it has forgotten.

use std::cmp::Reverse;

use cluster::{Facility, PastReservations, ReadError};
use machine::{CourtId, FacilityId, Instant, Interval, LocalDate, MemberId, Reservation, ReservationId};

use super::view::{NamedReservation, StatusWord};
use crate::calendar;
use crate::time::MINUTE_MILLIS;

/// Records of histories that one request looks at: about a tenth of a second where they are on the disk.
const LOOKED_AT_MAX: usize = 1_000;
/// Of each facility so many at least, so that every page gets on however many facilities there are.
const LOOKED_AT_EACH_MIN: usize = 20;
/// The longest reservation: one that began so long before a day may run into it.
const LONGEST_MILLIS: i64 = 2 * 24 * 60 * MINUTE_MILLIS;

/// Which reservations are wanted.
pub(super) struct Filter {
    pub(super) member: Option<MemberId>,
    pub(super) court: Option<CourtId>,
    /// Any where it is empty.
    pub(super) statuses: Vec<StatusWord>,
    pub(super) date: Option<LocalDate>,
}

/// Place in the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    start: Reverse<Instant>,
    pub(super) facility: FacilityId,
    pub(super) id: ReservationId,
}

/// What was found so far: the first places behind `after`.
pub(super) struct Found<'a> {
    filter: &'a Filter,
    after: Option<&'a Place>,
    /// One more than a page has.
    most: usize,
    /// Records of history to look at in each facility.
    budget: usize,
    items: Vec<(Place, NamedReservation)>,
    /// Not everything behind this place was looked at.
    upto: Option<Place>,
}

/// What a history has.
struct Past {
    admitted: Vec<Reservation>,
    /// The last one looked at, where there may be more.
    upto: Option<Place>,
}

impl Place {
    pub(super) fn new(start: Instant, facility: FacilityId, id: ReservationId) -> Self {
        Self { start: Reverse(start), facility, id }
    }

    pub(super) fn start(&self) -> Instant {
        self.start.0
    }

    fn of(facility: &FacilityId, one: &Reservation) -> Self {
        Self::new(one.slot.start, facility.clone(), one.id.clone())
    }
}

impl<'a> Found<'a> {
    /// Nothing yet, of so many facilities.
    pub(super) fn new(filter: &'a Filter, after: Option<&'a Place>, limit: usize, facilities: usize) -> Self {
        let budget = (LOOKED_AT_MAX / facilities.max(1)).max(LOOKED_AT_EACH_MIN);
        Self { filter, after, most: limit + 1, budget, items: Vec::new(), upto: None }
    }

    /// Adds what one facility has; the index of its replica.
    pub(super) async fn look_at(&mut self, facility: &Facility) -> Result<u64, ReadError> {
        let span = self.filter.span(facility);
        // Order: the history first. What the replica forgets meanwhile has been in it for long.
        let past = self.past(facility, span).await?;
        let index = facility.read(|state, index| {
            let forgotten = past.admitted.iter().filter(|one| state.reservation(&one.id).is_none());
            let here = state.reservations(None).filter(|one| self.filter.admits(one, span));
            let all = here.chain(forgotten).map(|one| (Place::of(facility.id(), one), one));
            let mut all: Vec<_> = all.filter(|(place, _)| self.after.is_none_or(|after| place > after)).collect();
            all.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
            all.truncate(self.most);
            let view = |(place, one)| (place, NamedReservation::of(facility.id(), state, one));
            self.items.extend(all.into_iter().map(view));
            index
        });
        if let Some(upto) = past.upto {
            self.upto = Some(self.upto.take().map_or(upto.clone(), |before| before.min(upto)));
        }
        self.items.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        self.items.retain(|(place, _)| self.upto.as_ref().is_none_or(|upto| place <= upto));
        self.items.truncate(self.most);
        Ok(index)
    }

    /// What was found in order, and the place up to which that is all, where there may be more behind it.
    pub(super) fn finish(self) -> (Vec<(Place, NamedReservation)>, Option<Place>) {
        (self.items, self.upto)
    }

    /// What the facility's history has, as far as it may be looked at.
    async fn past(&self, facility: &Facility, span: Option<Option<Interval>>) -> Result<Past, ReadError> {
        let mut past = Past { admitted: Vec::new(), upto: None };
        let Some(mut wanted) = self.wanted(facility.id(), span) else { return Ok(past) };
        let mut left = self.budget;
        while past.admitted.len() < self.most && left > 0 {
            wanted.limit = left.min(self.most);
            let records = facility.past_reservations(wanted.clone()).await?;
            left -= records.len().min(left);
            let is_all = records.len() < wanted.limit;
            past.upto = records.last().filter(|_| !is_all).map(|last| Place::of(facility.id(), last));
            wanted.after = records.last().map(|last| (last.slot.start, last.id.clone()));
            past.admitted.extend(records.into_iter().filter(|one| self.filter.admits(one, span)));
            if is_all {
                break;
            }
        }
        Ok(past)
    }

    /// The part of a history in which something may be that is wanted.
    fn wanted(&self, facility: &FacilityId, span: Option<Option<Interval>>) -> Option<PastReservations> {
        if !self.filter.admits_ended() {
            return None;
        }
        let (mut from, mut to, mut after) = (Instant(i64::MIN), Instant(i64::MAX), None);
        if let Some(span) = span {
            (from, to) = (span?.start.plus(-LONGEST_MILLIS), span?.end);
        }
        if let Some(place) = self.after {
            let behind = match place.facility.cmp(facility) {
                // Of the same start, those of later facilities are still to come.
                std::cmp::Ordering::Less => place.start().plus(1),
                std::cmp::Ordering::Greater => place.start(),
                std::cmp::Ordering::Equal => {
                    after = Some((place.start(), place.id.clone()));
                    place.start().plus(1)
                }
            };
            to = to.min(behind);
        }
        // Whatever begins before the last place that is shown is on a later page.
        let full = self.items.get(self.most - 1).map(|(place, _)| place);
        from = full.into_iter().chain(&self.upto).map(Place::start).fold(from, Instant::max);
        Some(PastReservations { member: self.filter.member.clone(), from, to, after, limit: 0 })
    }
}

impl Filter {
    /// The wanted day in the facility's zone: `Some(None)` for a day that there is not.
    fn span(&self, facility: &Facility) -> Option<Option<Interval>> {
        let zone = || facility.read(|state, _| state.settings().and_then(|it| calendar::zone(&it.timezone)));
        self.date.map(|date| zone().and_then(|zone| calendar::span_of(zone, date)))
    }

    fn admits(&self, one: &Reservation, span: Option<Option<Interval>>) -> bool {
        self.member.as_ref().is_none_or(|member| *member == one.member_id)
            && self.court.as_ref().is_none_or(|court| *court == one.court_id)
            && (self.statuses.is_empty() || self.statuses.contains(&StatusWord::of(one.status)))
            && span.is_none_or(|span| span.is_some_and(|span| span.overlaps(&one.slot)))
    }

    fn admits_ended(&self) -> bool {
        let is_live =
            |word: &StatusWord| matches!(word, StatusWord::Pending | StatusWord::Confirmed | StatusWord::InProgress);
        self.statuses.is_empty() || !self.statuses.iter().all(is_live)
    }
}
