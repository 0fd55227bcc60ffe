//! A facility's local hours as instants: the one place that consults the time-zone table.
//!
//! The machine is handed whole [`CalendarDay`]s, so replicas with different tables cannot differ.
//! A wall time that the clocks skip counts as the first one after the gap; one that comes twice
//! opens at its first and closes at its last, so that a court is open whenever the wall clock says so.

use chrono::{DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;
use machine::{CalendarDay, Instant, Interval, LocalDate, LocalHours, Settings};

use crate::time::{MINUTE_MILLIS, WallClock};

/// Days beyond the booking window that the calendar reaches (`booking.md` 1).
pub const HORIZON_DAYS_BEYOND_WINDOW: u32 = 30;

/// The longest a zone ever skipped: Samoa left out a whole day.
const GAP_MINUTES_MAX: i64 = 25 * 60;

/// Minutes of a local day, by the wall clock.
const DAY_MINUTES: u16 = 24 * 60;

/// The zone of that IANA name.
pub fn zone(name: &str) -> Option<Tz> {
    name.parse().ok()
}

/// The local date at an instant.
pub fn date_at(zone: Tz, at: Instant) -> LocalDate {
    let utc = DateTime::from_timestamp_millis(at.0).unwrap_or(DateTime::UNIX_EPOCH);
    local_date(utc.with_timezone(&zone).date_naive())
}

/// From local midnight to the next; `None` for a date beyond the calendar.
pub fn span_of(zone: Tz, date: LocalDate) -> Option<Interval> {
    let day = naive_date(date)?;
    let next = day.checked_add_days(Days::new(1))?;
    let midnight = |day: NaiveDate| resolve(zone, day.and_hms_opt(0, 0, 0)?, Pass::First);
    Some(Interval { start: midnight(day)?, end: midnight(next)? })
}

/// The days from `from` on, `count` of them, as the settings open them.
pub fn days(settings: &Settings, zone: Tz, from: LocalDate, count: u32) -> Vec<CalendarDay> {
    let first = naive_date(from);
    let date = |ahead: u32| first?.checked_add_days(Days::new(u64::from(ahead)));
    (0..count).filter_map(|ahead| day(settings, zone, date(ahead)?)).collect()
}

/// The instants of a date that lie between two local times; what is left out is open. A `to` that is not
/// after `from` is one of the next day.
pub(crate) fn window(zone: Tz, date: LocalDate, from: Option<u16>, to: Option<u16>) -> Option<Interval> {
    let day = naive_date(date)?;
    let open = from.unwrap_or(0);
    let close = to.map(|to| if to <= open { to + DAY_MINUTES } else { to });
    let span = span_of(zone, date)?;
    // Openings may run into the next day and no further.
    let whole = LocalHours { open, close: close.unwrap_or(2 * DAY_MINUTES) };
    let window = interval(zone, day, whole)?;
    Some(if from.is_none() { Interval { start: span.start.min(window.start), ..window } } else { window })
}

/// Why a local time is no instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WallError {
    /// The clocks skip it.
    #[error("there is no such local time on that day: the clocks skip it")]
    Nonexistent,
    /// The clocks show it twice.
    #[error("that local time comes twice on that day: say which by an offset, as in 01:30-07:00")]
    Ambiguous,
}

/// The instant of a local time, if there is exactly one, or the one with the offset that it names.
pub(crate) fn local_instant(zone: Tz, date: LocalDate, clock: WallClock) -> Result<Instant, WallError> {
    let midnight = naive_date(date).and_then(|day| day.and_hms_opt(0, 0, 0)).ok_or(WallError::Nonexistent)?;
    let wall = midnight + TimeDelta::minutes(i64::from(clock.minutes));
    let has_offset = |at: &DateTime<Tz>| {
        clock.offset_minutes.is_none_or(|minutes| at.offset().fix().local_minus_utc() == minutes * 60)
    };
    let found = zone.from_local_datetime(&wall);
    let mut instants = [found.earliest(), found.latest()].into_iter().flatten().filter(has_offset);
    let first = instants.next().ok_or(WallError::Nonexistent)?;
    match instants.next() {
        Some(last) if last != first => Err(WallError::Ambiguous),
        _ => Ok(Instant(first.timestamp_millis())),
    }
}

