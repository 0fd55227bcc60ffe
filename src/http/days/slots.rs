//! The slots of a court on a local day: its grid, what is on each, and what each costs.
//!
//! Read from the calendar and the claims of the replica that was asked. It decides nothing: `bookable`
//! says what anybody without limits of their own could have, the machine says who gets it.

use chrono_tz::Tz;
use machine::{
    Block, BlockKind, CalendarDay, Claim, ClaimKind, Court, Facility, Instant, Interval, LocalDate, Settings,
};

use crate::calendar;
use crate::http::booking::availability::claim_words;
use crate::time::MINUTE_MILLIS;

/// What stands for nothing being there.
const FREE: &str = "available";
/// The words for what is there, the most lasting first: a slot may meet several.
const WORDS: [&str; 3] = ["maintenance", "reserved", "pending"];

/// A day of a facility, ready to be looked at court by court.
pub(super) struct Day<'a> {
    facility: &'a Facility,
    settings: &'a Settings,
    zone: Tz,
    calendar: &'a CalendarDay,
    now: Instant,
}

/// One slot of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) interval: Interval,
    /// `available`, `pending`, `reserved` or `maintenance`.
    pub(super) status: &'static str,
    /// In minor units; `None` where the court has no price.
    pub(super) price_cents: Option<u64>,
    /// Whether it can be a part of a booking made now.
    pub(super) bookable: bool,
}

impl<'a> Day<'a> {
    /// `None` where the calendar does not reach.
    pub(super) fn of(facility: &'a Facility, date: LocalDate, now: Instant) -> Option<Self> {
        let settings = facility.settings()?;
        let zone = calendar::zone(&settings.timezone)?;
        Some(Self { facility, settings, zone, calendar: facility.calendar_day(date)?, now })
    }

    /// The whole grid of a court. What is left of an opening after its last whole slot is shown too, so
    /// that slots and openings add up; it is not bookable.
    pub(super) fn slots(&self, court: &Court) -> Vec<Slot> {
        let grid = self.grid(court);
        let claims = self.claims(court, &grid);
        let slot = |interval: Interval| Slot {
            interval,
            status: status(&claims, &interval),
            price_cents: self.price_cents(court, &interval),
            bookable: interval.millis() == self.calendar.slot_millis && self.is_bookable(court, &claims, &interval),
        };
        grid.into_iter().map(slot).collect()
    }

    /// What a court has free of that length, wholly within `window`, in order.
    pub(super) fn free(&self, court: &Court, minutes: u32, window: &Interval) -> Vec<Interval> {
        let grid = self.grid(court);
        let claims = self.claims(court, &grid);
        let millis = i64::from(minutes) * MINUTE_MILLIS;
        let from = |slot: Interval| Interval { start: slot.start, end: slot.start.plus(millis) };
        let fits = |slot: &Interval| {
            window.contains(slot) && self.calendar.opening_of(slot).is_some() && self.is_bookable(court, &claims, slot)
        };
        grid.into_iter().map(from).filter(fits).collect()
    }

    /// Whether anything of that length can be booked here.
    pub(super) fn takes(&self, minutes: u32) -> bool {
        let Settings { slot_minutes, min_duration_minutes, max_duration_minutes, .. } = self.settings;
        minutes.is_multiple_of((*slot_minutes).max(1))
            && (*min_duration_minutes..=*max_duration_minutes).contains(&minutes)
    }

    /// What a slot costs.
    pub(super) fn price_cents(&self, court: &Court, slot: &Interval) -> Option<u64> {
        self.facility.rate_cents(court, slot)
    }

    /// The grid of the day's openings, and of what blocks add to them: that has a grid of its own, which gives
    /// way where it meets the other.
    fn grid(&self, court: &Court) -> Vec<Interval> {
        let mut grid: Vec<Interval> = self.calendar.open.iter().flat_map(|opening| self.steps(*opening)).collect();
        let extended = |block: &&Block| block.kind == BlockKind::Extended && block.is_on(&court.id);
        let times = self.facility.blocks(Some(self.calendar.span)).filter(extended).flat_map(|block| &block.times);
        let of_day = times.filter(|time| self.calendar.span.start <= time.start && time.start < self.calendar.span.end);
        let added: Vec<Interval> = of_day.flat_map(|time| self.steps(*time)).collect();
        for slot in added {
            if !grid.iter().any(|there| there.overlaps(&slot)) {
                grid.push(slot);
            }
        }
        grid.sort_unstable();
        grid
    }

