//! A small Stripe on a port of its own: pages to pay on, money back, keys that are kept, and mishaps.
//!
//! It does what Stripe's own pages say of the five calls that courtd makes, as far as courtd can tell: a key
//! answers a repeat as it was answered first, also with 500; one that comes with other parameters is refused;
//! what is closed stays closed. It knows nothing of courtd. What it tells is signed and handed to the test,
//! which sends it when, where and as often as it likes.
//!
//! Where `tests/referees/stripe` asks for it, every request that comes is written down, and judged there by
//! Stripe's own SDK.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_lc_rs::hmac;
use axum::body::{Body, to_bytes};
use axum::extract::{Form, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The key that it takes.
pub const SECRET_KEY: &str = "sk_test_of_the_fake";
/// What it signs with.
pub const WEBHOOK_SECRET: &str = "whsec_of_the_fake";

/// Names the folder in which requests are written down, one a line.
const JOURNAL: &str = "COURTD_TEST_STRIPE_JOURNAL";
/// More than any form has.
const BODY_BYTES_MAX: usize = 1 << 20;

/// What goes wrong with the next POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It is done, and answered with 500.
    DoneAndFails,
    /// It is not done, and answered with 500; the key repeats that.
    Fails,
    /// It is done, and never answered.
    DoneInSilence,
    /// It is not done: too many requests.
    Busy,
    /// The key is worth nothing.
    Unauthorized,
}

/// A POST that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Where to.
    pub path: String,
    /// Its `Idempotency-Key`.
    pub key: String,
    /// Its form.
    pub form: BTreeMap<String, String>,
}

#[derive(Default)]
struct Account {
    sessions: BTreeMap<String, Value>,
    intents: BTreeMap<String, Value>,
    kept: BTreeMap<String, (Asked, u16, Value)>,
    mishaps: VecDeque<Mishap>,
    asked: Vec<Asked>,
    names: u64,
}

/// A Stripe for one test.
#[derive(Clone)]
pub struct FakeStripe {
    address: SocketAddr,
    account: Arc<Mutex<Account>>,
    serving: Arc<JoinHandle<()>>,
}