/// What the clocks show at an instant.
pub(crate) fn wall_at(zone: Tz, at: Instant) -> NaiveDateTime {
    let utc = DateTime::from_timestamp_millis(at.0).unwrap_or(DateTime::UNIX_EPOCH);
    utc.with_timezone(&zone).naive_local()
}

/// Minutes after midnight that the clocks show at an instant.
pub(crate) fn minute_at(zone: Tz, at: Instant) -> u16 {
    let wall = wall_at(zone, at);
    u16::try_from(wall.hour() * 60 + wall.minute()).expect("a day has 1440 minutes by the clock")
}

/// The instant of a wall time, the first where it comes twice; `None` where the clocks skip it.
pub(crate) fn instant_of(zone: Tz, wall: NaiveDateTime) -> Option<Instant> {
    zone.from_local_datetime(&wall).earliest().map(|at| Instant(at.timestamp_millis()))
}

/// The instant at which a wall time is over: the last where it comes twice, the first after it where the
/// clocks skip it.
pub(crate) fn instant_after(zone: Tz, wall: NaiveDateTime) -> Option<Instant> {
    resolve(zone, wall, Pass::Last)
}

/// The days from today on, as far as the calendar should reach, `now` being the time.
pub fn coming_days(settings: &Settings, zone: Tz, now: Instant) -> Vec<CalendarDay> {
    let today = date_at(zone, now);
    days(settings, zone, today, days_between(today, horizon(settings, today)) + 1)
}

/// The last day that the calendar should have, `today` being the local date.
pub fn horizon(settings: &Settings, today: LocalDate) -> LocalDate {
    plus_days(today, settings.advance_booking_days.saturating_add(HORIZON_DAYS_BEYOND_WINDOW))
}

/// The date `count` days later.
pub(crate) fn plus_days(date: LocalDate, count: u32) -> LocalDate {
    let later = naive_date(date).and_then(|day| day.checked_add_days(Days::new(u64::from(count))));
    later.map_or(date, local_date)
}

/// How many days `to` is after `from`; 0 where it is not after.
pub(crate) fn days_between(from: LocalDate, to: LocalDate) -> u32 {
    let days = naive_date(from).zip(naive_date(to)).map_or(0, |(from, to)| (to - from).num_days());
    u32::try_from(days).unwrap_or(0)
}

fn day(settings: &Settings, zone: Tz, date: NaiveDate) -> Option<CalendarDay> {
    let local = local_date(date);
    let weekday = date.weekday().num_days_from_monday();
    let hours = match settings.opening_exceptions.get(&local) {
        Some(hours) => hours,
        None => &settings.opening_hours[weekday as usize],
    };
    let is_today = |days: &[u8]| days.iter().any(|day| u32::from(*day) == weekday);
    let prime = settings.peak_hours.iter().filter(|peak| is_today(&peak.days)).map(|peak| &peak.hours);
    Some(CalendarDay {
        date: local,
        span: span_of(zone, local)?,
        open: intervals(zone, date, hours),
        slot_millis: i64::from(settings.slot_minutes) * MINUTE_MILLIS,
        prime: intervals(zone, date, prime),
    })
}

/// Local hours of a date as instants: in order, disjoint, what touches joined.
fn intervals<'a>(zone: Tz, date: NaiveDate, hours: impl IntoIterator<Item = &'a LocalHours>) -> Vec<Interval> {
    let mut all: Vec<Interval> = hours.into_iter().filter_map(|hours| interval(zone, date, *hours)).collect();
    all.sort_unstable();
    let mut joined: Vec<Interval> = Vec::with_capacity(all.len());
    for next in all {
        match joined.last_mut() {
            Some(last) if next.start <= last.end => last.end = last.end.max(next.end),
            _ => joined.push(next),
        }
    }
    joined
}

