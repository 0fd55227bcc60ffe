//! A line of a log that came in, as the history shows it.

use machine::{LogLine, Logged};
use serde::Serialize;
use utoipa::ToSchema;

use crate::time::{MINUTE_MILLIS, Utc};

/// A line of a log that was kept elsewhere.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HistoryLogLine)]
pub(crate) struct LineView {
    /// Its id there.
    id: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    penalty_credits: Option<u32>,
    /// How long before the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    notice_minutes: Option<i64>,
    /// Of which kind a message was.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    medium: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minutes_before: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl LineView {
    pub(crate) fn of(line: &LogLine) -> Self {
        let plain =
            Self { id: line.id.to_string(), at: Some(Utc(line.at)), note: line.note.clone(), ..Self::default() };
        match &line.what {
            Logged::Cancellation { notice_millis, penalty_credits } => Self {
                penalty_credits: Some(*penalty_credits),
                notice_minutes: notice_millis.map(|millis| millis / MINUTE_MILLIS),
                ..plain
            },
            Logged::NoShow { penalty_credits } => Self { penalty_credits: Some(*penalty_credits), ..plain },
            Logged::Notification { kind, medium, minutes_before } => {
                Self { kind: Some(kind.clone()), medium: medium.clone(), minutes_before: *minutes_before, ..plain }
            }
        }
    }
}
