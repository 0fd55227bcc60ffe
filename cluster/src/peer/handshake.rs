//! The first words on a connection: who calls whom, in which cluster, speaking which protocol.
//!
//! A stranger, a node of another cluster, or a call for another node is refused with a reason that
//! both sides log. Authentication is not here: it belongs to TLS beneath.

use std::io;
use std::time::Duration;

use machine::codec;
use raft::NodeId;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::frame::PROTOCOL;

/// The release that is announced.
pub(crate) const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// More than this is no greeting.
const GREETING_BYTES_MAX: u16 = 1024;

/// A peer that is alive answers at once; a stalled one must not hold a slot.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(2);

/// Tells our peers from everything else that might connect to the port.
const MAGIC: [u8; 6] = *b"courtd";

/// Which of the two connections of an ordered pair of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Lane {
    /// Appends and snapshots: large, in order.
    Bulk,
    /// Everything that must not wait behind them.
    Small,
}

/// Who this node is, to its peers.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// The cluster.
    pub(crate) cluster: String,
    /// The node.
    pub(crate) node: NodeId,
}

/// The caller's first words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hello {
    magic: [u8; 6],
    cluster: String,
    /// Who calls.
    pub(crate) from: NodeId,
    to: NodeId,
    /// What the connection is for.
    pub(crate) lane: Lane,
    /// What the caller runs.
    pub(crate) release: String,
}

#[derive(Debug, Serialize, Deserialize)]
enum Welcome {
    Yes { release: String },
    No { reason: String },
}

/// Calls `to` on a fresh connection; its release, if it answers the call.
pub(crate) async fn call<S>(stream: &mut S, me: &Identity, to: NodeId, lane: Lane) -> io::Result<String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (cluster, release) = (me.cluster.clone(), RELEASE.to_owned());
    let hello = Hello { magic: MAGIC, cluster, from: me.node, to, lane, release };
    within(async {
        send(stream, &hello).await?;
        match receive(stream).await? {
            Welcome::Yes { release } => Ok(release),
            Welcome::No { reason } => Err(refused(format!("node {to} refused the call: {reason}"))),
        }
    })
    .await
}

/// Takes a call on a fresh connection; who calls, if it may.
pub(crate) async fn answer<S>(stream: &mut S, me: &Identity) -> io::Result<Hello>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    within(async {
        let hello: Hello = receive(stream).await?;
        match objection(&hello, me) {
            None => send(stream, &Welcome::Yes { release: RELEASE.to_owned() }).await?,
            Some(reason) => {
                send(stream, &Welcome::No { reason: reason.clone() }).await?;
                return Err(refused(reason));
            }
        }
        Ok(hello)
    })
    .await
}

fn objection(hello: &Hello, me: &Identity) -> Option<String> {
    if hello.magic != MAGIC {
        return Some("the caller is no courtd node".to_owned());
    }
    if hello.cluster != me.cluster {
        return Some(format!("the caller is of cluster {:?}, this is {:?}", hello.cluster, me.cluster));
    }
    if hello.to != me.node {
        return Some(format!("the call is for node {}, this is node {}", hello.to, me.node));
    }
    (hello.from == me.node).then(|| format!("the caller says it is node {} too", me.node))
}

async fn within<T>(talk: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(HANDSHAKE_TIMEOUT, talk).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

fn refused(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionRefused, reason)
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, words: &impl Serialize) -> io::Result<()> {
    let body = codec::encode(words).map_err(io::Error::other)?;
    let len = u16::try_from(body.len()).ok().filter(|len| *len <= GREETING_BYTES_MAX);
    let len = len.ok_or_else(|| io::Error::other("the greeting is too long: shorten the cluster's id"))?;
    let mut bytes = len.to_le_bytes().to_vec();
    bytes.push(PROTOCOL);
    bytes.extend(body);
    stream.write_all(&bytes).await
}

async fn receive<S: AsyncRead + Unpin, T: for<'de> Deserialize<'de>>(stream: &mut S) -> io::Result<T> {
    let len = stream.read_u16_le().await?;
    let protocol = stream.read_u8().await?;
    if len > GREETING_BYTES_MAX {
        return Err(refused("the peer is no courtd node".to_owned()));
    }
    if protocol != PROTOCOL {
        return Err(refused(format!("the peer speaks protocol {protocol}, this release {PROTOCOL}")));
    }
    let mut body = vec![0; len.into()];
    stream.read_exact(&mut body).await?;
    codec::decode(&body).map_err(|_| refused("the peer's greeting makes no sense".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(cluster: &str, node: NodeId) -> Identity {
        Identity { cluster: cluster.to_owned(), node }
    }

    #[tokio::test]
    async fn only_a_call_for_this_node_of_this_cluster_is_taken() {
        let cases = [
            ("a peer", node("north", 2), 1, true),
            ("another cluster", node("south", 2), 1, false),
            ("a call for another node", node("north", 2), 3, false),
            ("a second node of our id", node("north", 1), 1, false),
        ];
        for (name, caller, to, taken) in cases {
            let (mut near, mut far) = tokio::io::duplex(4096);
            let me = node("north", 1);
            let (called, answered) =
                tokio::join!(call(&mut near, &caller, to, Lane::Small), answer(&mut far, &me));
            assert_eq!(called.is_ok(), taken, "{name}");
            assert_eq!(answered.ok().map(|hello| (hello.from, hello.lane)), taken.then_some((2, Lane::Small)), "{name}");
            if taken {
                assert_eq!(called.unwrap(), RELEASE);
            }
        }
    }

    #[tokio::test]
    async fn a_stranger_is_refused_without_waiting_for_more() {
        let (mut near, mut far) = tokio::io::duplex(4096);
        near.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        assert!(answer(&mut far, &node("north", 1)).await.is_err());
    }
}
