//! The settings of payment by card, and the names under which the environment may have them.

use std::path::PathBuf;

use serde::Deserialize;

use super::SettingsError;
use super::access::secret;
use crate::auth::Secret;
use crate::payment::{Stripe, StripeSettings};

/// How the environment of the original calls settings; with `_FILE` behind it the value is in a file.
pub(super) const ORIGINAL_NAMES: [(&str, &str); 3] = [
    ("STRIPE_SECRET_KEY", "COURTD_PAYMENT__SECRET_KEY"),
    ("STRIPE_WEBHOOK_SECRET", "COURTD_PAYMENT__WEBHOOK_SECRET"),
    ("STRIPE_API_BASE", "COURTD_PAYMENT__API_BASE"),
];
/// How long a hold may wait for its payment, in minutes.
const HOLD_MINUTES_MAX: u32 = 60;

/// Payment by card, at Stripe.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentSettings {
    /// Lets the club's account be used.
    pub secret_key: Option<Secret>,
    /// The file that it is in.
    pub secret_key_file: Option<PathBuf>,
    /// Signs what Stripe tells.
    pub webhook_secret: Option<Secret>,
    /// The file that it is in.
    pub webhook_secret_file: Option<PathBuf>,
    /// Where Stripe is.
    #[serde(default = "api_base")]
    pub api_base: String,
    /// Where a member comes back to after paying, unless the request says another.
    pub success_url: Option<String>,
    /// Where a member comes back to without paying, unless the request says another.
    pub cancel_url: Option<String>,
    /// How long a hold waits for its payment.
    #[serde(default = "hold_minutes")]
    pub hold_minutes: u32,
}

fn api_base() -> String {
    crate::payment::API_BASE.to_owned()
}

fn hold_minutes() -> u32 {
    10
}

impl PaymentSettings {
    /// Stripe with every secret read; `None` where one of the two is missing, which is said once.
    pub(super) fn stripe(&self) -> Result<Option<Stripe>, SettingsError> {
        let secret_key = secret("payment.secret_key", self.secret_key.as_ref(), self.secret_key_file.as_deref())?;
        let webhook = (self.webhook_secret.as_ref(), self.webhook_secret_file.as_deref());
        let webhook_secret = secret("payment.webhook_secret", webhook.0, webhook.1)?;
        if !(1..=HOLD_MINUTES_MAX).contains(&self.hold_minutes) {
            return Err(SettingsError::Wrong(format!("payment.hold_minutes must be 1 to {HOLD_MINUTES_MAX}")));
        }
        let (secret_key, webhook_secret) = match (secret_key, webhook_secret) {
            (Some(secret_key), Some(webhook_secret)) => (secret_key, webhook_secret),
            (None, None) => return Ok(None),
            (Some(_), None) => return Ok(missing("STRIPE_WEBHOOK_SECRET")),
            (None, Some(_)) => return Ok(missing("STRIPE_SECRET_KEY")),
        };
        let settings = StripeSettings {
            api_base: self.api_base.clone(),
            secret_key,
            webhook_secret,
            success_url: self.success_url.clone(),
            cancel_url: self.cancel_url.clone(),
            hold_seconds: self.hold_minutes * 60,
        };
        let stripe = Stripe::new(settings);
        stripe.map(Some).map_err(|error| SettingsError::Wrong(format!("failed to prepare payment: {error}")))
    }
}

/// A page that can be paid on and is never heard of would be worse than none.
fn missing(name: &str) -> Option<Stripe> {
    tracing::warn!("courts with a price cannot be paid for: {name} is not set");
    None
}