impl FakeStripe {
    /// Starts on any port that is free.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, account) = (listener.local_addr()?, Arc::new(Mutex::new(Account::default())));
        let router = Router::new()
            .route("/v1/checkout/sessions", post(create_session))
            .route("/v1/checkout/sessions/{id}", get(get_session))
            .route("/v1/checkout/sessions/{id}/expire", post(expire_session))
            .route("/v1/refunds", post(create_refund).get(list_refunds))
            .route("/v1/payment_intents/{id}", get(get_intent))
            .layer(map_response(keep_silent))
            .layer(from_fn(write_down))
            .with_state(Arc::clone(&account));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Ok(Self { address, account, serving: Arc::new(serving) })
    }

    /// Nobody answers there any more.
    pub fn stop(&self) {
        self.serving.abort();
    }

    /// Where it is.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What goes wrong with the POSTs to come, one after the other.
    pub fn goes_wrong(&self, mishap: Mishap) {
        self.account().mishaps.push_back(mishap);
    }

    /// A day passes: it knows no key any more.
    pub fn forget_keys(&self) {
        self.account().kept.clear();
    }

    /// Every POST that came, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.account().asked.clone()
    }

    /// The page on which a reservation is paid for, the last where there are several.
    pub fn page_of(&self, reservation_id: &str) -> Option<Value> {
        let account = self.account();
        let own = |session: &&Value| session["client_reference_id"] == reservation_id;
        account.sessions.values().filter(own).max_by_key(|session| session["created"].as_u64()).cloned()
    }

    /// How many pages there are.
    pub fn pages(&self) -> usize {
        self.account().sessions.len()
    }

    /// Somebody pays on a page; the event that tells of it, or `None` where the page is closed.
    pub fn pay(&self, session_id: &str) -> Option<Value> {
        let mut account = self.account();
        let payment = account.name("pi_");
        let session = account.sessions.get_mut(session_id).filter(|session| session["status"] == "open")?;
        session["status"] = json!("complete");
        session["payment_status"] = json!("paid");
        session["payment_intent"] = json!(payment);
        session["url"] = Value::Null;
        let session = session.clone();
        account.take(&payment, session["amount_total"].as_u64()?, &session["metadata"]);
        Some(account.event("checkout.session.completed", session))
    }

    /// A payment of any amount for anything, as somebody might make it by hand; the event that tells of it.
    pub fn pay_by_hand(&self, amount: u64, metadata: &Value) -> Value {
        let mut account = self.account();
        let (session, payment) = (account.name("cs_test_"), account.name("pi_"));
        account.take(&payment, amount, metadata);
        let session = json!({"id": session, "object": "checkout.session", "status": "complete", "payment_status": "paid",
            "payment_intent": payment, "amount_total": amount, "metadata": metadata});
        account.event("checkout.session.completed", session)
    }

    /// An event about a page as it is now.
    pub fn page_event(&self, kind: &str, session_id: &str) -> Value {
        let mut account = self.account();
        let session = account.sessions.get(session_id).cloned().unwrap_or_default();
        account.event(kind, session)
    }

    /// Somebody closes a page by hand; the event that tells of it.
    pub fn close(&self, session_id: &str) -> Value {
        if let Some(session) = self.account().sessions.get_mut(session_id) {
            session["status"] = json!("expired");
            session["url"] = Value::Null;
        }
        self.page_event("checkout.session.expired", session_id)
    }

    /// Somebody gives money back by hand; the event that tells of it.
    pub fn give_back(&self, payment: &str, amount: u64) -> Value {
        let mut account = self.account();
        account.give_back(payment, amount, json!({}));
        let charge = account.charge(payment);
        account.event("charge.refunded", charge)
    }

    /// What the charge of a payment is called.
    pub fn charge_of(&self, payment: &str) -> String {
        self.account().charge(payment)["id"].as_str().unwrap_or_default().to_owned()
    }

    /// How many refunds of a payment were made.
    pub fn refunds_of(&self, payment: &str) -> usize {
        self.account().charge(payment)["refunds"]["data"].as_array().map_or(0, Vec::len)
    }

    /// How much of a payment has gone back.
    pub fn gone_back(&self, payment: &str) -> u64 {
        self.account().charge(payment)["amount_refunded"].as_u64().unwrap_or(0)
    }

    /// An event about a dispute of a payment, which is its Stripe's own kind of news: it has no notes on it.
    pub fn dispute(&self, kind: &str, payment: &str, status: &str) -> Value {
        let mut account = self.account();
        let name = account.name("dp_");
        let dispute = json!({"id": name, "object": "dispute", "payment_intent": payment, "status": status});
        account.event(kind, dispute)
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().expect("nobody panicked with it")
    }
}

/// The signature of a body at a time, in seconds, and the header that it stands in.
pub fn signature(body: &str, at: i64) -> String {
    signature_by(WEBHOOK_SECRET, body, at)
}

/// The same with another secret.
pub fn signature_by(secret: &str, body: &str, at: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{at}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={at},v1={hex}")
}

type Answer = (u16, Value);

