//! Known answers, and what is none.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use aws_lc_rs::{encoding::AsDer, hmac};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use machine::Instant;

use super::{EventKey, is_twilios};
use crate::auth::Secret;

/// How often the right signature of the email provider is replayed.
const REPLAYS: u32 = 1_000_000;
/// How many forged signatures of the text provider are tried.
const FORGERIES: u32 = 200_000;
/// How many of the email provider: each is checked on a curve.
const CURVE_FORGERIES: u32 = 5_000;

/// The provider's own example.
const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const SIGNATURE: &str = "0/KCTR6DLpKmkAf8muzZqo1nDgQ=";

fn fields() -> Vec<(String, String)> {
    let fields = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+12349013030"),
        ("Digits", "1234"),
        ("From", "+12349013030"),
        ("To", "+18005551212"),
    ];
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

fn token() -> Secret {
    Secret::new("12345")
}

#[test]
fn the_known_answer_is_accepted_however_the_fields_are_ordered() {
    let mut fields = fields();
    assert!(is_twilios(&token(), URL, &fields, SIGNATURE));
    fields.reverse();
    assert!(is_twilios(&token(), URL, &fields, SIGNATURE));
    fields.push(fields[0].clone());
    assert!(is_twilios(&token(), URL, &fields, SIGNATURE), "the same field twice counts once");
}

#[test]
fn the_port_of_the_scheme_may_be_left_out_or_added() {
    for url in ["https://mycompany.com:443/myapp.php?foo=1&bar=2", "https://mycompany.com:8443/myapp.php?foo=1&bar=2"] {
        assert!(is_twilios(&token(), url, &fields(), SIGNATURE), "{url}");
    }
    for url in ["http://mycompany.com/myapp.php?foo=1&bar=2", "https://mycompany.org/myapp.php?foo=1&bar=2"] {
        assert!(!is_twilios(&token(), url, &fields(), SIGNATURE), "{url}");
    }
    let with_port = sign("https://[2001:db8::1]:443/x");
    assert!(is_twilios(&token(), "https://[2001:db8::1]/x", &[], &with_port));
}

fn sign(text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"12345");
    BASE64_STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

#[test]
fn whatever_is_changed_is_not_signed() {
    let plain = fields();
    for at in 0..plain.len() {
        let mut changed = plain.clone();
        changed[at].1.push('0');
        assert!(!is_twilios(&token(), URL, &changed, SIGNATURE), "{changed:?}");
        let mut missing = plain.clone();
        missing.remove(at);
        assert!(!is_twilios(&token(), URL, &missing, SIGNATURE), "{missing:?}");
    }
    assert!(!is_twilios(&Secret::new("12346"), URL, &plain, SIGNATURE));
    for signature in ["", "0", "0/KCTR6DLpKmkAf8muzZqo1nDgQ", "AAAA", "not base64 at all"] {
        assert!(!is_twilios(&token(), URL, &plain, signature), "{signature}");
    }
}

#[test]
fn forged_signatures_are_none() {
    let plain = fields();
    let mut bytes = BASE64_STANDARD.decode(SIGNATURE).unwrap();
    for forgery in 0..FORGERIES {
        // Near misses, one bit or a few bits away, and anything at all.
        let place = usize::try_from(forgery).unwrap() % bytes.len();
        let before = bytes[place];
        bytes[place] ^= u8::try_from(forgery % 255 + 1).unwrap();
        if forgery % 3 == 0 {
            fastrand::fill(&mut bytes);
        }
        let forged = BASE64_STANDARD.encode(&bytes);
        assert!(forged == SIGNATURE || !is_twilios(&token(), URL, &plain, &forged), "{forged}");
        if forgery % 3 == 0 {
            bytes = BASE64_STANDARD.decode(SIGNATURE).unwrap();
        } else {
            bytes[place] = before;
        }
    }
}

/// A key of a provider, and how it shows it.
fn provider() -> (EcdsaKeyPair, EventKey) {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref()).unwrap();
    let der = pair.public_key().as_der().unwrap();
    let key = EventKey::parse(&BASE64_STANDARD.encode(der.as_ref())).expect("it is shown so");
    (pair, key)
}

fn signature_of(pair: &EcdsaKeyPair, text: &[u8]) -> String {
    BASE64_STANDARD.encode(pair.sign(&SystemRandom::new(), text).unwrap())
}

#[test]
fn events_are_signed_over_the_time_and_the_body_as_they_came() {
    let (pair, key) = provider();
    let signature = signature_of(&pair, b"1700000000[]\r\n");
    let now = Instant(1_700_000_000_000);
    assert!(key.has_signed(&signature, "1700000000", b"[]\r\n", now));
    assert!(!key.has_signed(&signature, "1700000000", b"[]", now), "the body as it came");
    assert!(!key.has_signed(&signature, "1700000001", b"[]\r\n", now), "the time as it came");
    assert!(!key.has_signed(&signature, "170000000", b"0[]\r\n", now), "not the one for the other");
    assert!(!provider().1.has_signed(&signature, "1700000000", b"[]\r\n", now), "another's key");
}

#[test]
fn what_was_signed_long_ago_is_not_believed() {
    let (pair, key) = provider();
    let signature = signature_of(&pair, b"1700000000[]");
    let at = |seconds: i64| key.has_signed(&signature, "1700000000", b"[]", Instant((1_700_000_000 + seconds) * 1000));
    assert!(at(600) && at(-600));
    assert!(!at(601) && !at(-601));
    for timestamp in ["", "now", "99999999999999999999", "9223372036854775807", "-1"] {
        let signature = signature_of(&pair, format!("{timestamp}[]").as_bytes());
        assert!(!key.has_signed(&signature, timestamp, b"[]", Instant(1_700_000_000_000)), "{timestamp}");
    }
}

#[test]
fn a_million_replayed_and_forged_events_are_none() {
    let (pair, key) = provider();
    let (body, now) = (b"[{\"event\":\"bounce\"}]", Instant(1_700_000_000_000));
    let signature = signature_of(&pair, &[b"1700000000", &body[..]].concat());
    let good = BASE64_STANDARD.decode(&signature).unwrap();
    for forgery in 0..CURVE_FORGERIES {
        let mut bytes = good.clone();
        let place = usize::try_from(forgery).unwrap() % bytes.len();
        bytes[place] ^= u8::try_from(forgery % 255 + 1).unwrap();
        assert!(!key.has_signed(&BASE64_STANDARD.encode(&bytes), "1700000000", body, now));
    }
    // The right one, again and again, when its time is over.
    for replay in 0..REPLAYS {
        let later = now.plus(600_001 + i64::from(replay) * 1000);
        assert!(!key.has_signed(&signature, "1700000000", body, later));
    }
}

#[test]
fn only_a_key_of_the_providers_kind_is_one() {
    let (pair, key) = provider();
    let der = pair.public_key().as_der().unwrap();
    assert_eq!(EventKey::parse(&format!(" {}\n", BASE64_STANDARD.encode(der.as_ref()))), Some(key));
    let short = BASE64_STANDARD.encode(&der.as_ref()[..90]);
    for text in ["", "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=", short.as_str(), "?"] {
        assert_eq!(EventKey::parse(text), None, "{text}");
    }
}
