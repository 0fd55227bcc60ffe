//! How the commands that ask a running cluster do so: any node, with the caller's own key.
//!
//! The key comes from the environment or a file and never from an argument, which everybody on the
//! machine could read.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

use crate::auth::Secret;

/// Where the caller's key is: the key itself, or the file that it is in.
const KEY: &str = "COURTD_KEY";
const KEY_FILE: &str = "COURTD_KEY_FILE";
/// For one answer: a node answers or gives up itself after 10 s (`api.md` 1).
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// Whom to ask, and how to print what it says.
#[derive(Debug, Args)]
pub(super) struct AskArgs {
    /// A node of the cluster; may be repeated, the next one is asked when one does not answer
    #[arg(
        long = "url",
        value_name = "URL",
        env = "COURTD_URL",
        value_delimiter = ',',
        global = true,
        default_value = "http://127.0.0.1:8787"
    )]
    urls: Vec<String>,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Output::Table, global = true)]
    pub(super) output: Output,
}

/// How an answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    /// For people
    Table,
    /// For programs
    Json,
}

/// The cluster, as whoever has the key.
pub(super) struct Asker {
    client: Client,
    urls: Vec<String>,
    key: Option<Secret>,
}

/// A no of the cluster, and how a program hears of it (`api.md` 7).
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    sentence: String,
}

impl Refusal {
    /// The exit code.
    pub(super) fn exit_code(&self) -> u8 {
        match self.status {
            StatusCode::NOT_FOUND => 3,
            StatusCode::CONFLICT => 4,
            StatusCode::SERVICE_UNAVAILABLE => 5,
            _ => 1,
        }
    }

    fn of(status: StatusCode, body: &Value) -> Self {
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let mut sentence = text("detail").unwrap_or("the cluster said no").to_owned();
        for error in body.get("errors").and_then(Value::as_array).into_iter().flatten() {
            let part = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
            sentence.push_str(&format!(" {} {}.", part("pointer"), part("detail")));
        }
        match status {
            StatusCode::UNAUTHORIZED => {
                sentence.push_str(&format!(" Set {KEY} to a key of this cluster, or {KEY_FILE} to the file it is in."));
            }
            StatusCode::SERVICE_UNAVAILABLE => sentence.push_str(" Try GET /readyz of each node."),
            _ => {}
        }
        Self { status, sentence }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.sentence, self.status)
    }
}

impl std::error::Error for Refusal {}

/// The caller's key, if the environment has one.
pub(crate) fn key() -> Result<Option<Secret>> {
    let given = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(key) = given(KEY) {
        return Ok(Some(Secret::new(&key)));
    }
    let Some(file) = given(KEY_FILE) else { return Ok(None) };
    let key = std::fs::read_to_string(&file).with_context(|| format!("failed to read {file}, named by {KEY_FILE}"))?;
    Ok(Some(Secret::new(&key)))
}

impl Asker {
    pub(super) fn new(args: &AskArgs) -> Result<Self> {
        let client = Client::builder().timeout(ANSWER_TIMEOUT).build()?;
        let urls = args.urls.iter().map(|url| url.trim_end_matches('/').to_owned()).collect();
        Ok(Self { client, urls, key: key()? })
    }

    /// Asks one node after the other until one can answer; what it says, or its no.
    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut failure = anyhow::anyhow!("no --url to ask");
        for url in &self.urls {
            match self.once(method.clone(), &format!("{url}{path}"), body).await {
                Ok((status, answer)) if status.is_success() => return Ok(answer),
                Ok((status, answer)) => {
                    let refusal = Refusal::of(status, &answer);
                    if status != StatusCode::SERVICE_UNAVAILABLE {
                        return Err(refusal.into());
                    }
                    failure = refusal.into();
                }
                // Only where nothing can have been done there is another node asked.
                Err(error) if error.is_connect() => {
                    let why = format!("failed to reach {url}: is a node there? `courtd serve` starts one");
                    failure = anyhow::Error::from(error).context(why);
                }
                Err(error) => return Err(error).context("it is not known whether it was done"),
            }
        }
        Err(failure)
    }

    async fn once(&self, method: Method, url: &str, body: Option<&Value>) -> reqwest::Result<(StatusCode, Value)> {
        let mut request = self.client.request(method, url);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.reveal());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status();
        let bytes = response.bytes().await?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_no_has_its_exit_code_and_says_what_to_try() {
        let refusal = |status| Refusal::of(StatusCode::from_u16(status).unwrap(), &json!({"detail": "No."}));
        for (status, code) in [(400, 1), (401, 1), (403, 1), (404, 3), (409, 4), (503, 5), (504, 1)] {
            assert_eq!(refusal(status).exit_code(), code, "{status}");
        }
        assert!(refusal(401).to_string().contains("COURTD_KEY"));
        let body = json!({"detail": "Malformed.", "errors": [{"pointer": "/role", "detail": "is required"}]});
        assert!(Refusal::of(StatusCode::BAD_REQUEST, &body).to_string().contains("/role is required"));
    }
}
