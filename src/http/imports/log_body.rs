//! A line of a log as it comes in: what was written elsewhere about a reservation or an entry.

use machine::{LogId, LogLine, Logged};
use serde::Deserialize;
use utoipa::ToSchema;

use super::TEXT_CHARS_MAX;
use crate::http::check::{Check, Text};
use crate::time::MINUTE_MILLIS;

/// Lines about one thing.
const LINES_MAX: usize = 100;
/// The longest word, in characters.
const WORD_CHARS_MAX: usize = 64;
/// The most credits that anything costs.
const CREDITS_MAX: u32 = 1_000_000;
/// The longest before a start that is told, in minutes: a year.
const MINUTES_BEFORE_MAX: u32 = 525_600;

/// Something that was written about it in a log.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportedLogLine)]
pub(crate) struct LineBody<'a> {
    #[serde(borrow)]
    #[schema(value_type = String)]
    id: Option<Text<'a>>,
    #[schema(value_type = LogWord)]
    log: Option<LogWord>,
    #[serde(borrow)]
    #[schema(value_type = String, format = DateTime)]
    at: Option<Text<'a>>,
    /// Of a cancellation or a no-show: what it cost.
    penalty_credits: Option<u32>,
    /// Of a cancellation: how long before the start, in minutes; negative after it.
    notice_minutes: Option<i64>,
    /// Of a notification: `confirmation reminder waitlist_offer …`
    #[serde(borrow, rename = "type")]
    #[schema(value_type = Option<String>)]
    kind: Option<Text<'a>>,
    /// Of a notification: `email sms`.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    medium: Option<Text<'a>>,
    /// Of a reminder: how long before the start it was for.
    minutes_before: Option<u32>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    note: Option<Text<'a>>,
}

/// Which log a line is of.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportedLog)]
pub(crate) enum LogWord {
    Cancellation,
    NoShow,
    Notification,
}

/// The lines about what stands at `place`.
pub(super) fn lines(check: &mut Check, place: &str, bodies: &[LineBody<'_>]) -> Vec<LogLine> {
    if bodies.len() > LINES_MAX {
        check.wrong(place, format!("must be at most {LINES_MAX}"));
    }
    let lines = bodies.iter().enumerate().filter_map(|(at, body)| body.line(check, &format!("{place}/{at}")));
    lines.collect()
}

impl LineBody<'_> {
    fn line(&self, check: &mut Check, place: &str) -> Option<LogLine> {
        let id: Option<LogId> = check.required_id(&format!("{place}/id"), self.id.as_ref());
        let at = check.required_time(&format!("{place}/at"), self.at.as_ref());
        let note = check.text(&format!("{place}/note"), self.note.as_ref(), TEXT_CHARS_MAX);
        if self.log.is_none() {
            check.missing(&format!("{place}/log"));
        }
        let what = self.what(check, place)?;
        Some(LogLine { id: id?, at: at?, what, note })
    }

    fn what(&self, check: &mut Check, place: &str) -> Option<Logged> {
        let credits = check.number(&format!("{place}/penaltyCredits"), self.penalty_credits, 0, CREDITS_MAX);
        let penalty_credits = credits.unwrap_or(0);
        Some(match self.log? {
            LogWord::Cancellation => {
                let notice_millis = self.notice_minutes.map(|minutes| minutes.saturating_mul(MINUTE_MILLIS));
                Logged::Cancellation { notice_millis, penalty_credits }
            }
            LogWord::NoShow => Logged::NoShow { penalty_credits },
            LogWord::Notification => Logged::Notification {
                kind: check.required_text(&format!("{place}/type"), self.kind.as_ref(), WORD_CHARS_MAX),
                medium: check.text(&format!("{place}/medium"), self.medium.as_ref(), WORD_CHARS_MAX),
                minutes_before: check.number(
                    &format!("{place}/minutesBefore"),
                    self.minutes_before,
                    0,
                    MINUTES_BEFORE_MAX,
                ),
            },
        })
    }
}
