//! The keys that sign links: HMAC-SHA256, one that signs and those before it.
//!
//! A key is told by a name that follows from it, so that nobody has to name keys: whoever puts a new key in
//! and the old one among the previous ones has rotated it.

use aws_lc_rs::{constant_time, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::LinkError;
use crate::auth::Secret;

/// The shortest key, in characters.
const KEY_CHARS_MIN: usize = 32;
/// Bytes of a key's name: enough to tell a handful of keys apart.
const NAME_BYTES: usize = 4;
/// Bytes of the signature that a token carries: half of the digest is kept, as RFC 2104 allows, because a
/// token has to fit into a text message.
const TAG_BYTES: usize = 16;
/// The longest token that is looked at; the longest that is made has some 400 characters.
const TOKEN_CHARS_MAX: usize = 1024;
/// What is signed besides the token: nothing else that is signed with the same secret is a token.
const CONTEXT: &[u8] = b"courtd link 1\0";
/// What a key signs to find its name.
const NAME_CONTEXT: &[u8] = b"courtd link key\0";

/// Why there can be no links.
#[derive(Debug, thiserror::Error)]
pub enum LinksError {
    /// A key that can be guessed.
    #[error("a key of links must have 32 characters or more")]
    ShortKey,
    /// No address that people can open.
    #[error("public_url is no address such as https://courts.example.org: {0}")]
    PublicUrl(String),
    /// The system has no randomness.
    #[error("failed to make a random key")]
    NoRandomness,
}

/// The key that signs, and those whose signatures are good as well.
pub(super) struct SigningKeys {
    /// The first one signs.
    all: Vec<SigningKey>,
}

struct SigningKey {
    name: [u8; NAME_BYTES],
    key: hmac::Key,
}

impl SigningKeys {
    pub(super) fn new(key: &Secret, previous: &[Secret]) -> Result<Self, LinksError> {
        let all = std::iter::once(key).chain(previous).map(Secret::reveal);
        let made = |text: &str| {
            if text.chars().count() < KEY_CHARS_MIN { Err(LinksError::ShortKey) } else { Ok(text.as_bytes().into()) }
        };
        Ok(Self { all: all.map(made).collect::<Result<_, _>>()? })
    }

    pub(super) fn random() -> Result<Self, LinksError> {
        let mut key = [0; 32];
        rand::fill(&mut key).map_err(|_| LinksError::NoRandomness)?;
        Ok(Self { all: vec![key.as_slice().into()] })
    }

    /// A payload as a token: the name of the key, the payload, the signature of both.
    pub(super) fn sign(&self, payload: &[u8]) -> String {
        let key = self.all.first().expect("a first key is there from the beginning");
        let mut token = [&key.name, payload].concat();
        let tag = key.sign(&token);
        token.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The payload of a token that one of the keys has signed.
    pub(super) fn open(&self, token: &str) -> Result<Vec<u8>, LinkError> {
        if token.len() > TOKEN_CHARS_MAX {
            return Err(LinkError::Malformed);
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| LinkError::Malformed)?;
        let (signed, tag) = bytes.split_last_chunk::<TAG_BYTES>().ok_or(LinkError::Malformed)?;
        let (name, _) = signed.split_first_chunk::<NAME_BYTES>().ok_or(LinkError::Malformed)?;
        let key = self.all.iter().find(|key| key.name == *name).ok_or(LinkError::UnknownKey)?;
        constant_time::verify_slices_are_equal(&key.sign(signed), tag).map_err(|_| LinkError::Forged)?;
        bytes.truncate(bytes.len() - TAG_BYTES);
        Ok(bytes.split_off(NAME_BYTES))
    }
}

impl SigningKey {
    fn sign(&self, signed: &[u8]) -> [u8; TAG_BYTES] {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(CONTEXT);
        context.update(signed);
        *context.sign().as_ref().first_chunk().expect("the digest is longer")
    }
}

impl From<&[u8]> for SigningKey {
    fn from(secret: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let named = hmac::sign(&key, NAME_CONTEXT);
        Self { name: *named.as_ref().first_chunk().expect("the digest is longer"), key }
    }
}
