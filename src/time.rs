//! Instants, local dates and local times as clients write them.
//!
//! A time on the way in is RFC 3339 with an offset, checked to the letter here because lenient
//! parsers are how one slot gets two names. On the way out it is UTC with `Z`.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, Timelike};
use machine::{Instant, LocalDate};
use serde::{Serialize, Serializer};

/// Milliseconds of a minute.
pub(crate) const MINUTE_MILLIS: i64 = 60_000;

/// Why a text is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TimeError {
    /// Nothing says which instant the wall clock means.
    #[error("a time needs an offset: Z or ±HH:MM")]
    NoOffset,
    /// Not RFC 3339, or a date or hour that does not exist.
    #[error("not an RFC 3339 time such as 2026-12-01T18:00:00Z")]
    Malformed,
    /// Finer than the service counts.
    #[error("times are whole milliseconds")]
    TooFine,
}

/// Reads an RFC 3339 time: the same instant for every spelling of it.
pub(crate) fn parse_instant(text: &str) -> Result<Instant, TimeError> {
    let bytes = text.as_bytes();
    let date = text.get(..10).and_then(date_of).ok_or(TimeError::Malformed)?;
    let separated = bytes.get(10) == Some(&b'T') && bytes.get(13) == Some(&b':');
    let (Some(hour), Some(minute), true) = (two_digits(bytes, 11), two_digits(bytes, 14), separated) else {
        return Err(TimeError::Malformed);
    };
    // Seconds may be left out, as the original's clients do.
    let (second, rest) = match bytes.get(16) {
        Some(b':') => (two_digits(bytes, 17).ok_or(TimeError::Malformed)?, 19),
        _ => (0, 16),
    };
    let (millis, rest) = fraction(bytes, rest)?;
    let offset_minutes = offset(&bytes[rest..])?;
    let local = date.and_hms_milli_opt(hour, minute, second, millis).ok_or(TimeError::Malformed)?;
    Ok(Instant(local.and_utc().timestamp_millis() - offset_minutes * MINUTE_MILLIS))
}

/// Reads a local date, `YYYY-MM-DD`.
pub(crate) fn parse_date(text: &str) -> Option<LocalDate> {
    let date = date_of(text)?;
    Some(LocalDate {
        year: i16::try_from(date.year()).ok()?,
        month: u8::try_from(date.month()).ok()?,
        day: u8::try_from(date.day()).ok()?,
    })
}

/// Reads a local time, `HH:MM`, as minutes after midnight; `24:00` is the end of the day.
pub(crate) fn parse_clock(text: &str) -> Option<u16> {
    let bytes = text.as_bytes();
    if bytes.len() != 5 || bytes[2] != b':' {
        return None;
    }
    let minutes = two_digits(bytes, 0)? * 60 + two_digits(bytes, 3).filter(|minute| *minute < 60)?;
    u16::try_from(minutes).ok().filter(|minutes| *minutes <= 1440)
}

/// A local time, and the offset that tells two of the same name apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WallClock {
    /// Minutes after midnight.
    pub(crate) minutes: u16,
    /// Minutes ahead of UTC, where it is given.
    pub(crate) offset_minutes: Option<i32>,
}

/// Reads a local time, `HH:MM`, after which an offset may stand.
pub(crate) fn parse_wall_clock(text: &str) -> Option<WallClock> {
    let minutes = parse_clock(text.get(..5)?)?;
    let offset_minutes = match &text.as_bytes()[5..] {
        [] => None,
        given => Some(i32::try_from(offset(given).ok()?).ok()?),
    };
    Some(WallClock { minutes, offset_minutes })
}

/// Writes minutes after midnight as `HH:MM`; what runs into the next day is that day's time.
pub(crate) fn clock_text(minutes: u16) -> String {
    let of_day = if minutes > 1440 { minutes - 1440 } else { minutes };
    format!("{:02}:{:02}", of_day / 60, of_day % 60)
}

/// An instant written in UTC, with milliseconds only where there are some.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Utc(pub(crate) Instant);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(at) = DateTime::from_timestamp_millis(self.0.0).map(|at| at.naive_utc()) else {
            return f.write_str("+999999-12-31T23:59:59Z");
        };
        let (date, time) = (at.date(), at.time());
        write!(f, "{:04}-{:02}-{:02}T", date.year(), date.month(), date.day())?;
        write!(f, "{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
        match time.nanosecond() / 1_000_000 {
            0 => f.write_str("Z"),
            millis => write!(f, ".{millis:03}Z"),
        }
    }
}

impl Serialize for Utc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn date_of(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let year = two_digits(bytes, 0)? * 100 + two_digits(bytes, 2)?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, two_digits(bytes, 5)?, two_digits(bytes, 8)?)
}

fn two_digits(bytes: &[u8], at: usize) -> Option<u32> {
    let digit = |at: usize| bytes.get(at).filter(|b| b.is_ascii_digit()).map(|b| u32::from(b - b'0'));
    Some(digit(at)? * 10 + digit(at + 1)?)
}