impl Account {
    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{:016}", self.names)
    }

    fn event(&mut self, kind: &str, object: Value) -> Value {
        let name = self.name("evt_");
        json!({"id": name, "object": "event", "type": kind, "livemode": false, "data": {"object": object}})
    }

    fn take(&mut self, payment: &str, amount: u64, metadata: &Value) {
        let charge = self.name("ch_");
        let charge = json!({"id": charge, "object": "charge", "payment_intent": payment, "amount": amount,
            "amount_refunded": 0, "metadata": metadata, "refunds": {"data": []}});
        let intent = json!({"id": payment, "object": "payment_intent", "metadata": metadata, "latest_charge": charge});
        self.intents.insert(payment.to_owned(), intent);
    }

    fn charge(&self, payment: &str) -> Value {
        self.intents.get(payment).map_or(Value::Null, |intent| intent["latest_charge"].clone())
    }

    /// The payment that a form or query names by itself or by its charge.
    fn named(&self, form: &BTreeMap<String, String>) -> String {
        let by_charge = || {
            let charge = form.get("charge")?;
            let own = |intent: &&Value| intent["latest_charge"]["id"] == charge.as_str();
            self.intents.values().find(own)?["id"].as_str().map(str::to_owned)
        };
        form.get("payment_intent").cloned().or_else(by_charge).unwrap_or_default()
    }

    fn give_back(&mut self, payment: &str, amount: u64, metadata: Value) -> Answer {
        let name = self.name("re_");
        let Some(intent) = self.intents.get_mut(payment) else { return refused("resource_missing") };
        let charge = &mut intent["latest_charge"];
        let (taken, gone) = (charge["amount"].as_u64().unwrap_or(0), charge["amount_refunded"].as_u64().unwrap_or(0));
        if gone == taken {
            return refused("charge_already_refunded");
        }
        if amount > taken - gone {
            return refused("amount_too_large");
        }
        charge["amount_refunded"] = json!(gone + amount);
        let refund =
            json!({"id": name, "object": "refund", "amount": amount, "metadata": metadata, "status": "succeeded"});
        charge["refunds"]["data"].as_array_mut().expect("a list").push(refund.clone());
        (200, refund)
    }

    /// Answers a POST as Stripe does: once for each key.
    fn answer(&mut self, asked: Asked, does: impl FnOnce(&mut Self, &Asked) -> Answer) -> Response {
        self.asked.push(asked.clone());
        if let Some((first, status, body)) = self.kept.get(&asked.key) {
            return if *first == asked {
                respond((*status, body.clone()), true)
            } else {
                respond((400, json!({"error": {"type": "idempotency_error"}})), false)
            };
        }
        let lost = (500, json!({"error": {"type": "api_error"}}));
        let (answer, is_kept) = match self.mishaps.pop_front() {
            Some(Mishap::Busy) => ((429, json!({"error": {"code": "lock_timeout"}})), false),
            Some(Mishap::Unauthorized) => ((401, json!({"error": {"type": "invalid_request_error"}})), false),
            Some(Mishap::Fails) => (lost, true),
            Some(Mishap::DoneAndFails) => {
                does(self, &asked);
                (lost, true)
            }
            Some(Mishap::DoneInSilence) => {
                let answer = does(self, &asked);
                self.kept.insert(asked.key.clone(), (asked, answer.0, answer.1.clone()));
                return Silent.into_response();
            }
            None => (does(self, &asked), true),
        };
        if is_kept {
            self.kept.insert(asked.key.clone(), (asked, answer.0, answer.1.clone()));
        }
        respond(answer, false)
    }
}

/// Writes down what comes, as it comes.
async fn write_down(request: Request, next: Next) -> Response {
    let Some(folder) = std::env::var_os(JOURNAL) else { return next.run(request).await };
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await.expect("a form arrives whole");
    let headers: BTreeMap<&str, String> =
        head.headers.iter().map(|(name, value)| (name.as_str(), lossy(value.as_bytes()))).collect();
    let line =
        json!({"method": head.method.as_str(), "url": head.uri.to_string(), "headers": headers, "body": lossy(&body)});
    let path = std::path::Path::new(&folder).join(format!("{}.jsonl", std::process::id()));
    let journal = File::options().create(true).append(true).open(path);
    // In one write, since tests of one process write to one file.
    journal.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes())).expect("the journal can be written");
    next.run(Request::from_parts(head, Body::from(body))).await
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Marks a response that is never sent.
#[derive(Clone)]
struct Silent;