    fn steps(&self, opening: Interval) -> impl Iterator<Item = Interval> + use<> {
        let step = self.calendar.slot_millis.max(1);
        let starts = std::iter::successors(Some(opening.start), move |start| Some(start.plus(step)));
        let starts = starts.take_while(move |start| *start < opening.end);
        starts.map(move |start| Interval { start, end: start.plus(step).min(opening.end) })
    }

    fn claims(&self, court: &Court, grid: &[Interval]) -> Vec<Claim> {
        let buffer = self.buffer_millis();
        let bounds = grid.first().zip(grid.last());
        let span = bounds.map(|(first, last)| Interval {
            start: first.start.plus(-buffer),
            end: last.end.plus(buffer + self.longest_millis()),
        });
        span.map_or_else(Vec::new, |span| self.facility.claims(Some(&court.id), Some(span)))
    }

    fn longest_millis(&self) -> i64 {
        i64::from(self.settings.max_duration_minutes) * MINUTE_MILLIS
    }

    fn is_bookable(&self, court: &Court, claims: &[Claim], slot: &Interval) -> bool {
        let buffer = self.buffer_millis();
        // A block needs no time to change over.
        let reach = |claim: &Claim| match claim.kind {
            ClaimKind::Block { .. } => *slot,
            ClaimKind::Hold { .. } | ClaimKind::Reservation => {
                Interval { start: slot.start.plus(-buffer), end: slot.end.plus(buffer) }
            }
        };
        let today = calendar::date_at(self.zone, self.now);
        let days_ahead = calendar::days_between(today, calendar::date_at(self.zone, slot.start));
        self.settings.active
            && court.active
            && slot.start >= self.now
            && days_ahead <= self.settings.advance_booking_days
            && !claims.iter().any(|claim| claim.slot.overlaps(&reach(claim)))
    }

    fn buffer_millis(&self) -> i64 {
        i64::from(self.settings.buffer_minutes) * MINUTE_MILLIS
    }
}

