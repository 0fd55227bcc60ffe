//! What a reply of an SMTP server means, and what it means that there is none (RFC 5321, RFC 3463).

use std::error::Error as _;

use lettre::transport::smtp::Error;
use machine::Refusal;

use super::Sending;

/// How far a conversation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Connection, greeting, encryption.
    Greeting,
    /// Who we are.
    Login,
    /// Who writes: `MAIL`.
    Author,
    /// To whom: `RCPT`.
    Recipient,
    /// Whether the words may come: `DATA`.
    Data,
    /// The words, up to the reply to them.
    Words,
}

/// What a failed step means.
pub(super) fn meaning(step: Step, error: &Error) -> Sending {
    match error.status().map(u16::from) {
        Some(code) => reply(step, code, &enhanced(error)),
        // What was handed over without an answer may have been taken.
        None if step == Step::Words => Sending::unknown("smtp_dropped"),
        // Certificates, no encryption where there has to be, no way to log in: nothing that time mends.
        None if error.is_tls() || error.is_client() => Sending::misconfigured(match step {
            Step::Login => "smtp_login",
            _ => "smtp_encryption",
        }),
        None => Sending::again("smtp_dropped_early"),
    }
}

/// What a reply of 400 or more means.
fn reply(step: Step, code: u16, enhanced: &str) -> Sending {
    let detail = if enhanced.is_empty() { format!("smtp_{code}") } else { format!("smtp_{code}_{enhanced}") };
    if code < 500 {
        return Sending::Again { after: None, detail };
    }
    let refused = |because| Sending::Refused { because, detail: detail.clone() };
    match step {
        Step::Greeting | Step::Login => Sending::Misconfigured { detail },
        // Too large is this email, anything else is whoever writes.
        Step::Author if code == 552 => refused(Refusal::Message),
        Step::Author => Sending::Misconfigured { detail },
        // Who must log in first, or may not relay, has the wrong settings and no wrong address.
        Step::Recipient if code == 530 || enhanced.starts_with("5.7.") => Sending::Misconfigured { detail },
        Step::Recipient if matches!(code, 550 | 551 | 553) => refused(Refusal::BadAddress),
        // Some servers look for the recipient only once they have the words.
        Step::Words if enhanced.starts_with("5.1.") => refused(Refusal::BadAddress),
        Step::Recipient | Step::Data | Step::Words => refused(Refusal::Message),
    }
}

/// The enhanced status code that a reply begins with, such as `5.7.1`, or nothing. Nothing else of a
/// reply is kept: it repeats addresses.
fn enhanced(error: &Error) -> String {
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    let word = text.split_whitespace().next().unwrap_or_default();
    let numbers: Vec<&str> = word.split('.').collect();
    let is_number = |number: &&str| (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    if numbers.len() == 3 && numbers.iter().all(is_number) { word.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reply_means_depends_on_where_it_comes() {
        use Refusal::{BadAddress, Message};
        let again = |detail: &str| Sending::again(detail);
        let wrong = |detail: &str| Sending::misconfigured(detail);
        let refused = |because, detail: &str| Sending::Refused { because, detail: detail.to_owned() };
        for (step, code, enhanced, expected) in [
            (Step::Greeting, 421, "", again("smtp_421")),
            (Step::Greeting, 554, "5.7.1", wrong("smtp_554_5.7.1")),
            (Step::Login, 454, "", again("smtp_454")),
            (Step::Login, 535, "5.7.8", wrong("smtp_535_5.7.8")),
            (Step::Author, 451, "", again("smtp_451")),
            (Step::Author, 550, "", wrong("smtp_550")),
            (Step::Author, 552, "", refused(Message, "smtp_552")),
            (Step::Recipient, 450, "4.2.1", again("smtp_450_4.2.1")),
            (Step::Recipient, 550, "", refused(BadAddress, "smtp_550")),
            (Step::Recipient, 551, "5.1.6", refused(BadAddress, "smtp_551_5.1.6")),
            (Step::Recipient, 553, "", refused(BadAddress, "smtp_553")),
            (Step::Recipient, 552, "5.2.2", refused(Message, "smtp_552_5.2.2")),
            (Step::Recipient, 554, "5.7.1", wrong("smtp_554_5.7.1")),
            (Step::Recipient, 530, "", wrong("smtp_530")),
            (Step::Data, 451, "", again("smtp_451")),
            (Step::Data, 554, "", refused(Message, "smtp_554")),
            (Step::Words, 451, "", again("smtp_451")),
            (Step::Words, 550, "5.1.1", refused(BadAddress, "smtp_550_5.1.1")),
            (Step::Words, 554, "5.7.1", refused(Message, "smtp_554_5.7.1")),
        ] {
            assert_eq!(reply(step, code, enhanced), expected, "{step:?} {code} {enhanced}");
        }
    }
}
