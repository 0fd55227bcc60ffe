//! The settings that say by what the providers are known that tell what became of messages.

use super::SettingsError;
use super::access::secret;
use super::notify::{EmailSettings, SmsSettings};
use crate::callbacks::{Callbacks, EventKey};

/// By what the providers are known: those that send, from where they find the cluster.
pub(super) fn callbacks(
    email: Option<&EmailSettings>,
    sms: Option<&SmsSettings>,
    public_url: Option<&str>,
) -> Result<Callbacks, SettingsError> {
    let token = |sms: &SmsSettings| secret("sms.auth_token", sms.auth_token.as_ref(), sms.auth_token_file.as_deref());
    Ok(Callbacks {
        public_url: public_url.map(str::to_owned),
        twilio_auth_token: sms.map(token).transpose()?.flatten(),
        event_key: email.map(EmailSettings::event_key).transpose()?.flatten(),
    })
}

impl EmailSettings {
    /// The key of SendGrid's events, where one is set.
    fn event_key(&self) -> Result<Option<EventKey>, SettingsError> {
        let wrong = "email.event_public_key is no P-256 public key as SendGrid shows it";
        let key = |text: &String| EventKey::parse(text).ok_or_else(|| SettingsError::Wrong(wrong.to_owned()));
        self.event_public_key.as_ref().map(key).transpose()
    }
}
