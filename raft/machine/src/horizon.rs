//! The calendar of a facility: its days, and the way from an instant to the opening it lies in.
//!
//! Days come from the proposer as instants. This file finds the day and opening of a slot in them; it
//! knows no time zone and never works a local hour out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::record::ENDED_RESERVATION_KEPT_MILLIS;
use crate::time::DAY_MILLIS;
use crate::{CalendarDay, Instant, Interval, LocalDate};

/// Before every date.
const FIRST_DATE: LocalDate = LocalDate { year: i16::MIN, month: 0, day: 0 };
/// After every date.
const LAST_DATE: LocalDate = LocalDate { year: i16::MAX, month: u8::MAX, day: u8::MAX };
/// An opening closes at most a day after the midnight that ends its day (`LocalHours`), so only
/// the day that a slot begins on and the one before can have its opening.
const DAYS_LOOKED_AT: usize = 2;

/// The days of a facility.
#[derive(Clone, Debug, Default)]
pub(crate) struct Horizon {
    days: BTreeMap<LocalDate, Arc<CalendarDay>>,
    by_start: BTreeSet<(Instant, LocalDate)>,
}

impl Horizon {
    /// Adds days, each in place of an older one of its date, and drops those that are long over.
    /// Says whether anything is different now.
    pub(crate) fn extend(&mut self, days: &[CalendarDay], now: Instant) -> bool {
        let before = self.days.clone();
        for day in days {
            self.put(Arc::new(day.clone()));
        }
        self.days.retain(|_, day| day.span.end.plus(ENDED_RESERVATION_KEPT_MILLIS) > now);
        self.by_start.retain(|(_, date)| self.days.contains_key(date));
        self.days != before
    }

    /// Puts one day in.
    pub(crate) fn put(&mut self, day: Arc<CalendarDay>) {
        self.by_start.insert((day.span.start, day.date));
        if let Some(old) = self.days.insert(day.date, Arc::clone(&day))
            && old.span.start != day.span.start
        {
            self.by_start.remove(&(old.span.start, old.date));
        }
    }

    /// One day.
    pub(crate) fn day(&self, date: LocalDate) -> Option<&CalendarDay> {
        self.days.get(&date).map(Arc::as_ref)
    }

    /// All days, by date.
    pub(crate) fn days(&self) -> impl DoubleEndedIterator<Item = &Arc<CalendarDay>> {
        self.days.values()
    }

    /// The opening that a slot lies in, wholly. One that runs past midnight belongs to the day on
    /// which it began.
    pub(crate) fn opening_of(&self, slot: &Interval) -> Option<(&CalendarDay, &Interval)> {
        self.days_until(slot.start).find_map(|day| Some((day, day.opening_of(slot)?)))
    }

    /// The opening that an instant lies in.
    pub(crate) fn opening_at(&self, at: Instant) -> Option<(&CalendarDay, &Interval)> {
        self.opening_of(&Interval { start: at, end: at.plus(1) })
    }

    /// The openings of the day that `at` is on.
    pub(crate) fn openings_on_day_of(&self, at: Instant) -> &[Interval] {
        self.day_of(at).map_or(&[], |day| &day.open)
    }

    /// The day that `at` is on, midnight to midnight.
    pub(crate) fn day_of(&self, at: Instant) -> Option<&CalendarDay> {
        self.days_until(at).find(|day| day.span.start <= at && at < day.span.end)
    }

    /// The local date that `at` is on.
    pub(crate) fn date_of(&self, at: Instant) -> Option<LocalDate> {
        self.day_of(at).map(|day| day.date)
    }

    /// How much of `slot` lies in prime hours.
    pub(crate) fn prime_millis(&self, slot: &Interval) -> i64 {
        // Prime hours, as openings, may run on into the day after the one they belong to.
        let near = self.by_start.range(..(slot.end, LAST_DATE)).rev().filter_map(|(_, date)| self.day(*date));
        let near = near.take_while(|day| day.span.end.plus(DAY_MILLIS) > slot.start);
        near.flat_map(|day| &day.prime).map(|prime| prime.shared_millis(slot)).sum()
    }

    /// The length of a slot on the day whose opening `at` lies in, or that it is on.
    pub(crate) fn slot_millis_at(&self, at: Instant) -> Option<i64> {
        let day = self.opening_at(at).map(|(day, _)| day).or_else(|| self.day_of(at))?;
        Some(day.slot_millis)
    }

    /// The days that may have an opening which shares an instant with `span`, the earliest first.
    pub(crate) fn days_meeting(&self, span: Interval) -> impl Iterator<Item = &CalendarDay> {
        let first = self.days_until(span.start).last().map_or(span.start, |day| day.span.start);
        let days = self.by_start.range((first, FIRST_DATE)..).take_while(move |(start, _)| *start < span.end);
        days.filter_map(|(_, date)| self.day(*date))
    }

    fn days_until(&self, at: Instant) -> impl Iterator<Item = &CalendarDay> {
        let begun = self.by_start.range(..=(at, LAST_DATE)).rev().take(DAYS_LOOKED_AT);
        begun.filter_map(|(_, date)| self.day(*date))
    }
}
