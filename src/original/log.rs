//! The original's three logs: cancellations, no-shows, and messages that were sent.
//!
//! A line is about a reservation, or a message about an entry of the waitlist. Lines go over with what they are
//! about, so that they are there once, however often it is sent.

use machine::{Instant, LogId, LogLine, Logged};

use super::court_time;
use super::record::Record;
use super::refusal::Refusal;

/// A line, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) reservation: Option<String>,
    pub(crate) waitlist: Option<String>,
    pub(crate) member: String,
    pub(crate) line: LogLine,
}

/// A row of the cancellation log.
pub(crate) fn cancellation(row: &Record) -> Result<Line, Refusal> {
    let what = Logged::Cancellation { notice_millis: notice(row), penalty_credits: credits(row) };
    line(row, "cancelled_at", "reason", what)
}

/// A row of the no-show log.
pub(crate) fn no_show(row: &Record) -> Result<Line, Refusal> {
    line(row, "recorded_at", "notes", Logged::NoShow { penalty_credits: credits(row) })
}

/// A row of the notification log.
pub(crate) fn notification(row: &Record) -> Result<Line, Refusal> {
    let what = Logged::Notification {
        kind: row.words("notification_type").unwrap_or_else(|| "unknown".to_owned()),
        medium: row.words("channel"),
        minutes_before: row.int("minutes_before").and_then(|minutes| u32::try_from(minutes).ok()),
    };
    line(row, "sent_at", "note", what)
}

fn line(row: &Record, time: &str, note: &str, what: Logged) -> Result<Line, Refusal> {
    let text = row.text("id").unwrap_or_default();
    let Ok(id) = LogId::parse(&text) else {
        return Err(Refusal::new(&text, "bad_id", "not an id that can be kept"));
    };
    let at = row.text(time).unwrap_or_default();
    let (at, _) = court_time::read(&at)
        .map_err(|error| Refusal::new(id.as_str(), "bad_time", format!("{time} {at:?} is {error}")))?;
    Ok(Line {
        reservation: row.words("reservation_id"),
        waitlist: row.words("waitlist_id"),
        member: row.text("member_id").unwrap_or_default(),
        line: LogLine { id, at: Instant(at), what, note: row.words(note) },
    })
}

/// What it cost; nothing where a flag says that it was not applied.
fn credits(row: &Record) -> u32 {
    let applied = row.int("penalty_applied") != Some(0);
    let credits = row.int("penalty_credits").filter(|_| applied);
    credits.and_then(|credits| u32::try_from(credits).ok()).unwrap_or(0)
}

/// Hours with a fraction, in milliseconds.
fn notice(row: &Record) -> Option<i64> {
    let hours: f64 = row.text("hours_before_start")?.trim().parse().ok()?;
    // Written and read again as a whole number: a cast would hide what does not fit.
    format!("{:.0}", hours * 3_600_000.0).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: serde_json::Value) -> Record {
        let serde_json::Value::Object(cells) = cells else { unreachable!("it is an object") };
        Record::of_json(cells)
    }

    #[test]
    fn a_line_says_when_and_what_it_cost() {
        let cells = serde_json::json!({"id": "cl_1", "reservation_id": "r", "member_id": "m", "reason": "rain",
            "cancelled_at": "2026-12-01 00:00:00", "hours_before_start": 5.5, "penalty_applied": 1, "penalty_credits": 2});
        let line = cancellation(&row(cells)).unwrap();
        assert_eq!(line.line.what, Logged::Cancellation { notice_millis: Some(19_800_000), penalty_credits: 2 });
        assert_eq!((line.line.at, line.line.note.as_deref()), (Instant(1_796_083_200_000), Some("rain")));
        assert_eq!((line.reservation.as_deref(), line.waitlist), (Some("r"), None));
    }

    #[test]
    fn a_penalty_that_was_not_applied_cost_nothing() {
        let cells = serde_json::json!({"id": "cl_1", "cancelled_at": "2026-12-01 00:00:00", "penalty_applied": 0, "penalty_credits": 2});
        let line = cancellation(&row(cells)).unwrap();
        assert_eq!(line.line.what, Logged::Cancellation { notice_millis: None, penalty_credits: 0 });
    }

    #[test]
    fn broken_lines_are_refused_with_their_reason() {
        let cases = [
            (serde_json::json!({"id": "n s", "recorded_at": "2026-12-01 00:00:00"}), "bad_id"),
            (serde_json::json!({"id": "ns", "recorded_at": "soon"}), "bad_time"),
            (serde_json::json!({"id": "ns"}), "bad_time"),
        ];
        for (cells, reason) in cases {
            assert_eq!(no_show(&row(cells)).unwrap_err().reason, reason);
        }
    }
}
