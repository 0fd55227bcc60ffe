//! A patient client of three nodes: it asks again, elsewhere, with the same key, until it is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tokio::time::{Instant, interval};

use super::eventually;

/// How long one try may take; then its outcome is unknown and it is sent again elsewhere.
const TRY_SECONDS: Duration = Duration::from_secs(5);

/// How soon it asks the next one: sooner than people, later than a flood.
const AGAIN_AFTER: Duration = Duration::from_millis(20);

/// How long a client keeps asking: three elections of a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks the three nodes.
#[derive(Clone)]
pub struct Api {
    urls: Arc<Vec<String>>,
    http: reqwest::Client,
    /// Tries whose outcome was not known, over all clones.
    unknown: Arc<AtomicU64>,
}

/// Something asked, under the key that makes asking again harmless.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    pub path: String,
    pub key: Option<String>,
    pub body: Option<Value>,
    /// Who asks, where that has to be shown.
    pub token: Option<String>,
    /// The `Stripe-Signature` of its body, where Stripe tells.
    pub signature: Option<String>,
}

/// What a node said.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    /// `Court-Index`, where it carries one.
    pub index: Option<u64>,
}

impl Request {
    /// Reads.
    pub fn get(path: &str) -> Self {
        Self { method: Method::GET, path: path.to_owned(), key: None, body: None, token: None, signature: None }
    }

    /// Writes, under a key of its own.
    pub fn post(path: &str, body: Value) -> Self {
        Self::change(Method::POST, path, Some(body))
    }

    /// Changes what there is, under a key of its own.
    pub fn patch(path: &str, body: Value) -> Self {
        Self::change(Method::PATCH, path, Some(body))
    }

    /// Takes away, under a key of its own.
    pub fn delete(path: &str) -> Self {
        Self::change(Method::DELETE, path, None)
    }

    /// The same, with a token that says who asks.
    pub fn by(self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self }
    }

    fn change(method: Method, path: &str, body: Option<Value>) -> Self {
        let key = format!("key-{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        Self { method, path: path.to_owned(), key: Some(key), body, token: None, signature: None }
    }
}

impl Answer {
    /// The answer itself if it has this status; panics with it otherwise.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// A text of the body.
    #[track_caller]
    pub fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no text {field} in {}", self.body)).to_owned()
    }
}

impl Api {
    /// A client of the nodes at these addresses, node 1 first.
    pub fn new(urls: Vec<String>) -> Self {
        let http = reqwest::Client::builder().timeout(TRY_SECONDS).connect_timeout(Duration::from_secs(1)).no_proxy();
        let http = http.build().expect("a client without files or proxies");
        Self { urls: Arc::new(urls), http, unknown: Arc::default() }
    }

    /// The address of a node.
    pub fn url(&self, node: u64) -> &str {
        &self.urls[usize::try_from(node - 1).expect("a small number")]
    }

    /// Asks one node once; an error is an unknown outcome.
    pub async fn ask(&self, node: u64, request: &Request) -> Result<Answer, String> {
        let mut http = self.http.request(request.method.clone(), format!("{}{}", self.url(node), request.path));
        if let Some(key) = &request.key {
            http = http.header("idempotency-key", key);
        }
        if let Some(token) = &request.token {
            http = http.bearer_auth(token);
        }
        if let Some(signature) = &request.signature {
            http = http.header("stripe-signature", signature);
        }
        if let Some(body) = &request.body {
            http = http.json(body);
        }
        let response = http.send().await.map_err(|error| format!("{error:?}"))?;
        let status = response.status().as_u16();
        let index = response.headers().get("court-index").and_then(|value| value.to_str().ok()?.parse().ok());
        let text = response.text().await.map_err(|error| format!("{error:?}"))?;
        Ok(Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)), index })
    }

    /// Asks, beginning with `node` and going round, until somebody knows the answer.
    pub async fn insist(&self, node: u64, request: &Request) -> Answer {
        let mut pace = interval(AGAIN_AFTER);
        let deadline = Instant::now() + PATIENCE;
        for tried in 0.. {
            pace.tick().await;
            let node = (node - 1 + tried) % self.urls.len() as u64 + 1;
            let reason = match self.ask(node, request).await {
                Ok(answer) if answer.status < 500 && answer.status != 429 => return answer,
                Ok(answer) => format!("{} {}", answer.status, answer.body),
                Err(reason) => reason,
            };
            assert!(!reason.starts_with("500"), "a bare 500 for {request:?}: {reason}");
            assert!(Instant::now() < deadline, "{request:?} is not answered: {reason}");
            self.unknown.fetch_add(1, Ordering::Relaxed);
        }
        unreachable!("the deadline comes first")
    }

    /// Reads from one node, which must answer; it may take a moment to recover or to catch up.
    pub async fn get(&self, node: u64, path: &str) -> Value {
        let what = format!("node {node} answers {path}");
        eventually(PATIENCE, &what, async || {
            let answer = self.ask(node, &Request::get(path)).await?;
            if answer.status == 503 { Err(answer.body.to_string()) } else { Ok(answer.expect(200).body) }
        })
        .await
    }

    /// Writes through one node, or another while it cannot.
    pub async fn post(&self, node: u64, path: &str, body: Value) -> Answer {
        self.insist(node, &Request::post(path, body)).await
    }

    /// Whether a node says that it can serve.
    pub async fn ready(&self, node: u64) -> Result<(), String> {
        let answer = self.ask(node, &Request::get("/readyz")).await?;
        if answer.status == 200 { Ok(()) } else { Err(format!("{} {}", answer.status, answer.body)) }
    }

    /// How many tries had no known outcome.
    pub fn unknown(&self) -> u64 {
        self.unknown.load(Ordering::Relaxed)
    }

    /// A facility's group as a node sees it in `/api/cluster`.
    pub async fn group(&self, node: u64, facility: &str) -> Result<Value, String> {
        let cluster = self.ask(node, &Request::get("/api/cluster?limit=200")).await?.expect(200).body;
        let groups = cluster["groups"].as_array().ok_or("no groups")?;
        let found = groups.iter().find(|group| group["facilityId"] == facility);
        found.cloned().ok_or_else(|| format!("no group {facility} in {cluster}"))
    }

    /// Who leads a facility, as the first of these nodes that knows says.
    pub async fn leader(&self, among: &[u64], facility: &str) -> u64 {
        eventually(PATIENCE, "somebody leads", async || {
            for node in among {
                match self.group(*node, facility).await.map(|group| group["leader"].as_u64()) {
                    Ok(Some(leader)) if among.contains(&leader) => return Ok(leader),
                    _ => {}
                }
            }
            Err("nobody knows of a leader that runs")
        })
        .await
    }
}
