//! Local days and times as people write them, and the instants they mean.
//!
//! A wall time that the clocks skip is an error of the script. One that comes twice names its pass by the
//! zone's abbreviation in brackets, `01:30[PDT]`, on the way in and on the way out.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Offset, TimeZone, Timelike};
use chrono_tz::{OffsetName, Tz};
use courtd::calendar;
use machine::{Instant, Interval, LocalDate};

use crate::phrase::Phrase;

const MINUTE_MILLIS: i64 = 60_000;

/// The wall clock of a club.
#[derive(Clone, Copy, Debug)]
pub struct Wall {
    zone: Tz,
    /// What time it is: what `today` and `tomorrow` hang on.
    pub now: Instant,
}

impl Wall {
    /// The wall clock of that zone.
    pub fn new(zone: &str) -> Result<Self, String> {
        let zone = calendar::zone(zone).ok_or_else(|| format!("\"{zone}\" is no time zone"))?;
        Ok(Self { zone, now: Instant(0) })
    }

    /// The zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// Takes a day off the phrase: a date, `today`, `tomorrow`, or today where there is none.
    pub fn day(&self, phrase: &mut Phrase<'_>) -> Result<LocalDate, String> {
        let today = calendar::date_at(self.zone, self.now);
        if phrase.eat("today") {
            return Ok(today);
        }
        if phrase.eat("tomorrow") {
            return Ok(local(naive(today) + Days::new(1)));
        }
        if phrase.rest().as_bytes().get(4) == Some(&b'-') {
            let word = phrase.word()?.trim_end_matches(':');
            return NaiveDate::parse_from_str(word, "%Y-%m-%d")
                .map(local)
                .map_err(|_| format!("\"{word}\" is no date"));
        }
        Ok(today)
    }

    /// Takes a day and a time off the phrase.
    pub fn instant(&self, phrase: &mut Phrase<'_>) -> Result<Instant, String> {
        let day = self.day(phrase)?;
        self.at(day, phrase.word()?)
    }

    /// Takes a day and two times off the phrase: `tomorrow 10:00-11:00`. An end that is not after the start
    /// is on the next day; whoever means the same day says `11:00 back to 10:00`.
    pub fn slot(&self, phrase: &mut Phrase<'_>) -> Result<Interval, String> {
        let day = self.day(phrase)?;
        let word = phrase.word()?;
        if phrase.eat("back to") {
            return Ok(Interval { start: self.at(day, word)?, end: self.at(day, phrase.word()?)? });
        }
        let (from, to) = split_times(word).ok_or_else(|| format!("\"{word}\" is not like 10:00-11:00"))?;
        let start = self.at(day, from)?;
        let next = || self.at(local(naive(day) + Days::new(1)), to);
        let end = match self.at(day, to) {
            Ok(end) if end > start => end,
            _ => next()?,
        };
        Ok(Interval { start, end })
    }

    /// The instant of a time of a day; `24:00` is its end.
    pub fn at(&self, day: LocalDate, time: &str) -> Result<Instant, String> {
        let (clock, pass) = match time.split_once('[') {
            Some((clock, pass)) => (clock, Some(pass.trim_end_matches(']'))),
            None => (time, None),
        };
        let wall = match clock {
            "24:00" => (naive(day) + Days::new(1)).and_time(NaiveTime::MIN),
            clock => {
                let format = if clock.len() > 5 { "%H:%M:%S" } else { "%H:%M" };
                let clock =
                    NaiveTime::parse_from_str(clock, format).map_err(|_| format!("\"{time}\" is no time of day"))?;
                naive(day).and_time(clock)
            }
        };
        let found = self.zone.from_local_datetime(&wall);
        let passes = [found.earliest(), found.latest()];
        let meant = passes.iter().flatten().find(|at| pass.is_none_or(|pass| name(at) == pass));
        match (passes, meant) {
            ([Some(first), Some(last)], _) if first != last && pass.is_none() => {
                Err(format!("{day} {time} comes twice: say {clock}[{}] or {clock}[{}]", name(&first), name(&last)))
            }
            (_, Some(at)) => Ok(Instant(at.timestamp_millis())),
            ([None, _], _) => Err(format!("{day} {time} does not exist: the clocks skip it")),
            _ => Err(format!("{day} {time}: there is no such pass")),
        }
    }

