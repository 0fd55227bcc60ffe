//! The settings that say what lies outside: public address, email, texts, payment.
//!
//! They stand in the file of a node, and can all come from the environment alone, for `courtd dev`.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;

use super::SettingsError;
use super::callbacks;
use super::links::LinkSettings;
use super::notify::{self, EmailSettings, SmsSettings};
use super::payment::PaymentSettings;
use crate::outside::Outside;
use crate::words::Words;

/// What lies outside, as settings name it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct OutsideSettings {
    pub(super) public_url: Option<String>,
    pub(super) email: Option<EmailSettings>,
    pub(super) sms: Option<SmsSettings>,
    pub(super) payment: Option<PaymentSettings>,
    pub(super) links: Option<LinkSettings>,
    pub(super) templates_dir: Option<PathBuf>,
}

impl OutsideSettings {
    /// All of it, with every secret read. What is not set up is parked, which is said here: once.
    pub(super) fn outside(&self) -> Result<Outside, SettingsError> {
        let public_url = self.public_url.as_deref().map(notify::public_url).transpose()?;
        let stripe = self.payment.as_ref().map(PaymentSettings::stripe).transpose()?.flatten();
        let post = notify::post(self.email.as_ref(), self.sms.as_ref(), public_url.as_deref())?;
        let post = Post { payment: stripe.clone().map(Till::new), ..post };
        let links = self.links.clone().unwrap_or_default().links(public_url.as_deref())?.map(Arc::new);
        let words = self.templates_dir.as_deref().map_or_else(|| Ok(Words::default()), Words::load);
        let words = words.map(Arc::new).map_err(|error| SettingsError::Wrong(error.to_string()))?;
        let callbacks = callbacks::callbacks(self.email.as_ref(), self.sms.as_ref(), public_url.as_deref())?;
        let outside = Outside { public_url, callbacks, post, inbox: None, stripe: None, links, words };
        Ok(match stripe {
            Some(stripe) => outside.with_stripe(stripe),
            None => outside,
        })
    }
}
