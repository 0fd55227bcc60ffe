//! When, and how much, as a text says it: short, in the club's zone.

use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;
use machine::Instant;

use super::language::Language;

const DAYS_EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const DAYS_ES: [&str; 7] = ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"];
const MONTHS_EN: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTHS_ES: [&str; 12] = ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"];
/// Currencies without a minor unit (ISO 4217).
const WHOLE_CURRENCIES: [&str; 16] =
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"];

/// A day and time in a zone: `Tue Dec 1, 6:00 PM`, `mar 1 dic, 18:00`.
pub(super) fn when(zone: Tz, at: Instant, language: Language) -> String {
    let local = DateTime::from_timestamp_millis(at.0).unwrap_or(DateTime::UNIX_EPOCH).with_timezone(&zone);
    let weekday = usize::try_from(local.weekday().num_days_from_monday()).unwrap_or(0);
    let month = usize::try_from(local.month0()).unwrap_or(0);
    let (day, minute) = (local.day(), local.minute());
    match language {
        Language::En => {
            let (afternoon, hour) = local.hour12();
            let half = if afternoon { "PM" } else { "AM" };
            format!("{} {} {day}, {hour}:{minute:02} {half}", DAYS_EN[weekday], MONTHS_EN[month])
        }
        Language::Es => format!("{} {day} {}, {}:{minute:02}", DAYS_ES[weekday], MONTHS_ES[month], local.hour()),
    }
}

/// An amount of money: `5.00 USD`, `5,00 EUR`, `500 JPY`.
pub(super) fn money(cents: u64, currency: &str, language: Language) -> String {
    if WHOLE_CURRENCIES.contains(&currency) {
        return format!("{cents} {currency}");
    }
    format!("{}{}{:02} {currency}", cents / 100, language.either('.', ','), cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_the_clubs_zone() {
        // 2026-12-02T02:05:00Z
        let at = Instant(1_796_177_100_000);
        assert_eq!(when(Tz::America__Los_Angeles, at, Language::En), "Tue Dec 1, 6:05 PM");
        assert_eq!(when(Tz::Europe__Madrid, at, Language::Es), "mié 2 dic, 3:05");
        assert_eq!(when(Tz::UTC, Instant(0), Language::En), "Thu Jan 1, 12:00 AM");
    }

    #[test]
    fn money_is_told_with_its_currency() {
        assert_eq!(money(500, "USD", Language::En), "5.00 USD");
        assert_eq!(money(1_205, "EUR", Language::Es), "12,05 EUR");
        assert_eq!(money(500, "JPY", Language::En), "500 JPY");
    }
}
