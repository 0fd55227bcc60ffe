//! By what the providers are known: their secrets, and the address at which they find this node.

use axum::http::uri::PathAndQuery;

use super::signature::{self, EventKey};
use crate::auth::Secret;

/// By what the providers are known. Without its secret a provider is nobody.
#[derive(Clone, Debug, Default)]
pub struct Callbacks {
    /// Where the outside world finds this cluster: scheme, host and what stands before every path. A text
    /// provider signs what it asks for there.
    pub public_url: Option<String>,
    /// The text provider's secret, with which it signs.
    pub twilio_auth_token: Option<Secret>,
    /// The email provider's key, against which its signature is checked.
    pub event_key: Option<EventKey>,
}

impl Callbacks {
    /// Whether the text provider can be known at all.
    pub(crate) fn knows_twilio(&self) -> bool {
        self.public_url.is_some() && self.twilio_auth_token.is_some()
    }

    /// Whether the text provider has signed a form that it posted to this path.
    pub(crate) fn is_twilios(&self, path: &PathAndQuery, fields: &[(String, String)], signature: &str) -> bool {
        let (Some(base), Some(token)) = (&self.public_url, &self.twilio_auth_token) else { return false };
        let url = format!("{}{path}", base.trim_end_matches('/'));
        signature::is_twilios(token, &url, fields, signature)
    }
}
