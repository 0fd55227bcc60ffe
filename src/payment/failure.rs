//! Why Stripe did not do as asked, by what can be done about it.
//!
//! Details are codes: `http_500`, `stripe_charge_disputed`. Stripe's sentences stay out, because they are kept
//! for years and may repeat what was sent.

use std::time::Duration;

use serde_json::Value;

/// The longest code of Stripe's that is repeated.
const CODE_CHARS_MAX: usize = 64;

/// What its keys begin with: no code of its does.
const KEY_HEADS: [&str; 3] = ["sk_", "rk_", "whsec_"];

/// Why Stripe did not do as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It will not, however often it is asked.
    Refused {
        /// A code.
        detail: String,
    },
    /// It certainly has not, and may later.
    Again {
        /// Not sooner.
        after: Option<Duration>,
        /// A code.
        detail: String,
    },
    /// It may have: to ask again under the same key does no harm.
    Unknown {
        /// A code.
        detail: String,
    },
    /// As unknown, and the same key comes to nothing else for a day.
    Spent {
        /// A code.
        detail: String,
    },
    /// The key is not good for this.
    Misconfigured {
        /// A code.
        detail: String,
    },
    /// The same key came with other parameters before.
    OtherParameters,
}

impl Failure {
    /// It will not, for this reason.
    pub(super) fn refused(detail: &str) -> Self {
        Self::Refused { detail: detail.to_owned() }
    }

    /// An answer that is no good one.
    pub(super) fn of_answer(status: u16, body: &Value, after: Option<Duration>) -> Self {
        let error = &body["error"];
        let detail = code(error).map_or_else(|| format!("http_{status}"), |code| format!("stripe_{code}"));
        match status {
            401 | 403 => Self::Misconfigured { detail },
            // The same request is under way.
            409 | 424 | 425 | 429 => Self::Again { after, detail },
            400 if error["type"] == "idempotency_error" => Self::OtherParameters,
            400..500 => Self::Refused { detail },
            _ => Self::Unknown { detail: format!("http_{status}") },
        }
    }

    /// The same, where Stripe repeats under the key what it answered first.
    pub(super) fn repeated(self) -> Self {
        match self {
            Self::Unknown { detail } => Self::Spent { detail },
            other => other,
        }
    }

    /// No answer.
    pub(super) fn of_transport(error: &reqwest::Error) -> Self {
        if error.is_connect() {
            return Self::Again { after: None, detail: "not_connected".to_owned() };
        }
        let detail = if error.is_timeout() { "timeout" } else { "connection_lost" };
        Self::Unknown { detail: detail.to_owned() }
    }

    /// Whether it refused for this reason.
    pub(super) fn is(&self, stripe_code: &str) -> bool {
        matches!(self, Self::Refused { detail } if detail.strip_prefix("stripe_") == Some(stripe_code))
    }

    /// The code that says why.
    pub(crate) fn detail(&self) -> &str {
        match self {
            Self::Refused { detail }
            | Self::Again { detail, .. }
            | Self::Unknown { detail }
            | Self::Spent { detail }
            | Self::Misconfigured { detail } => detail,
            Self::OtherParameters => "stripe_idempotency_error",
        }
    }
}

/// Stripe's code, where it has the form of one.
fn code(error: &Value) -> Option<&str> {
    let is_code = |code: &&str| {
        (1..=CODE_CHARS_MAX).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            && !KEY_HEADS.iter().any(|head| code.starts_with(head))
    };
    error["code"].as_str().filter(is_code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_can_be_done_about_it_follows_from_status_and_code() {
        let of = |status, code: &str| Failure::of_answer(status, &json!({"error": {"code": code}}), None);
        let again = |detail: &str| Failure::Again { after: None, detail: detail.to_owned() };
        assert_eq!(of(400, "amount_too_small"), Failure::refused("stripe_amount_too_small"));
        assert!(of(400, "charge_already_refunded").is("charge_already_refunded"));
        assert_eq!(of(404, "resource_missing"), Failure::refused("stripe_resource_missing"));
        assert_eq!(of(401, ""), Failure::Misconfigured { detail: "http_401".to_owned() });
        assert_eq!(of(409, "idempotency_key_in_use"), again("stripe_idempotency_key_in_use"));
        assert_eq!(of(429, "lock_timeout"), again("stripe_lock_timeout"));
        assert_eq!(of(500, "anything"), Failure::Unknown { detail: "http_500".to_owned() });
        assert_eq!(of(302, ""), Failure::Unknown { detail: "http_302".to_owned() });
        let mismatch = json!({"error": {"type": "idempotency_error"}});
        assert_eq!(Failure::of_answer(400, &mismatch, None), Failure::OtherParameters);
        let after = Some(Duration::from_secs(7));
        assert_eq!(
            Failure::of_answer(429, &Value::Null, after),
            Failure::Again { after, detail: "http_429".to_owned() }
        );
    }

    #[test]
    fn a_code_that_is_a_sentence_or_a_key_is_not_repeated() {
        let told = json!({"error": {"code": "No such card: 4242 of ana@example.org"}});
        assert_eq!(Failure::of_answer(400, &told, None), Failure::refused("http_400"));
        let told = json!({"error": {"code": "sk_live_0123456789abcdef"}});
        assert_eq!(Failure::of_answer(400, &told, None), Failure::refused("http_400"));
    }
}
