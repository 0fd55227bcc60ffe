//! The signatures of those who carry messages, over what they tell: made as the real ones make them.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use courtd::{Callbacks, EventKey, Secret};

/// Where the providers believe the cluster to be; a proxy takes the folder away.
const PUBLIC_URL: &str = "https://courts.example.org/club";
const TOKEN: &str = "the-token-of-this-very-test";

/// Signs as both providers do.
pub struct Signer(EcdsaKeyPair);

impl Signer {
    /// With a new key for emails.
    pub fn new() -> Self {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new());
        let document = document.expect("the system has randomness");
        Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref()).expect("it was made here"))
    }

    /// By what a node knows both.
    pub fn callbacks(&self) -> Callbacks {
        let key = self.0.public_key().as_der().expect("a key has a form");
        Callbacks {
            public_url: Some(PUBLIC_URL.to_owned()),
            twilio_auth_token: Some(Secret::new(TOKEN)),
            event_key: EventKey::parse(&BASE64_STANDARD.encode(key.as_ref())),
        }
    }

    /// `X-Twilio-Signature` of a form that is posted to a path.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let mut sorted = fields.to_vec();
        sorted.sort_unstable();
        let text: String = sorted.iter().flat_map(|(name, value)| [*name, *value]).collect();
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN.as_bytes());
        BASE64_STANDARD.encode(hmac::sign(&key, format!("{PUBLIC_URL}{path}{text}").as_bytes()))
    }

    /// `X-Twilio-Email-Event-Webhook-Signature` of a body with events.
    pub fn events(&self, timestamp: &str, body: &str) -> String {
        let signature = self.0.sign(&SystemRandom::new(), format!("{timestamp}{body}").as_bytes());
        BASE64_STANDARD.encode(signature.expect("the system has randomness"))
    }
}
