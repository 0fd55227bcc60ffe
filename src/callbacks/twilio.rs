//! What the text provider's words for a message mean.
//!
//! Its error codes are the published ones; what a code says of the address, and whether it is worth another
//! try, is decided here once for what comes back later.

use machine::{Consequence, Instant, Receipt};

/// After how long a text is sent once more to a telephone that was off, in milliseconds.
const AGAIN_MILLIS: i64 = 60_000;

/// The highest error code: what is longer is no code, and may be somebody's number.
const CODE_MAX: u32 = 99_999;

/// What became of a message; `None` for a word that says nothing of it.
pub(crate) fn receipt(status: &str, code: Option<&str>) -> Option<Receipt> {
    match status {
        "accepted" | "scheduled" | "queued" | "sending" | "sent" => Some(Receipt::Underway),
        "delivered" | "read" => Some(Receipt::Delivered),
        "undelivered" | "failed" | "canceled" => Some(Receipt::Undelivered { detail: detail(status, code) }),
        _ => None,
    }
}

/// What follows where it did not arrive.
pub(crate) fn consequence(receipt: &Receipt, code: Option<&str>, now: Instant) -> Consequence {
    if !matches!(receipt, Receipt::Undelivered { .. }) {
        return Consequence::Nothing;
    }
    match number(code) {
        // Unreachable at the moment, too much at once, too many waiting, not served at the moment.
        Some(30003 | 30001 | 21611 | 20429 | 20503) => Consequence::AgainOnce(now.plus(AGAIN_MILLIS)),
        // A landline, or no number at all.
        Some(30006 | 21211 | 21612 | 21614) => Consequence::BadAddress,
        Some(21610) => Consequence::OptedOut,
        _ => Consequence::Nothing,
    }
}

/// A code for the log: the provider's number, or its word where it gives none.
fn detail(status: &str, code: Option<&str>) -> String {
    number(code).map_or_else(|| format!("twilio_{status}"), |code| format!("twilio_{code}"))
}

fn number(code: Option<&str>) -> Option<u32> {
    code?.parse().ok().filter(|code| *code <= CODE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_what_became_of_a_message() {
        let undelivered = |detail: &str| Some(Receipt::Undelivered { detail: detail.to_owned() });
        for (status, code, expected) in [
            ("queued", None, Some(Receipt::Underway)),
            ("sending", None, Some(Receipt::Underway)),
            ("sent", None, Some(Receipt::Underway)),
            ("delivered", None, Some(Receipt::Delivered)),
            ("undelivered", Some("30003"), undelivered("twilio_30003")),
            ("failed", Some("30006"), undelivered("twilio_30006")),
            ("failed", None, undelivered("twilio_failed")),
            // What is no number is somebody's text, and stays outside.
            ("failed", Some("+12065550100"), undelivered("twilio_failed")),
            ("failed", Some("no number"), undelivered("twilio_failed")),
            ("received", None, None),
            ("", None, None),
        ] {
            assert_eq!(receipt(status, code), expected, "{status} {code:?}");
        }
    }

    #[test]
    fn a_code_says_what_follows() {
        let now = Instant(1_000);
        let follows = |code| consequence(&Receipt::Undelivered { detail: String::new() }, code, now);
        for code in ["30003", "30001", "21611", "20429", "20503"] {
            assert_eq!(follows(Some(code)), Consequence::AgainOnce(Instant(61_000)), "{code}");
        }
        for code in ["30006", "21211", "21612", "21614"] {
            assert_eq!(follows(Some(code)), Consequence::BadAddress, "{code}");
        }
        assert_eq!(follows(Some("21610")), Consequence::OptedOut);
        for code in [None, Some("30007"), Some("x")] {
            assert_eq!(follows(code), Consequence::Nothing, "{code:?}");
        }
        assert_eq!(consequence(&Receipt::Delivered, Some("21610"), now), Consequence::Nothing);
    }
}
