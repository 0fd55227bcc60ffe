//! What a request asks for when it asks for a slot: booked once or often, moved or only explained.

use machine::{BOOKING_TYPE, Override, Pay, Rule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::check::{Check, Text};

/// The longest reason, in characters.
pub(crate) const REASON_CHARS_MAX: usize = 500;
/// The longest notes, in characters.
const NOTES_CHARS_MAX: usize = 2000;
/// The longest name of a participant or of a type of booking, in characters.
const NAME_CHARS_MAX: usize = 200;
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
fn participants(check: &mut Check, names: Option<&[Text<'_>]>) -> Vec<String> {
    let names = names.unwrap_or_default();
    if names.len() > PARTICIPANTS_MAX {
        check.wrong("/participants", format!("must be at most {PARTICIPANTS_MAX}"));
    }
    let name = |(at, name): (usize, &Text<'_>)| check.text(&format!("/participants/{at}"), Some(name), NAME_CHARS_MAX);
    names.iter().enumerate().filter_map(name).collect()
}

/// What a booking has besides its slot.
pub(super) struct Details {
    pub(super) source: SourceWord,
    pub(super) booking_type: String,
    pub(super) participants: Vec<String>,
    pub(super) notes: Option<String>,
    pub(super) pay: Pay,
    pub(super) overrides: Option<Override>,
}

/// The same in the words of a body.
pub(super) struct DetailWords<'b, 'a> {
    pub(super) source: Option<SourceWord>,
    pub(super) booking_type: Option<&'b Text<'a>>,
    pub(super) participants: Option<&'b [Text<'a>]>,
    pub(super) notes: Option<&'b Text<'a>>,
    pub(super) pay: Option<PayWord>,
    pub(super) codes: Option<&'b [Text<'a>]>,
    pub(super) reason: Option<&'b Text<'a>>,
}

impl Details {
    /// Wrong places are noted.
    pub(super) fn of(check: &mut Check, words: &DetailWords<'_, '_>) -> Self {
        let booking_type = check.text("/bookingType", words.booking_type, NAME_CHARS_MAX);
        let notes = words.notes.filter(|notes| !notes.as_str().is_empty());
        Self {
            source: words.source.unwrap_or(SourceWord::Web),
            booking_type: booking_type.unwrap_or_else(|| BOOKING_TYPE.to_owned()),
            notes: check.text("/notes", notes, NOTES_CHARS_MAX),
            participants: participants(check, words.participants),
            pay: PayWord::of(words.pay),
            overrides: overrides(check, words.codes, words.reason),
        }
    }
}

/// Declares a body with the fields of [`slot_body!`](crate::http::slot_body), those of [`Details`], and its own.
macro_rules! booking_body {
    ($(#[$about:meta])* $sight:vis struct $name:ident<'a> { $($own:tt)* }) => {
        slot_body! {
            $(#[$about])*
            $sight struct $name<'a> {
                $($own)*
                /// `standard` if left out.
                #[serde(borrow, alias = "booking_type")]
                #[schema(value_type = Option<String>, example = "standard")]
                booking_type: Option<Text<'a>>,
                /// `web` if left out.
                #[serde(alias = "booking_source")]
                booking_source: Option<SourceWord>,
                /// Who else plays.
                #[serde(borrow)]
                #[schema(value_type = Option<Vec<String>>)]
                participants: Option<Vec<Text<'a>>>,
                #[serde(borrow)]
                #[schema(value_type = Option<String>)]
                notes: Option<Text<'a>>,
                pay: Option<PayWord>,
                /// Staff: codes of rules to be set aside.
                #[serde(borrow)]
                #[schema(value_type = Option<Vec<String>>)]
                r#override: Option<Vec<Text<'a>>>,
                /// Why they are.
                #[serde(borrow)]
                #[schema(value_type = Option<String>)]
                reason: Option<Text<'a>>,
            }
        }

        impl $name<'_> {
            /// What is asked for besides the slot; wrong places are noted.
            fn details(&self, check: &mut Check) -> Details {
                Details::of(check, &DetailWords {
                    source: self.booking_source,
                    booking_type: self.booking_type.as_ref(),
                    participants: self.participants.as_deref(),
                    notes: self.notes.as_ref(),
                    pay: self.pay,
                    codes: self.r#override.as_deref(),
                    reason: self.reason.as_ref(),
                })
            }
        }
    };
}

pub(super) use booking_body;
