//! SendGrid and Twilio on one port of this machine, as they are on a bad day.
//!
//! It keeps a list of what it has *taken*, whatever it said about it: a test compares that with what was
//! promised. Point `SENDGRID_API_BASE` and `TWILIO_API_BASE` at [`Provider::url`].

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use reqwest::Url;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::now_millis;

/// How it answers.
#[derive(Clone, Debug)]
pub enum Mood {
    /// Takes it and says so.
    Accept,
    /// Takes it and says so in words that are no JSON.
    Babble,
    /// Takes nothing and closes the connection.
    HangUp,
    /// Takes it and closes the connection.
    AcceptAndHangUp,
    /// Takes it and says 500.
    AcceptAndFail,
    /// Takes it and says nothing.
    AcceptInSilence,
    /// Takes nothing and says nothing.
    Silence,
    /// Takes nothing and wants to be left alone for so many seconds.
    Busy(u64),
    /// Takes nothing and answers so.
    Say(u16, Value),
}

/// Something that it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// `email` or `sms`.
    pub medium: &'static str,
    /// Which delivery, as far as the request says.
    pub delivery_id: Option<String>,
    /// Of which facility.
    pub facility_id: Option<String>,
    /// An address or a number.
    pub to: String,
    /// The whole request: JSON, or the fields of the form.
    pub request: Value,
    /// What was shown with it.
    pub authorization: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Whether it says that it has taken it.
    pub said: bool,
    /// What it calls it, where it says so.
    pub name: Option<String>,
}

/// A provider; it ends with this value.
pub struct Provider {
    url: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// How many times it was asked.
    asked: watch::Sender<usize>,
}

/// Decides on what was not told beforehand.
type Whim = Box<dyn FnMut(&Taken) -> Mood + Send>;

#[derive(Default)]
struct State {
    next: VecDeque<Mood>,
    /// Accepts where there is none.
    whim: Option<Whim>,
    taken: Vec<Taken>,
}

/// It closes the connection instead of answering.
#[derive(Debug, thiserror::Error)]
#[error("hung up")]
struct HungUp;

