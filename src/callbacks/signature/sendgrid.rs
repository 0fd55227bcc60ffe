//! The signature of the email provider: ECDSA on P-256 with SHA-256, over the time at which it was sent and
//! the body as it came.

use std::fmt;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use machine::Instant;

/// How old, or how far ahead, what was signed may be: what is older was recorded by somebody.
const FRESH_MILLIS: u64 = 10 * 60 * 1000;
/// The key as DER: a head that says what it is, and the point.
const SPKI_BYTES: usize = 91;
/// The head of every P-256 key (RFC 5480): the algorithm, the curve, and that a point of 65 bytes follows.
const SPKI_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The key against which the email provider's events are checked. It is public.
#[derive(Clone, PartialEq, Eq)]
pub struct EventKey(Vec<u8>);

impl EventKey {
    /// From what the provider shows: DER in Base64. `None` where it is no key of the kind that it uses.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_STANDARD.decode(text.trim()).ok()?;
        let point = bytes.strip_prefix(&SPKI_HEAD).filter(|_| bytes.len() == SPKI_BYTES)?;
        Some(Self(point.to_vec()))
    }

    /// Whether `signature` is the provider's, of this body, sent at about `now`.
    pub(crate) fn has_signed(&self, signature: &str, timestamp: &str, body: &[u8], now: Instant) -> bool {
        let Ok(signature) = BASE64_STANDARD.decode(signature) else { return false };
        if !is_fresh(timestamp, now) {
            return false;
        }
        let signed = [timestamp.as_bytes(), body].concat();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.0).verify(&signed, &signature).is_ok()
    }
}

impl fmt::Debug for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventKey")
    }
}

/// Whether it was sent about now: seconds since 1970.
fn is_fresh(timestamp: &str, now: Instant) -> bool {
    let sent = timestamp.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1000));
    sent.is_some_and(|sent| now.0.abs_diff(sent) <= FRESH_MILLIS)
}
