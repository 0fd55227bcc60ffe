//! The gate of a node: takes what a request carries, says who asks, and counts.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::http::HeaderMap;
use cluster::Node;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::access::{Access, JwtAccess, KeySource};
use super::address;
use super::bearer::{self, Bearer, KeyToken};
use super::caller::Who;
use super::jwks::{Jwks, Source};
use super::jwt::Verifier;
use super::limit::{Limiter, Standing};

/// Where a connection comes from; the server puts it beside every request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// Why nobody knows who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// What was shown is worth nothing: what is wrong with it.
    Invalid(&'static str),
    /// This node cannot tell at the moment.
    Unavailable,
}

/// A request that has come to the gate.
#[derive(Debug)]
pub(crate) struct Passage {
    /// Who asks.
    pub(crate) who: Result<Who, Refused>,
    /// How much it has asked; `None` where nobody counts.
    pub(crate) standing: Option<Standing>,
}

/// The gate of a node.
pub(crate) struct Gate {
    node: Arc<Node>,
    access: Access,
    jwt: Option<Verifier>,
    limiter: Option<Limiter>,
}

impl Gate {
    /// As the settings have it. What has to be read again and again is read by `tasks` until `stop`.
    pub(crate) fn new(node: Arc<Node>, access: Access, tasks: &TaskTracker, stop: &CancellationToken) -> Self {
        let jwt = access.jwt.as_ref().map(|jwt| Verifier::new(jwt, key_sets(jwt, tasks, stop)));
        let limiter = access.rate_limits.map(Limiter::new);
        Self { node, access, jwt, limiter }
    }

    /// Says who asks, and counts the request.
    pub(crate) async fn pass(&self, headers: &HeaderMap, peer: Option<ClientAddress>) -> Passage {
        let who = self.who(headers).await;
        // Whoever shows a token that is none may be guessing.
        let counted = who.as_ref().unwrap_or(&Who::Public);
        let standing = self.limiter.as_ref().and_then(|limiter| limiter.take(counted, self.address(headers, peer)));
        Passage { who, standing }
    }

    /// From where a request comes.
    pub(crate) fn address(&self, headers: &HeaderMap, peer: Option<ClientAddress>) -> IpAddr {
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
        address::client(peer, headers, &self.access.trusted_proxies)
    }

    /// Counts a request of nobody known.
    pub(crate) fn count_stranger(&self, address: IpAddr) -> Option<Standing> {
        self.limiter.as_ref()?.take(&Who::Public, address)
    }

    async fn who(&self, headers: &HeaderMap) -> Result<Who, Refused> {
        let token = match Bearer::of(headers) {
            Bearer::None if self.access.open => return Ok(Who::operator("open")),
            Bearer::None => return Ok(Who::Public),
            Bearer::Malformed => return Err(Refused::Invalid("Send one token: Authorization: Bearer <token>.")),
            Bearer::Token(token) => token,
        };
        if self.access.bootstrap_key.as_ref().is_some_and(|bootstrap| bearer::same(bootstrap, &token)) {
            return self.bootstrap();
        }
        if let Some(key) = KeyToken::parse(token.reveal()) {
            return self.key(&key);
        }
        match &self.jwt {
            Some(jwt) => jwt.who(token.reveal()).await,
            None => Err(Refused::Invalid("It is no key of this cluster.")),
        }
    }

    fn key(&self, token: &KeyToken) -> Result<Who, Refused> {
        let record = self.node.key(&token.id).map_err(|_| Refused::Unavailable)?;
        let record = record.filter(|record| token.opens(&record.secret_hash));
        let record = record.ok_or(Refused::Invalid("It is no key of this cluster."))?;
        if !record.works_at(self.node.now().0) {
            return Err(Refused::Invalid("The key was revoked or has expired."));
        }
        Ok(Who::granted(&record.grant, &record.id))
    }

    /// A key that lies in a file for ever must not be good for ever.
    fn bootstrap(&self) -> Result<Who, Refused> {
        if self.node.has_operator_key().map_err(|_| Refused::Unavailable)? {
            let why = "The bootstrap key works only while the cluster has no operator's key that works.";
            return Err(Refused::Invalid(why));
        }
        Ok(Who::operator("bootstrap"))
    }
}

fn key_sets(jwt: &JwtAccess, tasks: &TaskTracker, stop: &CancellationToken) -> Vec<Arc<Jwks>> {
    let sources = jwt.keys.iter().filter_map(|source| match source {
        KeySource::Url(url) => Some(Source::Url(url.clone())),
        KeySource::File(path) => Some(Source::File(path.clone())),
        KeySource::Hs256(_) | KeySource::EdDsa(_) => None,
    });
    let start = |source| {
        let set = Jwks::new();
        tasks.spawn(Arc::clone(&set).keep(source, jwt.refresh_every, jwt.refresh_rest, stop.clone()));
        set
    };
    sources.map(start).collect()
}
