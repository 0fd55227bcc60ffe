//! What the providers say afterwards of all that they took: signed, twice, out of order, at any node.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::RequestBuilder;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use crate::harness::{Provider, Taken, now_millis};

/// The account's token at the text provider.
pub const TOKEN: &str = "the-token-of-these-faults";
/// Where the providers believe the cluster to be.
pub const PUBLIC_URL: &str = "https://courts.example.org";
/// Between two tries at telling, and two looks whether there is something to tell.
const AGAIN_AFTER: Duration = Duration::from_millis(50);
/// What is told of a text, in the order in which it comes.
const TEXT_NEWS: [&str; 4] = ["delivered", "sent", "delivered", "queued"];
const EMAIL_NEWS: [&str; 3] = ["delivered", "processed", "delivered"];

/// Tells until everything is told.
pub struct Teller {
    telling: JoinHandle<()>,
    finish: CancellationToken,
}

/// Signs, and knows the nodes.
pub struct Voice {
    http: reqwest::Client,
    urls: Vec<String>,
    pair: EcdsaKeyPair,
}

impl Voice {
    /// With a key of its own.
    pub fn new() -> Self {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new());
        let document = document.expect("there is randomness");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref()).expect("a key");
        let http = reqwest::Client::builder().timeout(Duration::from_secs(5)).no_proxy().build();
        Self { http: http.expect("a client"), urls: Vec::new(), pair }
    }

    /// The key by which the email provider is known.
    pub fn public_key(&self) -> String {
        BASE64_STANDARD.encode(self.pair.public_key().as_der().expect("a public key").as_ref())
    }

    fn text(&self, url: &str, taken: &Taken, status: &str) -> RequestBuilder {
        let callback = taken.request["StatusCallback"].as_str().expect("the world sees us");
        let path = callback.strip_prefix(PUBLIC_URL).expect("it is ours");
        // Sorted by name, as they are signed.
        let name = taken.name.as_deref().unwrap_or_default();
        let fields = [("MessageSid", name), ("MessageStatus", status), ("To", taken.to.as_str())];
        let signed: String = fields.iter().flat_map(|(name, value)| [*name, *value]).collect();
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN.as_bytes());
        let signature = BASE64_STANDARD.encode(hmac::sign(&key, format!("{callback}{signed}").as_bytes()));
        self.http.post(format!("{url}{path}")).header("x-twilio-signature", signature).form(&fields)
    }

    fn email(&self, url: &str, taken: &Taken, event: &str) -> RequestBuilder {
        let args = &taken.request["custom_args"];
        let name = taken.name.as_deref().unwrap_or_default();
        let events = json!([{
            "event": event, "sg_event_id": format!("{name}-{event}"), "sg_message_id": format!("{name}.recvd-x-1"),
            "email": taken.to, "timestamp": now_millis() / 1000, "facility_id": args["facility_id"],
            "delivery_id": args["delivery_id"], "member_id": args["member_id"],
        }]);
        let (body, timestamp) = (events.to_string(), (now_millis() / 1000).to_string());
        let signature = self.pair.sign(&SystemRandom::new(), format!("{timestamp}{body}").as_bytes());
        let request = self.http.post(format!("{url}/api/sendgrid/events")).body(body);
        request
            .header("content-type", "application/json")
            .header("x-twilio-email-event-webhook-signature", BASE64_STANDARD.encode(signature.expect("it signs")))
            .header("x-twilio-email-event-webhook-timestamp", timestamp)
    }

    /// Tells one thing until a node has noted it.
    async fn tell(&self, taken: &Taken, news: &str) {
        let mut pace = interval(AGAIN_AFTER);
        loop {
            pace.tick().await;
            let url = fastrand::choice(&self.urls).expect("three");
            let request =
                if taken.medium == "sms" { self.text(url, taken, news) } else { self.email(url, taken, news) };
            let Ok(answer) = request.send().await else { continue };
            let status = answer.status().as_u16();
            let said = answer.text().await.unwrap_or_default();
            assert!(status == 204 || status >= 500, "{news} was answered {status}: {said}");
            if status == 204 {
                return;
            }
        }
    }
}

impl Teller {
    /// Tells of everything that the provider has taken, a moment later.
    pub fn start(provider: &Arc<Provider>, voice: Voice, urls: Vec<String>) -> Self {
        let (provider, voice) = (Arc::clone(provider), Voice { urls, ..voice });
        let finish = CancellationToken::new();
        let last = finish.clone();
        let telling = tokio::spawn(async move {
            let (mut told, mut pace) = (0, interval(AGAIN_AFTER));
            loop {
                pace.tick().await;
                let is_last = last.is_cancelled();
                for taken in provider.taken().iter().skip(told) {
                    let all: &[&str] = if taken.medium == "sms" { &TEXT_NEWS } else { &EMAIL_NEWS };
                    for news in all {
                        voice.tell(taken, news).await;
                    }
                    told += 1;
                }
                if is_last {
                    return;
                }
            }
        });
        Self { telling, finish }
    }

    /// Once everything is told that was taken until now.
    pub async fn finish(self) {
        self.finish.cancel();
        self.telling.await.expect("a node answered what the contract allows");
    }
}
