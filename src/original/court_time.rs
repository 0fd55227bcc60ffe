//! The four spellings of a time in the original's tables, and what each one means.
//!
//! | spelling | example | meaning |
//! |---|---|---|
//! | UTC | `2026-12-01T18:00:00Z` | what JavaScript's clients sent |
//! | UTC with milliseconds | `2026-12-01T18:00:00.000Z` | `Date.toISOString()` |
//! | offset | `2026-12-01T10:00:00-08:00` | the facility's wall clock with its offset |
//! | SQLite | `2026-12-01 18:00:00` | **UTC**, not local time |
//!
//! The last one names no zone, so the data had to say. Every row also has an `end_time`, always
//! spelled with `Z`, and a `duration_minutes`: read as UTC, each of the 171 such starts of the
//! club's season lies exactly its duration before its end, and within opening hours of the club's
//! wall clock; read as local time none agrees with its end and 98 lie at night. It is also what SQLite's
//! `datetime('now')` writes. A `T` without an offset appears nowhere and nothing says what it would mean: refused.

use chrono::{DateTime, NaiveDateTime};

/// How a time was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Spelling {
    Utc,
    UtcMillis,
    Offset,
    Sqlite,
}

impl Spelling {
    /// Its name in the report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utc => "utc",
            Self::UtcMillis => "utc_millis",
            Self::Offset => "offset",
            Self::Sqlite => "sqlite_utc",
        }
    }
}

/// A text that is none of the spellings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time with a known meaning")]
pub(crate) struct TimeError;

/// The instant that `text` means, in milliseconds since 1970 UTC, and how it was written.
pub(crate) fn read(text: &str) -> Result<(i64, Spelling), TimeError> {
    let text = text.trim();
    if let Some(naive) = sqlite(text) {
        return Ok((naive.and_utc().timestamp_millis(), Spelling::Sqlite));
    }
    let at = DateTime::parse_from_rfc3339(text).map_err(|_| TimeError)?.timestamp_millis();
    let spelling = match (text.ends_with(['Z', 'z']), text.contains('.')) {
        (true, false) => Spelling::Utc,
        (true, true) => Spelling::UtcMillis,
        (false, _) => Spelling::Offset,
    };
    Ok((at, spelling))
}

/// The instant in the one spelling that courtd writes.
pub(crate) fn write(millis: i64) -> String {
    let at = DateTime::from_timestamp_millis(millis).expect("read from a text of four-digit years");
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// Date, one space, time, and nothing else: the forms of SQLite's `datetime()`.
fn sqlite(text: &str) -> Option<NaiveDateTime> {
    let ok = text.bytes().all(|b| b.is_ascii_digit() || b"-:. ".contains(&b));
    if !ok || text.as_bytes().get(10) != Some(&b' ') {
        return None;
    }
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"].iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_spellings_of_one_instant_are_one_instant() {
        let cases = [
            ("2026-12-01T18:00:00Z", Spelling::Utc),
            ("2026-12-01T18:00:00.000Z", Spelling::UtcMillis),
            ("2026-12-01T10:00:00-08:00", Spelling::Offset),
            ("2026-12-01T18:00:00+00:00", Spelling::Offset),
            ("2026-12-01 18:00:00", Spelling::Sqlite),
            ("2026-12-01 18:00", Spelling::Sqlite),
        ];
        for (text, spelling) in cases {
            assert_eq!(read(text), Ok((1_796_148_000_000, spelling)), "{text}");
        }
    }

    #[test]
    fn what_has_no_known_meaning_is_refused() {
        for text in
            ["", "banana", "2026-12-01", "2026-12-01T18:00:00", "18:00", "2026-13-01 18:00:00", "2026-12-01 25:00:00"]
        {
            assert_eq!(read(text), Err(TimeError), "{text}");
        }
    }

    #[test]
    fn a_time_is_written_in_one_spelling() {
        for text in ["2026-12-01T10:00:00-08:00", "2026-12-01 18:00:00"] {
            let (at, _) = read(text).unwrap();
            assert_eq!(write(at), "2026-12-01T18:00:00Z");
        }
        assert_eq!(write(1_796_148_000_250), "2026-12-01T18:00:00.250Z");
    }
}
