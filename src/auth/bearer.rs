//! What stands behind `Authorization: Bearer`, and the tokens that courtd makes itself.
//!
//! A key's token is `courtd_<id>_<secret>`: its beginning makes a leaked one easy to find, its id
//! says whose it is, and its secret is 256 random bits of which only the hash is kept.

use aws_lc_rs::{constant_time, digest, rand};
use axum::http::{HeaderMap, header};

use super::secret::Secret;

/// What every token of a key begins with.
const PREFIX: &str = "courtd_";
/// Bytes of a secret.
const SECRET_BYTES: usize = 32;

/// The token of an API key.
#[derive(Debug)]
pub(crate) struct KeyToken {
    /// The key's id.
    pub(crate) id: String,
    secret: Secret,
}

/// What a request carries.
#[derive(Debug)]
pub(super) enum Bearer {
    /// Nothing.
    None,
    /// A token.
    Token(Secret),
    /// Something that is no token.
    Malformed,
}

impl Bearer {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Self::None };
        let token = value.to_str().ok().and_then(|text| text.split_once(' '));
        match token {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && values.next().is_none() => {
                Self::Token(Secret::new(token.trim()))
            }
            _ => Self::Malformed,
        }
    }
}

impl KeyToken {
    /// A new one for the key of that id.
    pub(crate) fn mint(id: String) -> Self {
        let mut bytes = [0; SECRET_BYTES];
        rand::fill(&mut bytes).expect("the system has randomness once it has started");
        Self { id, secret: Secret::new(&hex(&bytes)) }
    }

    /// From its text; `None` where it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.rsplit_once('_')?;
        Some(Self { id: id.to_owned(), secret: Secret::new(secret) })
    }

    /// Its text: shown once, to whoever asked for the key.
    pub(crate) fn reveal(&self) -> String {
        format!("{PREFIX}{}_{}", self.id, self.secret.reveal())
    }

    /// What is kept of its secret.
    pub(crate) fn secret_hash(&self) -> [u8; 32] {
        hash(self.secret.reveal())
    }

    /// Whether its secret is the one of that hash.
    pub(super) fn opens(&self, secret_hash: &[u8; 32]) -> bool {
        constant_time::verify_slices_are_equal(&self.secret_hash(), secret_hash).is_ok()
    }
}

/// Whether two secrets are the same, in a time that does not depend on where they differ.
pub(super) fn same(one: &Secret, other: &Secret) -> bool {
    constant_time::verify_slices_are_equal(&hash(one.reveal()), &hash(other.reveal())).is_ok()
}

fn hash(text: &str) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_its_own_key_only_and_is_never_printed() {
        let token = KeyToken::mint("key_1".to_owned());
        let text = token.reveal();
        assert!(text.starts_with("courtd_key_1_") && text.len() == "courtd_key_1_".len() + 64, "{}", text.len());
        let read = KeyToken::parse(&text).unwrap();
        assert_eq!(read.id, "key_1");
        assert!(read.opens(&token.secret_hash()));
        let other = KeyToken::mint("key_1".to_owned());
        assert!(!other.opens(&token.secret_hash()));
        assert!(!format!("{token:?}").contains(token.secret.reveal()));
        for text in ["", "courtd_", "courtd_key", "key_1_aa", "a.b.c"] {
            assert!(KeyToken::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_request_carries_one_bearer_token_or_none() {
        let of = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, value.parse().unwrap());
            }
            match Bearer::of(&headers) {
                Bearer::None => "none".to_owned(),
                Bearer::Malformed => "malformed".to_owned(),
                Bearer::Token(secret) => secret.reveal().to_owned(),
            }
        };
        assert_eq!(of(&[]), "none");
        assert_eq!(of(&["Bearer abc"]), "abc");
        assert_eq!(of(&["bearer  abc"]), "abc");
        for wrong in [&["Basic abc"][..], &["Bearer"], &["abc"], &["Bearer a", "Bearer b"]] {
            assert_eq!(of(wrong), "malformed", "{wrong:?}");
        }
    }
}
