//! One keep-alive HTTP/1.1 connection of one client, driven by the client's own task.
//!
//! hyper's connection is polled beside the answer instead of in a task of its own: a request costs
//! one wake-up, not three. What is looked for in an answer is found by scanning its bytes; answers
//! are read as JSON only where the load is over and they are checked.

use std::pin::Pin;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// For one answer: a node answers or gives up itself after 10 s (`api.md` 1).
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

type Body = Full<Bytes>;
type Driver = Pin<Box<Connection<TokioIo<TcpStream>, Body>>>;

/// `host:port` of a node's URL.
pub(super) fn authority(url: &str) -> Result<String> {
    let rest = url.strip_prefix("http://").unwrap_or(url);
    let rest = rest.trim_end_matches('/');
    if rest.contains("://") || rest.contains('/') || !rest.contains(':') {
        bail!("--url {url} is not http://host:port");
    }
    Ok(rest.to_owned())
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The log index it is of, where it is about a facility.
    pub(super) index: u64,
    pub(super) body: Bytes,
}

impl Answer {
    /// The text value of a field of a flat JSON object of ids, which need no escapes.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        text_field(&self.body, name)
    }
}

/// The first text value of that name, if it is written without escapes.
pub(super) fn text_field<'a>(json: &'a [u8], name: &str) -> Option<&'a str> {
    let name = name.as_bytes();
    let named =
        json.windows(name.len()).enumerate().filter(|(at, window)| *window == name && *at > 0 && json[at - 1] == b'"');
    named.filter_map(|(at, _)| text_value(&json[at + name.len()..])).next()
}

/// The text after `":`.
fn text_value(rest: &[u8]) -> Option<&str> {
    let rest = rest.strip_prefix(b"\"")?.trim_ascii_start().strip_prefix(b":")?;
    let value = rest.trim_ascii_start().strip_prefix(b"\"")?;
    let end = value.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    if value[end] == b'\\' { None } else { std::str::from_utf8(&value[..end]).ok() }
}

/// A connection to one node; opened when needed, and anew after it broke.
pub(super) struct Wire {
    host: String,
    open: Option<(SendRequest<Body>, Driver)>,
}

impl Wire {
    pub(super) fn new(host: &str) -> Self {
        Self { host: host.to_owned(), open: None }
    }

    /// Opens the connection, so that the first request does not pay for it.
    pub(super) async fn connect(&mut self) -> Result<()> {
        if self.open.as_ref().is_none_or(|(sender, _)| sender.is_closed()) {
            let stream = TcpStream::connect(&self.host).await.with_context(|| {
                format!("failed to reach {}: is a node there? `courtd dev` starts three", self.host)
            })?;
            stream.set_nodelay(true)?;
            let (sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
            self.open = Some((sender, Box::pin(driver)));
        }
        Ok(())
    }

    pub(super) async fn get(&mut self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path, Bytes::new()).await
    }

    pub(super) async fn post(&mut self, path: &str, body: String) -> Result<Answer> {
        self.send(Method::POST, path, body.into()).await
    }

    /// One request and its answer. After an error nobody knows whether it acted.
    async fn send(&mut self, method: Method, path: &str, body: Bytes) -> Result<Answer> {
        self.connect().await?;
        let request = Request::builder().method(method).uri(path).header(HOST, self.host.as_str());
        let request = request.header(CONTENT_TYPE, "application/json").body(Full::new(body))?;
        // Taken out until the answer is whole: a connection broken half-way is never used again.
        let (mut sender, mut driver) = self.open.take().expect("just connected");
        let answer = timeout(ANSWER_TIMEOUT, exchange(&mut sender, &mut driver, request));
        let (answer, reusable) = answer.await.context("no answer in time")??;
        self.open = reusable.then_some((sender, driver));
        Ok(answer)
    }
}

async fn exchange(
    sender: &mut SendRequest<Body>,
    driver: &mut Driver,
    request: Request<Body>,
) -> Result<(Answer, bool)> {
    let answer = async {
        let (head, body) = sender.send_request(request).await?.into_parts();
        let index = head.headers.get("court-index").and_then(|value| value.to_str().ok()?.parse().ok());
        let body = body.collect().await?.to_bytes();
        anyhow::Ok(Answer { status: head.status.as_u16(), index: index.unwrap_or(0), body })
    };
    tokio::pin!(answer);
    tokio::select! {
        biased;
        answer = &mut answer => Ok((answer?, true)),
        ended = driver => {
            ended?;
            // The peer closed after this answer, which is whole by now, or will never be.
            Ok((answer.await?, false))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_whatever_stands_around_it() {
        let json = br#"{"success":true,"myholdId":"no","note":"holdId","holdId" : "hld_1","n":3}"#;
        assert_eq!(text_field(json, "holdId"), Some("hld_1"));
        let json = br#"{"n":3,"odd":"a\"b"}"#;
        assert_eq!(text_field(json, "n"), None);
        assert_eq!(text_field(json, "odd"), None);
        assert_eq!(text_field(json, "missing"), None);
        assert_eq!(text_field(b"", "holdId"), None);
    }

    #[test]
    fn a_url_names_a_host_and_a_port() {
        assert_eq!(authority("http://127.0.0.1:8787/").unwrap(), "127.0.0.1:8787");
        assert_eq!(authority("localhost:1").unwrap(), "localhost:1");
        for url in ["https://a:1", "http://a", "http://a:1/path"] {
            assert!(authority(url).is_err(), "{url}");
        }
    }
}