/// The fraction of a second at `from`, in milliseconds, and where the offset begins.
fn fraction(bytes: &[u8], from: usize) -> Result<(u32, usize), TimeError> {
    if bytes.get(from) != Some(&b'.') || from != 19 {
        return Ok((0, from));
    }
    let digits = bytes[from + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
    let (text, end) = (&bytes[from + 1..from + 1 + digits], from + 1 + digits);
    if digits == 0 {
        return Err(TimeError::Malformed);
    }
    if text.iter().skip(3).any(|b| *b != b'0') {
        return Err(TimeError::TooFine);
    }
    let place = |at: usize| text.get(at).map_or(0, |b| u32::from(b - b'0'));
    Ok((place(0) * 100 + place(1) * 10 + place(2), end))
}

fn offset(bytes: &[u8]) -> Result<i64, TimeError> {
    let sign = match bytes {
        [] => return Err(TimeError::NoOffset),
        [b'Z'] => return Ok(0),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return Err(TimeError::Malformed),
    };
    let hours = two_digits(bytes, 1).filter(|hours| *hours < 24);
    let minutes = two_digits(bytes, 4).filter(|minutes| *minutes < 60);
    match (hours, minutes, bytes.get(3), bytes.len()) {
        (Some(hours), Some(minutes), Some(b':'), 6) => Ok(sign * i64::from(hours * 60 + minutes)),
        _ => Err(TimeError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_instant_is_the_same_instant() {
        let at = parse_instant("2026-12-01T18:00:00Z").unwrap();
        for same in [
            "2026-12-01T18:00Z",
            "2026-12-01T18:00:00.000Z",
            "2026-12-01T18:00:00.000000000Z",
            "2026-12-01T19:00:00+01:00",
            "2026-12-01T10:00:00-08:00",
            "2026-12-02T04:30:00+10:30",
            "2026-12-01T18:00:00-00:00",
        ] {
            assert_eq!(parse_instant(same), Ok(at), "{same}");
        }
        assert_eq!(Utc(at).to_string(), "2026-12-01T18:00:00Z");
        assert_eq!(Utc(at.plus(7)).to_string(), "2026-12-01T18:00:00.007Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        assert_eq!(parse_instant("2026-12-01T18:00:00"), Err(TimeError::NoOffset));
        assert_eq!(parse_instant("2026-12-01T18:00"), Err(TimeError::NoOffset));
        assert_eq!(parse_instant("2026-12-01T18:00:00.0001Z"), Err(TimeError::TooFine));
        for text in [
            "banana",
            "",
            "2026-12-01",
            "2026-02-29T18:00:00Z",
            "2026-13-01T18:00:00Z",
            "2026-12-01T24:00:00Z",
            "2026-12-01T18:60:00Z",
            "2026-12-01T18:00:60Z",
            "2026-12-01t18:00:00Z",
            "2026-12-01 18:00:00Z",
            "2026-12-01T18:00:00z",
            "2026-12-01T18:00:00.Z",
            "2026-12-01T18:00:00+0100",
            "2026-12-01T18:00:00+24:00",
            "2026-12-01T18:00:00+01:60",
            "2026-12-01T18:00:00Zx",
            "2026-12-01T18:00.5Z",
            "+2026-12-01T18:00:00Z",
            "1764612000000",
            "2026-12-01T18:00:00\u{2212}01:00",
            "２026-12-01T18:00:00Z",
        ] {
            assert_eq!(parse_instant(text), Err(TimeError::Malformed), "{text}");
        }
    }

    #[test]
    fn local_dates_and_clock_times() {
        assert_eq!(parse_date("2024-02-29").unwrap().to_string(), "2024-02-29");
        for text in ["2026-02-29", "2026-1-01", "2026-01-01T", "", "tomorrow"] {
            assert_eq!(parse_date(text), None, "{text}");
        }
        assert_eq!(parse_clock("06:30"), Some(390));
        assert_eq!(parse_clock("24:00"), Some(1440));
        for text in ["24:01", "6:30", "06:60", "0630", "06:3", "", "-1:00"] {
            assert_eq!(parse_clock(text), None, "{text}");
        }
        let clock = |minutes, offset_minutes| Some(WallClock { minutes, offset_minutes });
        assert_eq!(parse_wall_clock("01:30"), clock(90, None));
        assert_eq!(parse_wall_clock("01:30-07:00"), clock(90, Some(-420)));
        assert_eq!(parse_wall_clock("01:30Z"), clock(90, Some(0)));
        for text in ["", "01:3", "01:30 ", "01:30-7", "25:00Z", "０1:30"] {
            assert_eq!(parse_wall_clock(text), None, "{text}");
        }
        assert_eq!(clock_text(1440), "24:00");
        assert_eq!(clock_text(1560), "02:00");
    }
}