fn status(claims: &[Claim], slot: &Interval) -> &'static str {
    let there = claims.iter().filter(|claim| claim.slot.overlaps(slot)).map(|claim| claim_words(&claim.kind).0);
    there.min_by_key(|word| WORDS.iter().position(|known| known == word)).unwrap_or(FREE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{parse_date, parse_instant};
    use machine::{Actor, Command, CourtId, CreateFacility, Envelope, LocalHours, RequestId, apply};

    fn court(id: &str) -> Court {
        Court {
            price_per_slot_cents: Some(1000),
            peak_price_cents: Some(3000),
            ..Court::new(CourtId::parse(id).unwrap(), id, "tennis")
        }
    }

    /// A club that is open all day long, with the calendar of one date.
    fn club(zone: &str, date: LocalDate, change: impl FnOnce(&mut Settings)) -> Facility {
        let mut settings = Settings::new("Club", "club", zone);
        settings.opening_hours = std::array::from_fn(|_| vec![LocalHours { open: 0, close: 1440 }]);
        change(&mut settings);
        let days = calendar::days(&settings, calendar::zone(zone).unwrap(), date, 1);
        let now = days.first().map_or(Instant(0), |day| day.span.start);
        let envelope = Envelope {
            now,
            term: 1,
            actor: Actor::System,
            request: RequestId { principal: "test".to_owned(), key: "1".to_owned() },
            fingerprint: 0,
            remember_millis: 0,
            command: Command::CreateFacility(Box::new(CreateFacility { settings, days })),
        };
        let mut facility = Facility::default();
        apply(&mut facility, 1, &envelope).reply.unwrap();
        facility
    }

    #[test]
    fn slots_add_up_to_the_openings_on_every_day_the_clocks_change() {
        for (zone, date, minutes) in [
            ("America/Los_Angeles", "2026-03-08", 23 * 60),
            ("America/Los_Angeles", "2026-11-01", 25 * 60),
            ("Europe/London", "2026-03-29", 23 * 60),
            ("Europe/London", "2026-10-25", 25 * 60),
            // By half an hour: the last slot is cut short.
            ("Australia/Lord_Howe", "2026-10-04", 23 * 60 + 30),
            ("Australia/Lord_Howe", "2026-04-05", 24 * 60 + 30),
            ("Asia/Kathmandu", "2026-03-29", 24 * 60),
            // Nepal's last change, by a quarter of an hour.
            ("Asia/Kathmandu", "1986-01-01", 23 * 60 + 45),
            ("Pacific/Apia", "2026-04-05", 24 * 60),
            // The last days on which Samoa changed its clocks, and the one that it left out.
            ("Pacific/Apia", "2020-09-27", 23 * 60),
            ("Pacific/Apia", "2021-04-04", 25 * 60),
            ("Pacific/Apia", "2011-12-30", 0),
        ] {
            let date = parse_date(date).unwrap();
            let facility = club(zone, date, |_| {});
            let day = facility.calendar_day(date).unwrap();
            let opened: i64 = day.open.iter().map(|open| open.end.0 - open.start.0).sum();
            assert_eq!(opened, minutes * MINUTE_MILLIS, "{zone} {date}");
            let grid = Day::of(&facility, date, facility.now()).unwrap().slots(&court("c"));
            assert_eq!(grid.iter().map(|slot| slot.interval.millis()).sum::<i64>(), opened, "{zone} {date}");
            assert!(grid.windows(2).all(|two| two[0].interval.end == two[1].interval.start), "{zone} {date}");
            let whole = usize::try_from(minutes / 60).unwrap();
            assert_eq!(grid.iter().filter(|slot| slot.bookable).count(), whole, "{zone} {date}");
            assert_eq!(grid.len() - whole, usize::from(minutes % 60 != 0), "{zone} {date}");
        }
    }

    #[test]
    fn prime_hours_cost_what_they_cost_and_only_their_part() {
        let date = parse_date("2026-06-01").unwrap();
        let facility = club("Europe/London", date, |settings| {
            let hours = LocalHours { open: 17 * 60, close: 19 * 60 + 30 };
            settings.peak_hours = vec![machine::PeakHours { days: vec![0], hours }];
        });
        let day = Day::of(&facility, date, facility.now()).unwrap();
        let prices: Vec<Option<u64>> = day.slots(&court("c"))[16..21].iter().map(|slot| slot.price_cents).collect();
        assert_eq!(prices, [Some(1000), Some(3000), Some(3000), Some(2000), Some(1000)]);
        let prices = |court: &Court| -> Vec<Option<u64>> {
            day.slots(court)[16..21].iter().map(|slot| slot.price_cents).collect()
        };
        let prime_only = Court { price_per_slot_cents: None, ..court("c") };
        assert_eq!(prices(&prime_only), [Some(0), Some(3000), Some(3000), Some(1500), Some(0)]);
        assert_eq!(prices(&Court { peak_price_cents: None, ..prime_only }), [None; 5]);
    }

    #[test]
    fn what_has_begun_or_is_beyond_the_window_is_not_bookable() {
        let date = parse_date("2026-06-01").unwrap();
        let facility = club("Europe/London", date, |_| {});
        let bookable = |now: &str| {
            let day = Day::of(&facility, date, parse_instant(now).unwrap()).unwrap();
            day.slots(&court("c")).iter().filter(|slot| slot.bookable).count()
        };
        assert_eq!(bookable("2026-06-01T10:00:00+01:00"), 14);
        assert_eq!(bookable("2026-06-01T10:00:01+01:00"), 13);
        assert_eq!(bookable("2026-05-18T10:00:00+01:00"), 24);
        assert_eq!(bookable("2026-05-17T23:59:00+01:00"), 0);
    }

    #[test]
    fn what_is_free_lies_within_the_window_whole() {
        let date = parse_date("2026-06-01").unwrap();
        let facility = club("Europe/London", date, |_| {});
        let day = Day::of(&facility, date, facility.now()).unwrap();
        let zone = calendar::zone("Europe/London").unwrap();
        let starts = |from, to, minutes| -> Vec<i64> {
            let window = calendar::window(zone, date, from, to).unwrap();
            let slots = day.free(&court("c"), minutes, &window);
            slots.iter().map(|slot| (slot.start.0 - facility.now().0) / MINUTE_MILLIS / 60).collect()
        };
        assert_eq!(starts(Some(18 * 60), Some(21 * 60), 60), [18, 19, 20]);
        assert_eq!(starts(Some(18 * 60), Some(21 * 60), 120), [18, 19]);
        assert_eq!(starts(Some(18 * 60 + 30), None, 60), [19, 20, 21, 22, 23]);
        assert_eq!(starts(Some(22 * 60), Some(2 * 60), 60), [22, 23]);
        assert_eq!(starts(None, None, 60).len(), 24);
        assert!(day.takes(120) && !day.takes(180) && !day.takes(90));
    }
}
