//! What a request asks for when it asks for a slot: booked, moved or only explained.

use machine::{Override, Pay, Rule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::check::{Check, Text};

/// The longest reason, in characters.
pub(crate) const REASON_CHARS_MAX: usize = 500;
/// The longest notes, in characters.
pub(super) const NOTES_CHARS_MAX: usize = 2000;
/// The longest name of a participant or of a type of booking, in characters.
pub(super) const NAME_CHARS_MAX: usize = 200;
/// The most who play on one court.
const PARTICIPANTS_MAX: usize = 50;

/// How a booking is paid.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Pay)]
pub(crate) enum PayWord {
    /// Not now: what costs something has to be paid first, or is owed at the desk where staff book.
    Later,
    /// With the member's credits.
    Credits,
    /// Not at all: staff let it go.
    Waived,
}

/// By which way a booking came.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BookingSource)]
pub(crate) enum SourceWord {
    Web,
    Sms,
    Staff,
    Api,
    Waitlist,
}

impl PayWord {
    pub(crate) fn of(word: Option<Self>) -> Pay {
        match word {
            None | Some(Self::Later) => Pay::Later,
            Some(Self::Credits) => Pay::Credits,
            Some(Self::Waived) => Pay::Waived,
        }
    }
}

impl SourceWord {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Sms => "sms",
            Self::Staff => "staff",
            Self::Api => "api",
            Self::Waitlist => "waitlist",
        }
    }
}

/// The rules that are to be set aside, and why; `None` where none is.
pub(super) fn overrides(check: &mut Check, codes: Option<&[Text<'_>]>, reason: Option<&Text<'_>>) -> Option<Override> {
    let reason = check.text("/reason", reason, REASON_CHARS_MAX);
    let mut rules = Vec::new();
    for (at, code) in codes.unwrap_or_default().iter().enumerate() {
        match Rule::of_code(code.as_str()) {
            Some(rule) => rules.push(rule),
            None => check.wrong(format!("/override/{at}"), "is no code of a rule"),
        }
    }
    if rules.is_empty() {
        return None;
    }
    if reason.is_none() {
        check.wrong("/reason", "is required with override");
    }
    Some(Override { rules, reason: reason.unwrap_or_default() })
}

/// Who else plays.
pub(super) fn participants(check: &mut Check, names: Option<&[Text<'_>]>) -> Vec<String> {
    let names = names.unwrap_or_default();
    if names.len() > PARTICIPANTS_MAX {
        check.wrong("/participants", format!("must be at most {PARTICIPANTS_MAX}"));
    }
    let name = |(at, name): (usize, &Text<'_>)| check.text(&format!("/participants/{at}"), Some(name), NAME_CHARS_MAX);
    names.iter().enumerate().filter_map(name).collect()
}