impl Provider {
    /// In a good mood, on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let url = format!("http://{}", listener.local_addr().expect("it listens"));
        let shared = Arc::<Shared>::default();
        let serving = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Self { url, shared, serving }
    }

    /// Where it is: the base of both APIs.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Answers the next requests so, one each, before it falls back to its usual mood.
    pub fn next(&self, moods: impl IntoIterator<Item = Mood>) {
        self.shared.state().next.extend(moods);
    }

    /// Answers so from now on.
    pub fn always(&self, mood: Mood) {
        self.by_whim(move |_| mood.clone());
    }

    /// Answers from now on as `whim` decides.
    pub fn by_whim(&self, whim: impl FnMut(&Taken) -> Mood + Send + 'static) {
        self.shared.state().whim = Some(Box::new(whim));
    }

    /// What it has taken, in order.
    pub fn taken(&self) -> Vec<Taken> {
        self.shared.state().taken.clone()
    }

    /// How many times it was asked.
    pub fn asked(&self) -> usize {
        *self.shared.asked.borrow()
    }

    /// Tells at once when it is asked.
    pub fn watch(&self) -> watch::Receiver<usize> {
        self.shared.asked.subscribe()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shared {
    /// How it answers this one, and how many it has taken then.
    fn decide(&self, asked: &Taken) -> (Mood, usize) {
        let mut state = self.state();
        let told = state.next.pop_front();
        let mood = told.or_else(|| state.whim.as_mut().map(|whim| whim(asked))).unwrap_or(Mood::Accept);
        if !matches!(mood, Mood::HangUp | Mood::Silence | Mood::Busy(_) | Mood::Say(..)) {
            let said = matches!(mood, Mood::Accept | Mood::Babble);
            let name = Some(name(asked.medium, state.taken.len() + 1));
            state.taken.push(Taken { said, name, ..asked.clone() });
        }
        let number = state.taken.len();
        drop(state);
        // Order: whoever is told that it was asked finds what it has taken.
        self.asked.send_modify(|asked| *asked += 1);
        (mood, number)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while holding it")
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let answer = service_fn(move |request| answer(Arc::clone(&shared), request));
            let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, HungUp> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| HungUp)?.to_bytes();
    let shown = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let taken = read(head.uri.path(), &body, shown);
    let Some(taken) = taken else { return Ok(json_answer(404, &json!({"message": "no such operation"}))) };
    let (mood, number) = shared.decide(&taken);
    match mood {
        Mood::HangUp | Mood::AcceptAndHangUp => Err(HungUp),
        Mood::AcceptInSilence | Mood::Silence => match std::future::pending::<Infallible>().await {},
        Mood::AcceptAndFail => Ok(json_answer(500, &json!({"message": "internal error"}))),
        Mood::Say(status, body) => Ok(json_answer(status, &body)),
        Mood::Busy(seconds) => Ok(busy(taken.medium, seconds)),
        Mood::Accept if taken.medium == "email" => Ok(accepted_email(number)),
        Mood::Accept => Ok(json_answer(201, &json!({"sid": name("sms", number), "status": "queued"}))),
        Mood::Babble if taken.medium == "email" => Ok(accepted_email(number)),
        Mood::Babble => Ok(plain_answer(201, "<html>created</html>")),
    }
}

/// What a request asks for; `None` where there is no such operation.
fn read(path: &str, body: &[u8], authorization: &str) -> Option<Taken> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let (authorization, at) = (authorization.to_owned(), now_millis());
    let (said, name) = (false, None);
    if path == "/v3/mail/send" {
        let request: Value = serde_json::from_slice(body).ok()?;
        let (args, to) = (&request["custom_args"], text(&request["personalizations"][0]["to"][0]["email"])?);
        let (delivery_id, facility_id) = (text(&args["delivery_id"]), text(&args["facility_id"]));
        return Some(Taken { medium: "email", delivery_id, facility_id, to, request, authorization, at, said, name });
    }
    if !(path.starts_with("/2010-04-01/Accounts/") && path.ends_with("/Messages.json")) {
        return None;
    }
    // A form is what stands behind the question mark of an address.
    let form = Url::parse(&format!("http://form/?{}", std::str::from_utf8(body).ok()?)).ok()?;
    let fields: Map<String, Value> =
        form.query_pairs().map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect();
    let callback = fields.get("StatusCallback").and_then(|url| Url::parse(url.as_str()?).ok());
    let named = |name: &str| {
        let found = callback.as_ref()?.query_pairs().find(|(field, _)| field == name)?.1.into_owned();
        Some(found)
    };
    let (delivery_id, facility_id, to) = (named("delivery"), named("facility"), text(fields.get("To")?)?);
    Some(Taken { medium: "sms", delivery_id, facility_id, to, request: fields.into(), authorization, at, said, name })
}

fn accepted_email(number: usize) -> Response<Full<Bytes>> {
    let mut response = plain_answer(202, "");
    response.headers_mut().insert("x-message-id", name("email", number).parse().expect("letters and a number"));
    response
}

/// What it calls what it took as its `number`th.
fn name(medium: &str, number: usize) -> String {
    if medium == "sms" { format!("SM{number:032x}") } else { format!("sg-{number}") }
}

fn busy(medium: &str, seconds: u64) -> Response<Full<Bytes>> {
    if medium == "sms" {
        let mut response = json_answer(429, &json!({"code": 20429, "message": "too many requests", "status": 429}));
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
        return response;
    }
    let mut response = json_answer(429, &json!({"errors": [{"message": "too many requests"}]}));
    let reset = u64::try_from(now_millis()).expect("after 1970") / 1000 + seconds;
    response.headers_mut().insert("x-ratelimit-reset", reset.into());
    response
}

fn json_answer(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let mut response = plain_answer(status, &body.to_string());
    response.headers_mut().insert(CONTENT_TYPE, "application/json".parse().expect("a type"));
    response
}

fn plain_answer(status: u16, body: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(body.as_bytes())));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response
}
