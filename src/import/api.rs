//! The public interface as an import uses it: one request at a time, sent again until a node
//! answers, with a key that makes the repeats one request.
//!
//! Keys are new in each run: ids make two runs one import, so each run hears afresh what was there.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use tokio::time::Instant;

use crate::auth::Secret;
use crate::cli;

/// For one request to one node; a node answers or gives up itself after 10 s (`api.md` 1).
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// For one request over all nodes and repeats: an election and a restart fit in.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two rounds of asking.
const PAUSE: Duration = Duration::from_millis(250);

/// An answer that is final.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

impl Answer {
    /// The body of a success; otherwise what the server says is wrong.
    pub(super) fn accepted(self, what: &str) -> Result<Value> {
        if self.status.is_success() {
            return Ok(self.body);
        }
        let field = |name: &str| self.body.get(name).and_then(Value::as_str);
        let told = field("detail").or(field("title")).or(field("error")).unwrap_or("no reason given");
        bail!("{what} was refused with {}: {told}", self.status)
    }
}

/// The nodes of a cluster.
pub(super) struct Api {
    client: Client,
    urls: Vec<String>,
    /// Whose import it is, where the cluster asks.
    key: Option<Secret>,
    /// Which of the urls answered last.
    at: usize,
    run: String,
}

impl Api {
    pub(super) fn new(urls: &[String]) -> Result<Self> {
        let client = Client::builder().timeout(REQUEST_TIMEOUT).build()?;
        let key = cli::key_in_environment()?;
        let urls: Vec<String> = urls.iter().map(|url| url.trim_end_matches('/').to_owned()).collect();
        if urls.is_empty() {
            bail!("no --url to import to");
        }
        Ok(Self { client, urls, key, at: 0, run: uuid::Uuid::now_v7().simple().to_string() })
    }

    /// Reads from the node's replica after it has asked the leader.
    pub(super) async fn get(&mut self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path, None, "").await
    }

    /// Takes things over that their ids make one thing, however often they are sent. No key: a node would
    /// remember a day long what the ids say for ever.
    pub(super) async fn post_by_ids(&mut self, path: &str, body: &Value) -> Result<Answer> {
        self.send(Method::POST, path, Some(body), "").await
    }

    /// Changes something, once. `what` tells this request from every other of the run.
    pub(super) async fn post(&mut self, path: &str, body: &Value, what: &str) -> Result<Answer> {
        let key = format!("import-{}-{what}", self.run);
        self.send(Method::POST, path, Some(body), &key).await
    }

    async fn send(&mut self, method: Method, path: &str, body: Option<&Value>, key: &str) -> Result<Answer> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let failure = match self.once(method.clone(), path, body, key).await {
                Ok(answer) if !is_passing(answer.status) => return Ok(answer),
                Ok(answer) => answer.accepted(path).expect_err("a passing failure is no success"),
                Err(error) => error,
            };
            self.at = (self.at + 1) % self.urls.len();
            if Instant::now() >= give_up {
                return Err(failure).context(format!(
                    "no node of {} took the request; `courtd dev` starts three",
                    self.urls.join(", ")
                ));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn once(&self, method: Method, path: &str, body: Option<&Value>, key: &str) -> Result<Answer> {
        let mut request = self.client.request(method, format!("{}{path}", self.urls[self.at]));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.reveal());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        if !key.is_empty() {
            request = request.header("Idempotency-Key", key);
        }
        let response = request.send().await?;
        let status = response.status();
        let bytes = response.bytes().await?;
        Ok(Answer { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
    }
}

/// Whether the same request may be answered otherwise in a moment.
fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}