impl IntoResponse for Silent {
    fn into_response(self) -> Response {
        let mut response = StatusCode::OK.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

async fn keep_silent(response: Response) -> Response {
    if response.extensions().get::<Silent>().is_some() {
        return std::future::pending().await;
    }
    response
}

fn refused(code: &str) -> Answer {
    (400, json!({"error": {"type": "invalid_request_error", "code": code, "message": "a sentence of Stripe's"}}))
}

fn respond((status, body): Answer, replayed: bool) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    let mut response = (status, Json(body)).into_response();
    if replayed {
        response.headers_mut().insert("idempotent-replayed", "true".parse().expect("a word"));
    }
    response
}

type Shared = State<Arc<Mutex<Account>>>;

fn asked(path: &str, headers: &HeaderMap, form: Vec<(String, String)>) -> Result<Asked, Box<Response>> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    if text("authorization") != format!("Bearer {SECRET_KEY}") {
        return Err(Box::new(respond((401, json!({"error": {"type": "invalid_request_error"}})), false)));
    }
    assert!(!text("stripe-version").is_empty(), "every request says what it was written against");
    let key = text("idempotency-key");
    assert!((1..=255).contains(&key.len()), "every POST has a key: {key}");
    Ok(Asked { path: path.to_owned(), key, form: form.into_iter().collect() })
}

async fn create_session(
    State(account): Shared,
    headers: HeaderMap,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let asked = match asked("/v1/checkout/sessions", &headers, form) {
        Ok(asked) => asked,
        Err(refused) => return *refused,
    };
    account.lock().expect("nobody panicked with it").answer(asked, |account, asked| {
        let of = |name: &str| asked.form.get(name).cloned().unwrap_or_default();
        let name = account.name("cs_test_");
        let metadata: BTreeMap<&str, String> =
            ["cluster_id", "facility_id", "reservation_id"].map(|it| (it, of(&format!("metadata[{it}]")))).into();
        let session = json!({
            "id": name, "object": "checkout.session", "status": "open", "payment_status": "unpaid",
            "payment_intent": null, "url": format!("https://checkout.stripe.test/c/{name}"),
            "amount_total": of("line_items[0][price_data][unit_amount]").parse::<u64>().unwrap_or(0),
            "currency": of("line_items[0][price_data][currency]"), "created": account.names,
            "client_reference_id": of("client_reference_id"), "metadata": metadata,
        });
        account.sessions.insert(name, session.clone());
        (200, session)
    })
}

async fn get_session(State(account): Shared, Path(id): Path<String>) -> Response {
    match account.lock().expect("nobody panicked with it").sessions.get(&id) {
        Some(session) => respond((200, session.clone()), false),
        None => respond((404, json!({"error": {"code": "resource_missing"}})), false),
    }
}

async fn expire_session(
    State(account): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let asked = match asked(&format!("/v1/checkout/sessions/{id}/expire"), &headers, form) {
        Ok(asked) => asked,
        Err(refused) => return *refused,
    };
    account.lock().expect("nobody panicked with it").answer(asked, |account, _| match account.sessions.get_mut(&id) {
        Some(session) if session["status"] == "open" => {
            session["status"] = json!("expired");
            session["url"] = Value::Null;
            (200, session.clone())
        }
        Some(_) => (400, json!({"error": {"type": "invalid_request_error", "message": "it is not open"}})),
        None => (404, json!({"error": {"code": "resource_missing"}})),
    })
}

async fn create_refund(
    State(account): Shared,
    headers: HeaderMap,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let asked = match asked("/v1/refunds", &headers, form) {
        Ok(asked) => asked,
        Err(refused) => return *refused,
    };
    account.lock().expect("nobody panicked with it").answer(asked, |account, asked| {
        let of = |name: &str| asked.form.get(name).cloned().unwrap_or_default();
        let metadata = json!({"delivery_id": of("metadata[delivery_id]")});
        let payment = account.named(&asked.form);
        account.give_back(&payment, of("amount").parse().unwrap_or(0), metadata)
    })
}

async fn list_refunds(State(account): Shared, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let account = account.lock().expect("nobody panicked with it");
    match account.charge(&account.named(&query))["refunds"]["data"].clone() {
        Value::Array(refunds) => respond((200, json!({"object": "list", "has_more": false, "data": refunds})), false),
        _ => respond(refused("resource_missing"), false),
    }
}

async fn get_intent(State(account): Shared, Path(id): Path<String>) -> Response {
    match account.lock().expect("nobody panicked with it").intents.get(&id) {
        Some(intent) => respond((200, intent.clone()), false),
        None => respond((404, json!({"error": {"code": "resource_missing"}})), false),
    }
}
