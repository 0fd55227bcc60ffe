//! The handshake of a WebSocket (RFC 6455, 4.2), checked and answered.
//!
//! Done here and not by axum's extractor, which keeps the upgraded stream to itself: plain sockets
//! are written to directly (see [`crate::socket`]).

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use axum::response::Response;
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::problem::Problem;

/// The only version of the protocol there is.
const PROTOCOL_VERSION: &str = "13";
/// Sixteen bytes in base64.
const KEY_CHARS: usize = 24;

/// A request that wants to become a WebSocket, and may.
pub(crate) struct Upgrade {
    accept: String,
    upgrade: OnUpgrade,
}

impl Upgrade {
    /// The answer to the handshake, and what becomes the stream once that is sent.
    pub(crate) fn accept(self) -> (Response, OnUpgrade) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        let accept = HeaderValue::try_from(self.accept).expect("base64 is a header");
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        (response, self.upgrade)
    }
}

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let refused = |why: &str| {
            let detail = format!("This address speaks WebSocket: {why}");
            Problem::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", detail)
        };
        let accept = handshake(parts).map_err(refused)?;
        let upgrade = parts.extensions.remove::<OnUpgrade>();
        Ok(Self { accept, upgrade: upgrade.ok_or_else(|| refused("this connection cannot be upgraded."))? })
    }
}

/// The answer to the key of a handshake, or what is wrong with it.
fn handshake(parts: &Parts) -> Result<String, &'static str> {
    let headers = &parts.headers;
    if parts.method != Method::GET || parts.version != Version::HTTP_11 {
        return Err("ask with GET over HTTP/1.1.");
    }
    if !has_token(headers, header::CONNECTION, "upgrade") || !has_token(headers, header::UPGRADE, "websocket") {
        return Err("ask with Connection: Upgrade and Upgrade: websocket.");
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != PROTOCOL_VERSION) {
        return Err("ask with Sec-WebSocket-Version: 13.");
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|key| key.len() == KEY_CHARS);
    key.map(|key| derive_accept_key(key.as_bytes())).ok_or("ask with a Sec-WebSocket-Key of 16 bytes.")
}

/// Whether a header that is a list has that word in it.
fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    let lists = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|word| word.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    const GOOD: [(&str, &str); 4] = [
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "WebSocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    fn asked(headers: &[(&str, &str)], version: Version) -> Parts {
        let mut request = Request::builder().version(version);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn the_key_of_the_rfc_gets_the_answer_of_the_rfc() {
        assert_eq!(handshake(&asked(&GOOD, Version::HTTP_11)).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn a_handshake_that_lacks_anything_is_refused() {
        for missing in 0..GOOD.len() {
            let mut headers = GOOD.to_vec();
            headers.remove(missing);
            handshake(&asked(&headers, Version::HTTP_11)).unwrap_err();
        }
        for (at, value) in [(0, "keep-alive"), (1, "h2c"), (2, "8"), (3, "short")] {
            let mut headers = GOOD;
            headers[at].1 = value;
            handshake(&asked(&headers, Version::HTTP_11)).unwrap_err();
        }
        handshake(&asked(&GOOD, Version::HTTP_10)).unwrap_err();
    }
}
