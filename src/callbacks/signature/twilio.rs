//! The signature of the text provider, `X-Twilio-Signature`: HMAC-SHA1 with the account's token over the
//! address that it asked for and every field that it posted, sorted by name, in Base64.

use std::collections::BTreeSet;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::auth::Secret;

/// Whether `signature` is that of a form posted to `url`.
pub(in crate::callbacks) fn is_twilios(
    token: &Secret,
    url: &str,
    fields: &[(String, String)],
    signature: &str,
) -> bool {
    let Ok(signature) = BASE64_STANDARD.decode(signature) else { return false };
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.reveal().as_bytes());
    // The same name and value twice counts once.
    let fields: BTreeSet<&(String, String)> = fields.iter().collect();
    let fields: String = fields.into_iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]).collect();
    // It leaves out or adds the port of the scheme as it likes: all of them are this one address.
    spellings(url).any(|url| hmac::verify(&key, format!("{url}{fields}").as_bytes(), &signature).is_ok())
}

/// The address as it stands, without its port, and with the port of its scheme.
fn spellings(url: &str) -> impl Iterator<Item = String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let bare = match host.rsplit_once(':') {
        // A colon inside the brackets of an address is none before a port.
        Some((bare, port)) if !port.contains(']') => bare,
        _ => host,
    };
    let port = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    let others = [format!("{scheme}://{bare}{path}"), format!("{scheme}://{bare}:{port}{path}")];
    std::iter::once(url.to_owned()).chain(others)
}
