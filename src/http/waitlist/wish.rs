//! What somebody waits for, in local words, and how it becomes instants.

use axum::http::StatusCode;
use chrono_tz::Tz;
use machine::{CourtWish, Instant, Interval, LocalDate, Member, Settings, WaitlistWish};

use crate::calendar::{self, WallError};
use crate::http::check::{Check, Text};
use crate::http::problem::{FieldError, Problem};
use crate::time::{WallClock, parse_date, parse_wall_clock};

/// The highest priority.
pub(crate) const PRIORITY_MAX: u32 = 1000;
/// The longest that somebody waits for, in minutes.
pub(crate) const DURATION_MINUTES_MAX: u32 = 2880;

/// A wish in local words.
pub(crate) struct LocalWish {
    pub(crate) court: CourtWish,
    pub(crate) date: LocalDate,
    pub(crate) from: Option<WallClock>,
    pub(crate) to: Option<WallClock>,
    pub(crate) duration_minutes: Option<u32>,
    pub(crate) auto_book: bool,
    pub(crate) priority: u32,
    /// Told by email; as the member prefers where it does not say.
    pub(crate) notify_email: Option<bool>,
    /// Told by text; as the member prefers where it does not say.
    pub(crate) notify_sms: Option<bool>,
}

impl LocalWish {
    /// The same in instants, in the facility's zone, and told as its member prefers, as far as that is known.
    pub(crate) fn wish(self, settings: &Settings, member: Option<&Member>) -> Result<WaitlistWish, Problem> {
        let (by_email, by_sms) = preferred(member);
        let zone = calendar::zone(&settings.timezone).ok_or_else(Problem::internal)?;
        let window = self.window(zone)?;
        Ok(WaitlistWish {
            date: self.date,
            from_minute: self.from.map(|clock| clock.minutes),
            to_minute: self.to.map(|clock| clock.minutes),
            window,
            wanted: window.start,
            duration_minutes: self.duration_minutes.unwrap_or(settings.min_duration_minutes),
            court: self.court,
            auto_book: self.auto_book,
            priority: self.priority,
            notify_email: self.notify_email.unwrap_or(by_email),
            notify_sms: self.notify_sms.unwrap_or(by_sms),
        })
    }

    /// When a slot may begin.
    fn window(&self, zone: Tz) -> Result<Interval, Problem> {
        let beyond = || Problem::malformed_at("/preferredDate", "is beyond the calendar");
        let day = calendar::span_of(zone, self.date).ok_or_else(beyond)?;
        let from = self.from.map(|clock| instant(zone, self.date, clock, "/preferredStartTime")).transpose()?;
        let start = from.unwrap_or(day.start);
        let end = match self.to {
            None => day.end,
            Some(clock) => {
                let same_day = instant(zone, self.date, clock, "/preferredEndTime");
                match same_day {
                    Ok(end) if end > start => end,
                    Ok(_) => instant(zone, calendar::plus_days(self.date, 1), clock, "/preferredEndTime")?,
                    Err(problem) => return Err(problem),
                }
            }
        };
        Ok(Interval { start, end })
    }
}

/// Whether a member is told by email, and by text, where nothing else is said.
pub(crate) fn preferred(member: Option<&Member>) -> (bool, bool) {
    member.map_or((true, false), |it| (it.preferences.notification_email, it.preferences.notification_sms))
}

/// The instant of a local time, if there is exactly one.
fn instant(zone: Tz, date: LocalDate, clock: WallClock, pointer: &str) -> Result<Instant, Problem> {
    calendar::local_instant(zone, date, clock).map_err(|error| {
        let code = match error {
            WallError::Nonexistent => "local_time_nonexistent",
            WallError::Ambiguous => "local_time_ambiguous",
        };
        let place = FieldError { pointer: pointer.to_owned(), detail: error.to_string() };
        Problem::new(StatusCode::BAD_REQUEST, code, format!("{error} ({date}).")).with_errors(vec![place])
    })
}

/// A local date that must be there.
pub(crate) fn date(check: &mut Check, pointer: &str, text: Option<&Text<'_>>) -> Option<LocalDate> {
    let Some(text) = text else {
        check.missing(pointer);
        return None;
    };
    let date = parse_date(text.as_str());
    if date.is_none() {
        check.wrong(pointer, "must be a date, YYYY-MM-DD");
    }
    date
}

/// A local time that may be left out.
pub(crate) fn clock(check: &mut Check, pointer: &str, text: Option<&Text<'_>>) -> Option<WallClock> {
    let clock = parse_wall_clock(text?.as_str());
    if clock.is_none() {
        check.wrong(pointer, "must be a local time, HH:MM");
    }
    clock
}