fn interval(zone: Tz, date: NaiveDate, hours: LocalHours) -> Option<Interval> {
    let at = |minutes: u16| date.and_hms_opt(0, 0, 0)?.checked_add_signed(TimeDelta::minutes(i64::from(minutes)));
    let start = resolve(zone, at(hours.open)?, Pass::First)?;
    let end = resolve(zone, at(hours.close)?, Pass::Last)?;
    (start < end).then_some(Interval { start, end })
}

/// Which of two passes of an hour that comes twice.
#[derive(Clone, Copy)]
enum Pass {
    First,
    Last,
}

fn resolve(zone: Tz, wall: NaiveDateTime, pass: Pass) -> Option<Instant> {
    let instant = |at: DateTime<Tz>| Some(Instant(at.timestamp_millis()));
    match (zone.from_local_datetime(&wall), pass) {
        (LocalResult::Single(at), _) => instant(at),
        (LocalResult::Ambiguous(first, _), Pass::First) => instant(first),
        (LocalResult::Ambiguous(_, last), Pass::Last) => instant(last),
        (LocalResult::None, _) => {
            let later = (1..=GAP_MINUTES_MAX).map(|minutes| wall + TimeDelta::minutes(minutes));
            later.filter_map(|wall| zone.from_local_datetime(&wall).earliest()).next().and_then(instant)
        }
    }
}

fn naive_date(date: LocalDate) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))
}

