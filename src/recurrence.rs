//! Recurrence rules (RFC 5545) as instants: the wall time stays, whatever clocks do.
//!
//! A rule is expanded over wall time, which knows no zone, and each wall time is then looked up in the
//! facility's zone. One that the clocks skip is left out and told; one that comes twice takes the first.

use chrono::{NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use machine::{Instant, Interval};
use rrule::{Frequency, RRule, RRuleSet, Unvalidated};

use crate::calendar;
use crate::time::MINUTE_MILLIS;

/// The longest rule, in characters.
const RULE_CHARS_MAX: usize = 500;
/// The longest step from one period to the next: nobody means every thousandth week.
const INTERVAL_MAX: u16 = 1000;
/// How iCalendar writes a wall time.
const WALL_FORMAT: &str = "%Y%m%dT%H%M%S";

/// Why a text is no rule.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RuleError {
    /// Too long, or nothing that RFC 5545 knows.
    #[error("must be a recurrence rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=TU")]
    Malformed,
    /// More often than daily.
    #[error("must be DAILY, WEEKLY, MONTHLY or YEARLY")]
    TooFrequent,
    /// Too far from one to the next.
    #[error("INTERVAL must be 1 to 1000")]
    Interval,
}

/// How long each time of a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// By the wall clock: what ends at midnight always does.
    Wall,
    /// In elapsed time: an hour is an hour.
    Elapsed,
}

/// A rule with the time it begins with.
#[derive(Clone, Debug)]
pub(crate) struct Recurrence {
    rule: String,
    start: NaiveDateTime,
    end: NaiveDateTime,
    length: Length,
}

/// The times of a rule, up to a horizon.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Times {
    /// Those that there are, in order.
    pub(crate) times: Vec<Interval>,
    /// Local times that the clocks skip, `YYYY-MM-DDTHH:MM`.
    pub(crate) nonexistent: Vec<String>,
}

impl Recurrence {
    /// Reads a rule; its wall time is that of `first`.
    pub(crate) fn new(rule: &str, first: Interval, zone: Tz, length: Length) -> Result<Self, RuleError> {
        let (start, end) = (calendar::wall_at(zone, first.start), calendar::wall_at(zone, first.end));
        let recurrence = Self { rule: rule.trim().to_ascii_uppercase(), start, end, length };
        recurrence.set(zone).map(|_| recurrence)
    }

    /// As iCalendar text: all that is needed to go on later.
    pub(crate) fn to_text(&self) -> String {
        let (start, end) = (self.start.format(WALL_FORMAT), self.end.format(WALL_FORMAT));
        format!("DTSTART:{start}\nDTEND:{end}\nRRULE:{}", self.rule)
    }

    /// From [`Recurrence::to_text`]'s words, with lengths by the wall clock.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let wall = |name| NaiveDateTime::parse_from_str(value(name)?, WALL_FORMAT).ok();
        let (start, end) = (wall("DTSTART")?, wall("DTEND")?);
        Some(Self { rule: value("RRULE")?.to_owned(), start, end, length: Length::Wall })
    }

    /// The rule alone.
    pub(crate) fn rule(&self) -> &str {
        &self.rule
    }

    /// The times that begin within `span`, `most` at most.
    pub(crate) fn times(&self, zone: Tz, span: Interval, most: usize) -> Times {
        let mut found = Times::default();
        let Ok(set) = self.set(zone) else { return found };
        let until = calendar::wall_at(zone, span.end);
        for start in set.into_iter().map(|at| at.naive_utc()) {
            if start > until || found.times.len() >= most {
                break;
            }
            match self.time(zone, start) {
                Some(time) if time.start >= span.start && time.start < span.end => found.times.push(time),
                None if start >= calendar::wall_at(zone, span.start) => {
                    found.nonexistent.push(start.format("%Y-%m-%dT%H:%M").to_string());
                }
                Some(_) | None => {}
            }
        }
        found
    }

    fn time(&self, zone: Tz, wall: NaiveDateTime) -> Option<Interval> {
        let start = calendar::instant_of(zone, wall)?;
        let length = self.end - self.start;
        let end = match self.length {
            Length::Wall => calendar::instant_after(zone, wall + length)?,
            Length::Elapsed => start.plus(length.num_minutes() * MINUTE_MILLIS),
        };
        (start < end).then_some(Interval { start, end })
    }

    /// The rule over wall time: as if the zone were one that never changes its clocks.
    fn set(&self, zone: Tz) -> Result<RRuleSet, RuleError> {
        if self.rule.len() > RULE_CHARS_MAX {
            return Err(RuleError::Malformed);
        }
        let rule: RRule<Unvalidated> = wall_until(&self.rule, zone)?.parse().map_err(|_| RuleError::Malformed)?;
        if matches!(rule.get_freq(), Frequency::Hourly | Frequency::Minutely | Frequency::Secondly) {
            return Err(RuleError::TooFrequent);
        }
        let times_of_day = [rule.get_by_hour().len(), rule.get_by_minute().len(), rule.get_by_second().len()];
        if times_of_day.iter().any(|given| *given > 0) {
            return Err(RuleError::TooFrequent);
        }
        if !(1..=INTERVAL_MAX).contains(&rule.get_interval()) {
            return Err(RuleError::Interval);
        }
        let start = self.start.and_utc().with_timezone(&rrule::Tz::UTC);
        let rule = rule.validate(start).map_err(|_| RuleError::Malformed)?;
        Ok(RRuleSet::new(start).rrule(rule).limit())
    }
}

