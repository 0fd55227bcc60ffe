//! Days and times in words: in the facility's zone, in the reader's language.

use chrono::{Datelike, NaiveDateTime, Timelike};
use chrono_tz::Tz;
use machine::{Instant, Interval};

use super::language::Language;
use crate::calendar::wall_at;

/// Monday first, as chrono counts from Monday.
const DAYS: [[&str; 7]; 2] = [
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
];
const MONTHS: [[&str; 12]; 2] = [
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
];
/// Letters of a day or month that is cut short: in both languages three tell them apart.
const SHORT_CHARS: usize = 3;

/// Puts instants into words.
#[derive(Clone, Copy)]
pub(crate) struct Dates {
    pub(crate) language: Language,
    pub(crate) zone: Tz,
    /// What `today` is.
    pub(crate) now: Instant,
}

impl Dates {
    /// A slot: `Tuesday, December 1, 6:00 PM to 7:00 PM`.
    pub(super) fn slot(self, slot: Interval) -> String {
        let (day, from, to) = (self.day(slot.start), self.clock(slot.start), self.clock(slot.end));
        match self.language {
            Language::English => format!("{day}, {from} to {to}"),
            Language::Spanish => format!("{day}, de {from} a {to}"),
        }
    }

    /// A day: `Tuesday, December 1`.
    pub(super) fn day(self, at: Instant) -> String {
        let wall = wall_at(self.zone, at);
        let (weekday, month) = (self.weekday(&wall), self.month(&wall));
        match self.language {
            Language::English => format!("{weekday}, {month} {}", wall.day()),
            Language::Spanish => format!("{weekday}, {} de {month}", wall.day()),
        }
    }

    /// A time of a day, as short as it can be told: `Tue, Dec 1, 6:00 PM`.
    pub(crate) fn short(self, at: Instant) -> String {
        let wall = wall_at(self.zone, at);
        let cut = |word: &'static str| word.chars().take(SHORT_CHARS).collect::<String>();
        let (weekday, month, clock) = (cut(self.weekday(&wall)), cut(self.month(&wall)), self.clock(at));
        match self.language {
            Language::English => format!("{weekday}, {month} {}, {clock}", wall.day()),
            Language::Spanish => format!("{weekday} {} {month}, {clock}", wall.day()),
        }
    }

    /// When, as people say it: `tomorrow at 6:00 PM`.
    pub(super) fn soon(self, at: Instant) -> String {
        let (day, today) = (wall_at(self.zone, at).date(), wall_at(self.zone, self.now).date());
        let clock = self.clock(at);
        match (self.language, day.signed_duration_since(today).num_days()) {
            (Language::English, 0) => format!("today at {clock}"),
            (Language::English, 1) => format!("tomorrow at {clock}"),
            (Language::English, _) => format!("on {} at {clock}", self.day(at)),
            (Language::Spanish, 0) => format!("hoy a las {clock}"),
            (Language::Spanish, 1) => format!("mañana a las {clock}"),
            (Language::Spanish, _) => format!("el {} a las {clock}", self.day(at)),
        }
    }

    /// The end of something: the time alone where it is today's.
    pub(super) fn until(self, at: Instant) -> String {
        let is_today = wall_at(self.zone, at).date() == wall_at(self.zone, self.now).date();
        if is_today { self.clock(at) } else { self.short(at) }
    }

    /// `6:00 PM`, or `18:00`.
    pub(super) fn clock(self, at: Instant) -> String {
        let wall = wall_at(self.zone, at);
        match self.language {
            Language::English => {
                let (is_pm, hour) = wall.hour12();
                format!("{hour}:{:02} {}", wall.minute(), if is_pm { "PM" } else { "AM" })
            }
            Language::Spanish => format!("{:02}:{:02}", wall.hour(), wall.minute()),
        }
    }

    fn weekday(self, wall: &NaiveDateTime) -> &'static str {
        DAYS[self.place()][wall.weekday().num_days_from_monday() as usize]
    }

    fn month(self, wall: &NaiveDateTime) -> &'static str {
        MONTHS[self.place()][wall.month0() as usize]
    }

    fn place(self) -> usize {
        match self.language {
            Language::English => 0,
            Language::Spanish => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_instant;

    fn told(language: Language, zone: &str, from: &str, to: &str, now: &str) -> [String; 5] {
        let at = |text: &str| parse_instant(text).unwrap();
        let dates = Dates { language, zone: crate::calendar::zone(zone).unwrap(), now: at(now) };
        let slot = Interval { start: at(from), end: at(to) };
        [
            dates.slot(slot),
            dates.short(slot.start),
            dates.soon(slot.start),
            dates.until(slot.start),
            dates.day(slot.start),
        ]
    }

    #[test]
    fn times_are_the_clubs_and_in_the_readers_language() {
        let angeles = "America/Los_Angeles";
        let (from, to) = ("2026-12-02T02:00:00Z", "2026-12-02T03:00:00Z");
        assert_eq!(
            told(Language::English, angeles, from, to, "2026-12-01T07:59:00Z"),
            [
                "Tuesday, December 1, 6:00 PM to 7:00 PM",
                "Tue, Dec 1, 6:00 PM",
                "tomorrow at 6:00 PM",
                "Tue, Dec 1, 6:00 PM",
                "Tuesday, December 1"
            ]
        );
        assert_eq!(
            told(Language::Spanish, angeles, from, to, "2026-12-01T08:00:00Z"),
            [
                "martes, 1 de diciembre, de 18:00 a 19:00",
                "mar 1 dic, 18:00",
                "hoy a las 18:00",
                "18:00",
                "martes, 1 de diciembre"
            ]
        );
    }

    #[test]
    fn noon_and_midnight_are_twelve_and_a_night_ends_the_next_day() {
        let told = told(
            Language::English,
            "Europe/London",
            "2026-07-04T11:00:00Z",
            "2026-07-04T23:00:00Z",
            "2026-07-01T00:00:00Z",
        );
        assert_eq!(told[0], "Saturday, July 4, 12:00 PM to 12:00 AM");
        assert_eq!(told[2], "on Saturday, July 4 at 12:00 PM");
    }
}
