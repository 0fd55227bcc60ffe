//! Tokens that somebody else signs, with the keys that they publish, also while they do not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::http::StatusCode;
use courtd::{Access, Claims, JwtAccess, KeySource};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::club::{hour, tomorrow};
use crate::gate::{Gated, closed};

/// Somebody who signs tokens, and publishes the keys for it where `jwks` says.
struct Issuer {
    address: SocketAddr,
    published: watch::Sender<Option<Value>>,
    asked: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

/// A key that signs, and its public half as it is published.
struct SigningKey {
    kid: &'static str,
    key: EncodingKey,
    jwk: Value,
}

impl SigningKey {
    fn new(kid: &'static str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let key = EncodingKey::from_ed_der(document.as_ref());
        let x = base64url(pair.public_key().as_ref());
        Self { kid, key, jwk: json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x}) }
    }

    /// A token of this role, for `mbr_1` and `fac_1`.
    fn sign(&self, role: &str) -> String {
        let header = Header { kid: Some(self.kid.to_owned()), ..Header::new(Algorithm::EdDSA) };
        let exp = chrono::Utc::now().timestamp() + 300;
        let claims = json!({"sub": "mbr_1", "exp": exp, "courtd_role": role, "courtd_facilities": ["fac_1"]});
        encode(&header, &claims, &self.key).unwrap()
    }
}

fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let group = |chunk: &[u8]| {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | usize::from(chunk.get(at).copied().unwrap_or(0)));
        (0..=chunk.len()).map(|at| char::from(LETTERS[bits >> (18 - 6 * at) & 63])).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

impl Issuer {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (published, asked) = (watch::Sender::new(None), Arc::new(AtomicUsize::new(0)));
        let (shown, count) = (published.subscribe(), Arc::clone(&asked));
        let jwks = move || {
            count.fetch_add(1, Ordering::SeqCst);
            let set: Option<Value> = shown.borrow().clone();
            async move { set.map(axum::Json).ok_or(StatusCode::SERVICE_UNAVAILABLE) }
        };
        let router = axum::Router::new().route("/jwks.json", axum::routing::get(jwks));
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, published, asked, serving }
    }

    fn publish(&self, keys: &[&SigningKey]) {
        let keys: Vec<&Value> = keys.iter().map(|key| &key.jwk).collect();
        self.published.send_replace(Some(json!({"keys": keys})));
    }

    /// A node that believes it, and reads its keys again after `rest` at the soonest.
    fn believed(&self, rest: Duration) -> Access {
        let jwt = JwtAccess {
            keys: vec![KeySource::Url(format!("http://{}/jwks.json", self.address))],
            issuer: None,
            audience: None,
            leeway: Duration::from_secs(30),
            claims: Claims::default(),
            refresh_every: Duration::from_secs(3600),
            refresh_rest: rest,
        };
        Access { jwt: Some(jwt), ..closed() }
    }
}

async fn ask(gated: &Gated, token: &str) -> (u16, String) {
    let answer = gated.with_token(Method::GET, 0, token, "/api/facilities/fac_1/members/mbr_1", &Value::Null).await;
    (answer.status, answer.body["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_token_acts_as_its_role() {
    let (issuer, key) = (Issuer::start().await, SigningKey::new("one"));
    issuer.publish(&[&key]);
    let gated = Gated::with(issuer.believed(Duration::from_millis(10))).await;
    let attempt = |member: &str| hour(&tomorrow("10:00"), json!({"memberId": member}));
    let post = |role: &str, member: &str| {
        let (token, body) = (key.sign(role), attempt(member));
        let gated = &gated;
        async move { gated.with_token(Method::POST, 1, &token, "/attempt", &body).await }
    };
    post("member", "mbr_2").await.is(403, "not_yours");
    post("member", "mbr_1").await.ok();
    post("service", "mbr_2").await.is(409, "slot_taken");
    let courts = "/api/facilities/fac_1/courts";
    let court = json!({"name": "New", "courtType": "padel"});
    gated.with_token(Method::POST, 2, &key.sign("service"), courts, &court).await.is(403, "forbidden");
    gated.with_token(Method::POST, 2, &key.sign("staff"), courts, &court).await.ok();
    gated.with_token(Method::POST, 2, &key.sign("king"), courts, &court).await.is(401, "invalid_token");
    gated.close().await;
    issuer.serving.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_fetched_when_a_token_names_it_and_an_outage_keeps_the_old_ones() {
    let issuer = Issuer::start().await;
    let (old, new, never) = (SigningKey::new("old"), SigningKey::new("new"), SigningKey::new("never"));
    let gated = Gated::with(issuer.believed(Duration::from_millis(10))).await;
    // Nothing was ever read: nobody can tell, which is not the caller's fault.
    assert_eq!(ask(&gated, &old.sign("member")).await, (503, "keys_unavailable".to_owned()));
    issuer.publish(&[&old]);
    gated.club.eventually("it is read", async || (ask(&gated, &old.sign("member")).await.0 == 200).then_some(())).await;
    assert_eq!(ask(&gated, &never.sign("member")).await, (401, "invalid_token".to_owned()));

    issuer.published.send_replace(None);
    assert_eq!(ask(&gated, &never.sign("member")).await, (401, "invalid_token".to_owned()));
    assert_eq!(ask(&gated, &old.sign("member")).await.0, 200, "while nothing can be read");
    // A set without a key is a mistake, and no reason to let nobody in.
    issuer.publish(&[]);
    assert_eq!(ask(&gated, &never.sign("member")).await, (401, "invalid_token".to_owned()));
    assert_eq!(ask(&gated, &old.sign("member")).await.0, 200, "while nothing is there");

    issuer.publish(&[&new]);
    gated.club.eventually("it is read", async || (ask(&gated, &new.sign("member")).await.0 == 200).then_some(())).await;
    assert_eq!(ask(&gated, &old.sign("member")).await, (401, "invalid_token".to_owned()), "it was withdrawn");
    gated.close().await;
    issuer.serving.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_unknown_keys_asks_for_them_once() {
    let (issuer, key) = (Issuer::start().await, SigningKey::new("one"));
    issuer.publish(&[&key]);
    let gated = Gated::with(issuer.believed(Duration::from_secs(3600))).await;
    gated.club.eventually("it is read", async || (ask(&gated, &key.sign("member")).await.0 == 200).then_some(())).await;
    for _ in 0..50 {
        let stranger = SigningKey::new("stranger");
        assert_eq!(ask(&gated, &stranger.sign("operator")).await, (401, "invalid_token".to_owned()));
    }
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 3, "each node has read them once, when it started");
    gated.close().await;
    issuer.serving.abort();
}