/// The rule with its UNTIL as a wall time: an instant is looked up in the zone, a date means all of that day.
fn wall_until(rule: &str, zone: Tz) -> Result<String, RuleError> {
    let part = |part: &str| {
        let Some(until) = part.strip_prefix("UNTIL=") else { return Some(part.to_owned()) };
        let wall = match until.strip_suffix('Z') {
            Some(utc) => {
                let at = NaiveDateTime::parse_from_str(utc, WALL_FORMAT).ok()?.and_utc();
                calendar::wall_at(zone, Instant(at.timestamp_millis()))
            }
            None if until.len() == 8 => {
                let date = chrono::NaiveDate::parse_from_str(until, "%Y%m%d").ok()?;
                date.and_time(NaiveTime::MIN) + TimeDelta::days(1) - TimeDelta::seconds(1)
            }
            None => NaiveDateTime::parse_from_str(until, WALL_FORMAT).ok()?,
        };
        Some(format!("UNTIL={}Z", wall.format(WALL_FORMAT)))
    };
    let parts: Option<Vec<String>> = rule.split(';').map(part).collect();
    parts.map(|parts| parts.join(";")).ok_or(RuleError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Utc, parse_instant};

    fn interval(start: &str, minutes: i64) -> Interval {
        let start = parse_instant(start).unwrap();
        Interval { start, end: start.plus(minutes * MINUTE_MILLIS) }
    }

    fn expand(zone: &str, rule: &str, first: Interval, until: &str, length: Length) -> (Vec<String>, Vec<String>) {
        let zone = calendar::zone(zone).unwrap();
        let span = Interval { start: first.start, end: parse_instant(until).unwrap() };
        let times = Recurrence::new(rule, first, zone, length).unwrap().times(zone, span, 400);
        let shown = |time: &Interval| format!("{}/{}", Utc(time.start), time.millis() / MINUTE_MILLIS);
        (times.times.iter().map(shown).collect(), times.nonexistent)
    }

    #[test]
    fn the_wall_time_stays_over_a_change_of_clocks() {
        let first = interval("2026-03-01T18:00:00-08:00", 60);
        let (times, gone) =
            expand("America/Los_Angeles", "FREQ=WEEKLY;COUNT=3", first, "2027-01-01T00:00:00Z", Length::Elapsed);
        assert_eq!(times, ["2026-03-02T02:00:00Z/60", "2026-03-09T01:00:00Z/60", "2026-03-16T01:00:00Z/60"]);
        assert_eq!(gone, Vec::<String>::new());
    }

    #[test]
    fn a_skipped_time_is_left_out_and_a_doubled_one_takes_the_first() {
        let first = interval("2026-03-07T02:30:00-08:00", 60);
        let (times, gone) =
            expand("America/Los_Angeles", "FREQ=DAILY;COUNT=3", first, "2027-01-01T00:00:00Z", Length::Elapsed);
        assert_eq!(times, ["2026-03-07T10:30:00Z/60", "2026-03-09T09:30:00Z/60"]);
        assert_eq!(gone, ["2026-03-08T02:30"]);
        let autumn = interval("2026-10-31T01:30:00-07:00", 60);
        let (times, _) =
            expand("America/Los_Angeles", "FREQ=DAILY;COUNT=2", autumn, "2027-01-01T00:00:00Z", Length::Elapsed);
        assert_eq!(times, ["2026-10-31T08:30:00Z/60", "2026-11-01T08:30:00Z/60"]);
    }

    #[test]
    fn what_lasts_by_the_wall_clock_ends_by_it() {
        // A whole day, every day: 24, 23 and 24 hours.
        let first = interval("2026-03-28T00:00:00Z", 1440);
        let (times, _) = expand("Europe/London", "FREQ=DAILY;COUNT=3", first, "2027-01-01T00:00:00Z", Length::Wall);
        assert_eq!(times, ["2026-03-28T00:00:00Z/1440", "2026-03-29T00:00:00Z/1380", "2026-03-29T23:00:00Z/1440"]);
    }

    #[test]
    fn a_rule_ends_with_its_count_its_until_or_the_horizon() {
        let first = interval("2026-06-01T18:00:00+01:00", 60);
        let count = |rule: &str| expand("Europe/London", rule, first, "2026-07-01T00:00:00Z", Length::Elapsed).0.len();
        assert_eq!(count("FREQ=DAILY"), 30);
        assert_eq!(count("freq=weekly;byday=mo,we"), 9);
        assert_eq!(count("FREQ=DAILY;COUNT=4"), 4);
        // Until that evening, in three spellings; a second earlier is a day less.
        assert_eq!(count("FREQ=DAILY;UNTIL=20260603"), 3);
        assert_eq!(count("FREQ=DAILY;UNTIL=20260603T180000"), 3);
        assert_eq!(count("FREQ=DAILY;UNTIL=20260603T170000Z"), 3);
        assert_eq!(count("FREQ=DAILY;UNTIL=20260603T165959Z"), 2);
        assert_eq!(count("FREQ=MONTHLY;BYDAY=-1TU"), 1);
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        let (first, zone) = (interval("2026-06-01T18:00:00Z", 60), calendar::zone("UTC").unwrap());
        let why = |rule: &str| Recurrence::new(rule, first, zone, Length::Wall).unwrap_err();
        let long = format!("FREQ=DAILY;BYMONTH={}", "1,".repeat(300));
        let rules = [
            "",
            "weekly",
            "FREQ=",
            "FREQ=DAILY;BYDAY=XX",
            "FREQ=DAILY;UNTIL=soon",
            "FREQ=DAILY;COUNT=-1",
            "FREQ=DAILY;BYMONTH=13",
            "FREQ=DAILY;UNTIL=20200101",
            long.as_str(),
        ];
        for rule in rules {
            assert_eq!(why(rule), RuleError::Malformed, "{rule}");
        }
        for rule in ["FREQ=HOURLY", "FREQ=SECONDLY", "FREQ=DAILY;BYHOUR=8,9"] {
            assert_eq!(why(rule), RuleError::TooFrequent, "{rule}");
        }
        assert_eq!(why("FREQ=DAILY;INTERVAL=1001"), RuleError::Interval);
    }

    #[test]
    fn a_rule_goes_on_from_its_text() {
        let (first, zone) = (interval("2026-06-01T18:00:00Z", 90), calendar::zone("Asia/Kathmandu").unwrap());
        let rule = Recurrence::new("FREQ=WEEKLY;INTERVAL=2", first, zone, Length::Wall).unwrap();
        let again = Recurrence::from_text(&rule.to_text()).unwrap();
        let span = |from: &str| Interval {
            start: parse_instant(from).unwrap(),
            end: parse_instant("2026-08-01T00:00:00Z").unwrap(),
        };
        assert_eq!(again.rule(), "FREQ=WEEKLY;INTERVAL=2");
        assert_eq!(
            again.times(zone, span("2026-06-01T00:00:00Z"), 400),
            rule.times(zone, span("2026-06-01T00:00:00Z"), 400)
        );
        let later = again.times(zone, span("2026-06-20T00:00:00Z"), 400).times;
        assert_eq!(Utc(later[0].start).to_string(), "2026-06-29T18:00:00Z");
        assert!(Recurrence::from_text("RRULE:FREQ=DAILY").is_none());
    }
}
