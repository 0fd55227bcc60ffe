//! Where the requests of peers are answered.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use machine::codec;
use raft::{GroupId, Inbox, NodeId, Stopped};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::carried::{self, Pong};
use crate::directory_access;
use crate::host::{DIRECTORY, Host};
use crate::leader::Attempt;
use crate::peer::{Answers, Assembled, Frame, Hello, Kind, Lane, Piece, Received, Refusal};
use crate::peer::{WireAppend, WireAppended, WireTransfer, WireTransferred, WireVoteRequest, WireVoted};
use crate::{balance, booking, catch_up};

/// A carried request waits no longer than this, whatever it says.
const BUDGET_MAX: Duration = Duration::from_secs(30);

/// Answers peers.
pub(crate) struct Desk(Arc<Host>);

impl Desk {
    /// For this node.
    pub(crate) fn new(host: Arc<Host>) -> Self {
        Self(host)
    }
}

impl Answers for Desk {
    fn greeted(&self, hello: &Hello) {
        // What it had begun to send on an earlier connection is never finished.
        if hello.lane == Lane::Bulk {
            self.0.assembly().forget(hello.from);
        }
        if let Some(peer) = self.0.peers().get(hello.from) {
            peer.wake();
        }
    }

    fn answer(&self, from: NodeId, request: Frame) -> BoxFuture<'static, Frame> {
        let host = Arc::clone(&self.0);
        Box::pin(async move {
            let (id, group) = (request.id, request.group);
            match respond(&host, from, request).await {
                Ok(payload) => Frame { kind: Kind::Answer, id, group, payload },
                Err(refusal) => Frame { kind: Kind::Refusal, id, group, payload: refusal.encode() },
            }
        })
    }
}

type Response = Result<Bytes, Refusal>;

// Order: an append reaches its group's queue in the first poll; nothing may wait before it.
async fn respond(host: &Host, from: NodeId, request: Frame) -> Response {
    let Frame { kind, group, payload, .. } = request;
    match kind {
        Kind::Append => {
            let request = read::<WireAppend>(&payload)?.try_into().map_err(|_| Refusal::Senseless)?;
            write(&WireAppended::from(inbox(host, group)?.append_entries(request).await?))
        }
        Kind::Vote => {
            let request = read::<WireVoteRequest>(&payload)?.into();
            write(&WireVoted::from(inbox(host, group)?.vote(request).await?))
        }
        Kind::PreVote => {
            let request = read::<WireVoteRequest>(&payload)?.into();
            write(&WireVoted::from(inbox(host, group)?.pre_vote(request).await?))
        }
        Kind::Transfer => {
            let request = read::<WireTransfer>(&payload)?.into();
            write(&WireTransferred::from(inbox(host, group)?.handle_transfer_leader(request).await?))
        }
        Kind::Snapshot => snapshot(host, from, group, &payload).await,
        Kind::Book => book(host, group, &payload).await,
        Kind::Enter => enter(host, &payload).await,
        Kind::Barrier => barrier(host, group, &payload).await,
        Kind::History => write(&catch_up::rows_for(inbox(host, group)?.history(), read(&payload)?).await?),
        Kind::HandOver => write(&balance::hand_over(host, group, from).await?),
        Kind::Ping => write(&pong(host)),
        Kind::Answer | Kind::Refusal => Err(Refusal::Senseless),
    }
}

async fn snapshot(host: &Host, from: NodeId, group: GroupId, payload: &[u8]) -> Response {
    let inbox = inbox(host, group)?;
    match host.assembly().take(from, group, read::<Piece>(payload)?) {
        Assembled::More => write(&Received::More),
        Assembled::OutOfOrder => Err(Refusal::Senseless),
        Assembled::Whole(vote, snapshot) => {
            // Order: the history before the state that it led to.
            catch_up::catch_up(host, &inbox, from, group, &snapshot.meta).await?;
            let installed = inbox.install_full_snapshot(vote, snapshot.meta, snapshot.bytes).await?;
            write(&Received::Installed((&installed.vote).into()))
        }
    }
}

async fn book(host: &Host, group: GroupId, payload: &[u8]) -> Response {
    let (request, budget) = carried::read_book(payload).ok_or(Refusal::Senseless)?;
    let replica = host.replica(group).ok_or(Refusal::NotHere)?;
    let decided = booking::decide(host, &replica, request, within(budget)).await;
    write(&decided.into_refusal()?.into_carried())
}

async fn enter(host: &Host, payload: &[u8]) -> Response {
    let (command, budget) = carried::read_plain(payload).ok_or(Refusal::Senseless)?;
    write(&directory_access::enter_here(host, command, within(budget)).await.into_refusal()?)
}

async fn barrier(host: &Host, group: GroupId, payload: &[u8]) -> Response {
    let (_, budget) = carried::read_plain(payload).ok_or(Refusal::Senseless)?;
    let deadline = within(budget);
    let confirmed = match group {
        DIRECTORY => host.directory().read_barrier(deadline).await,
        _ => host.replica(group).ok_or(Refusal::NotHere)?.group.read_barrier(deadline).await,
    };
    write(&confirmed.map_or_else(Attempt::from, Attempt::Done).into_refusal()?)
}

fn pong(host: &Host) -> Pong {
    let formed = !host.directory().status().voters.is_empty();
    Pong { wall: host.stamps().wall(), formed, draining: host.is_draining() }
}

fn inbox(host: &Host, group: GroupId) -> Result<Inbox, Refusal> {
    host.inbox(group).ok_or(Refusal::NotHere)
}

impl From<Stopped> for Refusal {
    fn from(_: Stopped) -> Self {
        Self::Stopping
    }
}

fn read<T: DeserializeOwned>(payload: &[u8]) -> Result<T, Refusal> {
    codec::decode(payload).map_err(|_| Refusal::Senseless)
}

fn write(answer: &impl Serialize) -> Response {
    Ok(carried::encode(answer))
}

fn within(budget: Duration) -> Instant {
    Instant::now() + budget.min(BUDGET_MAX)
}
