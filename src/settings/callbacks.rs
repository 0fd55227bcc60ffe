//! The settings that say by what the providers are known that tell what became of messages.

use serde::Deserialize;

use super::SettingsError;
use crate::auth::Secret;
use crate::callbacks::EventKey;

/// The text provider's secret in the environment, as the original has it.
const TWILIO_AUTH_TOKEN: &str = "TWILIO_AUTH_TOKEN";
/// The name of the file that it is in.
const TWILIO_AUTH_TOKEN_FILE: &str = "TWILIO_AUTH_TOKEN_FILE";

/// What comes back of emails.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailSettings {
    /// The key that SendGrid shows for its signed events: DER in Base64.
    pub event_public_key: Option<String>,
}

impl EmailSettings {
    /// The key, where one is set.
    pub(super) fn event_key(&self) -> Result<Option<EventKey>, SettingsError> {
        let wrong = "email.event_public_key is no P-256 public key as SendGrid shows it";
        let key = |text: &String| EventKey::parse(text).ok_or_else(|| SettingsError::Wrong(wrong.to_owned()));
        self.event_public_key.as_ref().map(key).transpose()
    }
}

/// The text provider's secret, where there is one.
pub(super) fn twilio_auth_token(environment: &[(String, String)]) -> Result<Option<Secret>, SettingsError> {
    let value = |name: &str| environment.iter().find(|(named, _)| named == name).map(|(_, value)| value);
    if let Some(text) = value(TWILIO_AUTH_TOKEN).filter(|text| !text.trim().is_empty()) {
        return Ok(Some(Secret::new(text)));
    }
    let Some(path) = value(TWILIO_AUTH_TOKEN_FILE) else { return Ok(None) };
    let read = std::fs::read_to_string(path);
    let unread = |source| SettingsError::ValueFile { name: TWILIO_AUTH_TOKEN_FILE.to_owned(), source };
    read.map(|text| Some(Secret::new(&text))).map_err(unread)
}