    /// The whole of a day, from midnight to midnight.
    pub fn whole(&self, day: LocalDate) -> Result<Interval, String> {
        calendar::span_of(self.zone, day).ok_or_else(|| format!("{day} is beyond the calendar"))
    }

    /// Minutes after midnight of a time, as settings have it.
    pub fn minutes(time: &str) -> Result<u16, String> {
        let wrong = || format!("\"{time}\" is no time of day");
        let (hours, minutes) = time.split_once(':').ok_or_else(wrong)?;
        let (hours, minutes): (u16, u16) = (hours.parse().map_err(|_| wrong())?, minutes.parse().map_err(|_| wrong())?);
        if minutes < 60 && hours <= 24 { Ok(hours * 60 + minutes) } else { Err(wrong()) }
    }

    /// The same wall time some days later.
    pub fn days_later(&self, slot: Interval, days: u32) -> Result<Interval, String> {
        let later = |at: Instant| {
            let wall = self.local(at).naive_local() + Days::new(u64::from(days));
            let at = self.zone.from_local_datetime(&wall).earliest().ok_or_else(|| format!("{wall} does not exist"))?;
            Ok::<Instant, String>(Instant(at.timestamp_millis()))
        };
        Ok(Interval { start: later(slot.start)?, end: later(slot.end)? })
    }

    /// Minutes since midnight of an instant's wall time.
    pub fn minute_of(&self, at: Instant) -> u16 {
        let wall = self.local(at).time();
        u16::try_from(wall.num_seconds_from_midnight() / 60).expect("a day has 1440 minutes")
    }

    /// The local date of an instant.
    pub fn date_of(&self, at: Instant) -> LocalDate {
        calendar::date_at(self.zone, at)
    }

    /// An instant as a time of day, with its pass where the clock shows it twice.
    pub fn show(&self, at: Instant) -> String {
        let local = self.local(at);
        let format = if at.0 % MINUTE_MILLIS == 0 { "%H:%M" } else { "%H:%M:%S" };
        let twice = self.zone.from_local_datetime(&local.naive_local());
        let clock = local.format(format);
        if twice.earliest() == twice.latest() { clock.to_string() } else { format!("{clock}[{}]", name(&local)) }
    }

    /// An interval as `10:00-11:00`; an end at midnight is `24:00`.
    pub fn show_slot(&self, slot: Interval) -> String {
        let end = match self.show(slot.end) {
            midnight if midnight == "00:00" => "24:00".to_owned(),
            other => other,
        };
        format!("{}-{end}", self.show(slot.start))
    }

    fn local(&self, at: Instant) -> DateTime<Tz> {
        DateTime::from_timestamp_millis(at.0).expect("an instant of these centuries").with_timezone(&self.zone)
    }
}

/// The two times of `10:00-11:00`; a dash inside brackets belongs to a zone.
fn split_times(word: &str) -> Option<(&str, &str)> {
    let mut inside = false;
    let dash = word.find(|c| {
        inside = (inside || c == '[') && c != ']';
        c == '-' && !inside
    })?;
    Some((&word[..dash], &word[dash + 1..]))
}

/// The abbreviation of the offset: `PDT`; `+11:00` where a zone has none.
fn name(at: &DateTime<Tz>) -> String {
    let offset = at.offset();
    offset.abbreviation().map_or_else(|| offset.fix().to_string(), str::to_owned)
}

fn naive(day: LocalDate) -> NaiveDate {
    NaiveDate::from_ymd_opt(i32::from(day.year), u32::from(day.month), u32::from(day.day))
        .expect("a date of the calendar")
}

fn local(day: NaiveDate) -> LocalDate {
    let small = |number: u32| u8::try_from(number).expect("months and days are small");
    LocalDate {
        year: i16::try_from(day.year()).expect("years are small"),
        month: small(day.month()),
        day: small(day.day()),
    }
}
