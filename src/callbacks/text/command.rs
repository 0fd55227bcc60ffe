//! What a text asks for.
//!
//! The words that end or begin a subscription (STOP, CANCEL, START, YES and the like) are the provider's and
//! never commands here.

/// Digits of a code by which a cancellation is confirmed.
pub(super) const CODE_DIGITS: usize = 4;

/// What a text asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TextCommand {
    /// `1`: take what is offered.
    Accept,
    /// `2`: decline it.
    Decline,
    /// `NEXT`: what is booked next.
    Next,
    /// `DROP n`: what it would cost to call a booking off.
    Drop(usize),
    /// `OK 4821`: call it off.
    Confirm(String),
    /// Anything else, and a call for help.
    Help,
}

impl TextCommand {
    /// What a text asks for, however it is spaced and in whatever case.
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim().trim_end_matches(['.', '!']).to_uppercase();
        let mut words = text.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some("1"), None, _) => Self::Accept,
            (Some("2"), None, _) => Self::Decline,
            (Some("NEXT" | "PROX" | "PRÓX"), None, _) => Self::Next,
            (Some("DROP"), Some(number), None) => number.parse().map_or(Self::Help, Self::Drop),
            (Some("OK"), Some(code), None) if is_code(code) => Self::Confirm(code.to_owned()),
            (Some(word), None, _) => match word.strip_prefix("OK").filter(|code| is_code(code)) {
                Some(code) => Self::Confirm(code.to_owned()),
                None => Self::Help,
            },
            _ => Self::Help,
        }
    }
}

fn is_code(text: &str) -> bool {
    text.len() == CODE_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_read_however_it_is_written() {
        for (text, command) in [
            ("1", TextCommand::Accept),
            (" 1. ", TextCommand::Accept),
            ("2\n", TextCommand::Decline),
            ("next", TextCommand::Next),
            ("Prox!", TextCommand::Next),
            ("próx", TextCommand::Next),
            ("drop 2", TextCommand::Drop(2)),
            ("DROP   12", TextCommand::Drop(12)),
            ("ok 4821", TextCommand::Confirm("4821".to_owned())),
            ("OK4821", TextCommand::Confirm("4821".to_owned())),
            ("OK 0007", TextCommand::Confirm("0007".to_owned())),
            ("help", TextCommand::Help),
            ("AYUDA", TextCommand::Help),
            ("", TextCommand::Help),
            ("1 please", TextCommand::Help),
            ("12", TextCommand::Help),
            ("drop", TextCommand::Help),
            ("drop two", TextCommand::Help),
            ("drop -1", TextCommand::Help),
            ("drop 99999999999999999999999", TextCommand::Help),
            ("ok", TextCommand::Help),
            ("ok 48211", TextCommand::Help),
            ("ok ４８２１", TextCommand::Help),
            ("ok 48 21", TextCommand::Help),
        ] {
            assert_eq!(TextCommand::of(text), command, "{text}");
        }
    }

    #[test]
    fn no_word_of_the_provider_is_a_command() {
        for word in
            ["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL", "START", "YES", "UNSTOP"]
        {
            assert_eq!(TextCommand::of(word), TextCommand::Help, "{word}");
            assert_eq!(TextCommand::of(&format!("{word} 1")), TextCommand::Help, "{word}");
        }
    }
}