fn local_date(date: NaiveDate) -> LocalDate {
    let year = i16::try_from(date.year()).unwrap_or(i16::MAX);
    let small = |part: u32| u8::try_from(part).expect("months and days of chrono are below 32");
    LocalDate { year, month: small(date.month()), day: small(date.day()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{parse_date, parse_instant};

    const HOUR: i64 = 60 * MINUTE_MILLIS;

    fn of(zone_name: &str, date: &str, open: u16, close: u16) -> CalendarDay {
        let mut settings = Settings::new("Club", "club", zone_name);
        settings.opening_hours = std::array::from_fn(|_| vec![LocalHours { open, close }]);
        days(&settings, zone(zone_name).unwrap(), parse_date(date).unwrap(), 1).remove(0)
    }

    fn utc(text: &str) -> Instant {
        parse_instant(text).unwrap()
    }

    #[test]
    fn a_day_is_as_long_as_the_zone_makes_it() {
        for (zone, date, minutes) in [
            ("America/Los_Angeles", "2026-03-08", 23 * 60),
            ("America/Los_Angeles", "2026-11-01", 25 * 60),
            ("America/Los_Angeles", "2026-06-01", 24 * 60),
            ("Europe/London", "2026-03-29", 23 * 60),
            ("Europe/London", "2026-10-25", 25 * 60),
            // Lord Howe moves its clocks by half an hour.
            ("Australia/Lord_Howe", "2026-10-04", 23 * 60 + 30),
            ("Australia/Lord_Howe", "2026-04-05", 24 * 60 + 30),
        ] {
            let whole = of(zone, date, 0, 1440);
            assert_eq!(whole.span.millis(), minutes * MINUTE_MILLIS, "{zone} {date}");
            assert_eq!(whole.open, vec![whole.span], "{zone} {date}");
        }
    }

    #[test]
    fn hours_follow_the_wall_clock_over_a_change() {
        let spring = of("America/Los_Angeles", "2026-03-08", 360, 1320);
        assert_eq!(spring.open[0].start, utc("2026-03-08T06:00:00-07:00"));
        assert_eq!(spring.open[0].millis(), 16 * HOUR);
        let autumn = of("Europe/London", "2026-10-25", 0, 360);
        assert_eq!(autumn.open[0].start, utc("2026-10-25T00:00:00+01:00"));
        assert_eq!(autumn.open[0].millis(), 7 * HOUR);
    }

    #[test]
    fn an_opening_past_midnight_belongs_to_the_day_it_began_on() {
        let before = of("America/Los_Angeles", "2026-10-31", 18 * 60, 26 * 60);
        assert_eq!(before.open[0].start, utc("2026-10-31T18:00:00-07:00"));
        assert_eq!(before.open[0].end, utc("2026-11-01T02:00:00-08:00"));
        assert_eq!(before.open[0].millis(), 9 * HOUR);
    }

    #[test]
    fn a_skipped_time_is_the_first_after_the_gap_and_a_doubled_one_closes_last() {
        let gap = of("America/Los_Angeles", "2026-03-08", 150, 600);
        assert_eq!(gap.open[0].start, utc("2026-03-08T03:00:00-07:00"));
        let twice = of("America/Los_Angeles", "2026-11-01", 0, 90);
        assert_eq!(twice.open[0].end, utc("2026-11-01T01:30:00-08:00"));
        // Midnight itself is skipped in Cairo.
        assert_eq!(of("Africa/Cairo", "2026-04-24", 0, 1440).span.millis(), 23 * HOUR);
        // A day that never was is empty.
        assert_eq!(of("Pacific/Apia", "2011-12-30", 0, 1440).open, Vec::new());
    }

    #[test]
    fn exceptions_win_and_openings_are_joined() {
        let mut settings = Settings::new("Club", "club", "Europe/London");
        let (christmas, boxing) = (parse_date("2026-12-25").unwrap(), parse_date("2026-12-26").unwrap());
        settings.opening_exceptions.insert(christmas, Vec::new());
        let parts = [(720, 780), (600, 660), (660, 690)].map(|(open, close)| LocalHours { open, close });
        settings.opening_exceptions.insert(boxing, parts.to_vec());
        let days = days(&settings, zone("Europe/London").unwrap(), christmas, 2);
        assert_eq!(days[0].open, Vec::new());
        let millis: Vec<i64> = days[1].open.iter().map(|open| open.millis() / MINUTE_MILLIS).collect();
        assert_eq!(millis, vec![90, 60]);
    }

    #[test]
    fn a_local_time_is_one_instant_or_says_why_not() {
        let at = |zone_name: &str, date: &str, clock: &str| {
            let clock = crate::time::parse_wall_clock(clock).unwrap();
            local_instant(zone(zone_name).unwrap(), parse_date(date).unwrap(), clock)
        };
        let angeles = "America/Los_Angeles";
        assert_eq!(at(angeles, "2026-06-01", "18:00"), Ok(utc("2026-06-01T18:00:00-07:00")));
        assert_eq!(at(angeles, "2026-06-01", "24:00"), Ok(utc("2026-06-02T00:00:00-07:00")));
        assert_eq!(at(angeles, "2026-03-08", "02:30"), Err(WallError::Nonexistent));
        assert_eq!(at(angeles, "2026-11-01", "01:30"), Err(WallError::Ambiguous));
        assert_eq!(at(angeles, "2026-11-01", "01:30-07:00"), Ok(utc("2026-11-01T01:30:00-07:00")));
        assert_eq!(at(angeles, "2026-11-01", "01:30-08:00"), Ok(utc("2026-11-01T01:30:00-08:00")));
        // An offset that does not hold then.
        assert_eq!(at(angeles, "2026-06-01", "18:00-08:00"), Err(WallError::Nonexistent));
        assert_eq!(at("Australia/Lord_Howe", "2026-10-04", "02:15"), Err(WallError::Nonexistent));
        assert_eq!(at("Europe/London", "2026-10-25", "01:00Z"), Ok(utc("2026-10-25T01:00:00Z")));
    }

    #[test]
    fn dates_are_local() {
        let at = utc("2026-12-01T07:30:00Z");
        assert_eq!(date_at(zone("America/Los_Angeles").unwrap(), at).to_string(), "2026-11-30");
        assert_eq!(date_at(zone("Europe/London").unwrap(), at).to_string(), "2026-12-01");
        let (from, to) = (parse_date("2026-02-27").unwrap(), parse_date("2026-03-02").unwrap());
        assert_eq!(days_between(from, to), 3);
        assert_eq!(days_between(to, from), 0);
        assert_eq!(plus_days(from, 3), to);
    }
}
