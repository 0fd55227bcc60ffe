//! Opening hours and prime hours as clients write and read them, and back and forth to local minutes.

use std::collections::BTreeMap;

use machine::{LocalDate, LocalHours, PeakHours};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::check::Check;
use crate::time::{clock_text, parse_clock, parse_date};

/// Weekdays in the order of the settings.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Openings of one day.
const OPENINGS_MAX: usize = 24;
/// Dates with openings of their own, and stretches of prime hours: all of them are replicated.
const ENTRIES_MAX: usize = 400;

/// Openings per weekday.
pub(super) type Week = [Vec<LocalHours>; 7];

/// One opening, `HH:MM`; `close` may be `24:00` or pass midnight.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct HoursBody {
    open: String,
    close: String,
}

/// The openings of one date; an empty list is closed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExceptionBody {
    date: String,
    hours: Vec<HoursBody>,
}

/// Hours that cost more.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PeakBody {
    days: Vec<String>,
    from: String,
    to: String,
}

/// The same hours on every weekday, as the original had them.
pub(super) fn daily(check: &mut Check, open: &str, close: &str) -> Week {
    let daily = local_hours(check, "/openingTime", open, close);
    std::array::from_fn(|_| daily.into_iter().collect())
}

/// Openings per weekday; a weekday that is left out, or null, is closed.
pub(super) fn week(check: &mut Check, given: &BTreeMap<String, Option<Vec<HoursBody>>>) -> Week {
    let mut week: Week = std::array::from_fn(|_| Vec::new());
    for (weekday, openings) in given {
        let pointer = format!("/openingHours/{weekday}");
        match WEEKDAYS.iter().position(|known| known == weekday) {
            Some(at) => week[at] = openings_of(check, &pointer, openings.as_deref().unwrap_or_default()),
            None => check.wrong(pointer, "must be one of mon tue wed thu fri sat sun"),
        }
    }
    week
}

/// Openings of single dates.
pub(super) fn exceptions(check: &mut Check, given: &[ExceptionBody]) -> BTreeMap<LocalDate, Vec<LocalHours>> {
    if given.len() > ENTRIES_MAX {
        check.wrong("/openingExceptions", format!("must be at most {ENTRIES_MAX}"));
    }
    let mut exceptions = BTreeMap::new();
    for (at, exception) in given.iter().enumerate() {
        let pointer = format!("/openingExceptions/{at}");
        let hours = openings_of(check, &format!("{pointer}/hours"), &exception.hours);
        match parse_date(&exception.date) {
            Some(date) => drop(exceptions.insert(date, hours)),
            None => check.wrong(format!("{pointer}/date"), "must be a date, YYYY-MM-DD"),
        }
    }
    exceptions
}

/// Hours that cost more.
pub(super) fn peaks(check: &mut Check, given: &[PeakBody]) -> Vec<PeakHours> {
    if given.len() > ENTRIES_MAX {
        check.wrong("/peakHours", format!("must be at most {ENTRIES_MAX}"));
    }
    let mut peaks = Vec::new();
    for (at, peak) in given.iter().enumerate() {
        let pointer = format!("/peakHours/{at}");
        let index = |day: &String| WEEKDAYS.iter().position(|known| known == day);
        let days: Vec<u8> = peak.days.iter().filter_map(index).filter_map(|day| u8::try_from(day).ok()).collect();
        if days.len() != peak.days.len() {
            check.wrong(format!("{pointer}/days"), "must be of mon tue wed thu fri sat sun");
        }
        let hours = local_hours(check, &pointer, &peak.from, &peak.to);
        peaks.extend(hours.map(|hours| PeakHours { days, hours }));
    }
    peaks
}

/// Openings per weekday as they are read.
pub(super) fn week_body(week: &Week) -> BTreeMap<&'static str, Vec<HoursBody>> {
    WEEKDAYS.iter().zip(week).map(|(weekday, hours)| (*weekday, bodies(hours))).collect()
}

impl ExceptionBody {
    pub(super) fn of((date, hours): (&LocalDate, &Vec<LocalHours>)) -> Self {
        Self { date: date.to_string(), hours: bodies(hours) }
    }
}

impl PeakBody {
    pub(super) fn of(peak: &PeakHours) -> Self {
        let days = peak.days.iter().filter_map(|day| WEEKDAYS.get(usize::from(*day)));
        Self {
            days: days.map(ToString::to_string).collect(),
            from: clock_text(peak.hours.open),
            to: clock_text(peak.hours.close),
        }
    }
}

fn openings_of(check: &mut Check, pointer: &str, openings: &[HoursBody]) -> Vec<LocalHours> {
    if openings.len() > OPENINGS_MAX {
        check.wrong(pointer, format!("must be at most {OPENINGS_MAX}"));
    }
    let opening =
        |(at, hours): (usize, &HoursBody)| local_hours(check, &format!("{pointer}/{at}"), &hours.open, &hours.close);
    openings.iter().enumerate().filter_map(opening).collect()
}

/// A close that is not after the open is one of the next day.
fn local_hours(check: &mut Check, pointer: &str, open: &str, close: &str) -> Option<LocalHours> {
    match (parse_clock(open).filter(|open| *open < 1440), parse_clock(close)) {
        (Some(open), Some(close)) if open < close => Some(LocalHours { open, close }),
        (Some(open), Some(close)) if close < open => Some(LocalHours { open, close: close + 1440 }),
        _ => {
            check.wrong(pointer, "must be two different times, HH:MM");
            None
        }
    }
}

fn bodies(hours: &[LocalHours]) -> Vec<HoursBody> {
    hours.iter().map(|hours| HoursBody { open: clock_text(hours.open), close: clock_text(hours.close) }).collect()
}
