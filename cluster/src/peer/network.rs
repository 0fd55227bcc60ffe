//! openraft's network: its messages for one group and one target, over the shared links.
//!
//! Appends are pipelined on the bulk link; heartbeats go over the small one, so that no batch of
//! another group delays them. openraft enforces no deadline of its own, so every call here has one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use machine::codec;
use openraft::error::{NetworkError, RPCError, ReplicationClosed, StreamingError, Timeout, Unreachable};
use openraft::network::{Backoff, RPCOption};
use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, StreamAppendError};
use openraft::raft::{StreamAppendResult, TransferLeaderRequest, TransferLeaderResponse, VoteRequest, VoteResponse};
use openraft::{EmptyNode, OptionalSend, RPCTypes, RaftNetworkFactory, RaftNetworkV2};
use raft::{Config, GroupId, LogId, NodeId, Vote};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::frame::Kind;
use super::handshake::Lane;
use super::link::{Call, CallError};
use super::snapshot::{Received, pieces};
use super::wire::{WireAppend, WireAppended, WireTransfer, WireTransferred, WireVoteRequest, WireVoted};
use super::{Peer, Peers};

/// Appends of one group to one peer under way at once: enough to fill a round trip, few enough
/// that a conflict wastes little.
const PIPELINE_DEPTH: usize = 16;

/// Entries of one append. What is over is sent with the next one.
pub(crate) const APPEND_BYTES_MAX: usize = 4 << 20;

/// A pipelined append may wait this many heartbeats for a stalled disk (220 ms were seen): sending
/// it again would only add to the queue. A dead peer is noticed by its link.
const APPEND_PATIENCE: u32 = 4;

/// A piece of a snapshot may take this long, the last one with its installation as well.
const PIECE_TIMEOUT: Duration = Duration::from_secs(5);
const INSTALL_TIMEOUT: Duration = Duration::from_secs(60);

/// Pauses before an unreachable peer is tried again: it may be back at any moment.
const BACKOFF_MIN: Duration = Duration::from_millis(20);
const BACKOFF_MAX: Duration = Duration::from_millis(250);

type RpcResult<T> = Result<T, RPCError<Config>>;

/// Makes the clients of one group.
#[derive(Clone)]
pub(crate) struct Network {
    peers: Arc<Peers>,
    group: GroupId,
}

impl Network {
    /// For `group`.
    pub(crate) fn new(peers: Arc<Peers>, group: GroupId) -> Self {
        Self { peers, group }
    }

    fn client(&self, target: NodeId, lane: Lane) -> Client {
        Client { me: self.peers.me(), target, peer: self.peers.get(target), group: self.group, lane }
    }
}

impl RaftNetworkFactory<Config> for Network {
    type Network = Client;

    async fn new_client(&mut self, target: NodeId, _node: &EmptyNode) -> Client {
        self.client(target, Lane::Bulk)
    }

    async fn new_heartbeat_client(&mut self, target: NodeId, _node: &EmptyNode) -> Client {
        self.client(target, Lane::Small)
    }
}

/// Sends one group's messages to one peer.
pub(crate) struct Client {
    me: NodeId,
    target: NodeId,
    /// `None` for a node that no list names: it cannot be reached.
    peer: Option<Arc<Peer>>,
    group: GroupId,
    /// The lane of appends.
    lane: Lane,
}

impl Client {
    async fn call<T: DeserializeOwned>(
        &self,
        rpc: RPCTypes,
        kind: Kind,
        message: &impl Serialize,
        ttl: Duration,
    ) -> RpcResult<T> {
        let answer = match &self.peer {
            Some(peer) => peer.small.call(kind, self.group, encode(message)?, Instant::now() + ttl).await,
            None => Err(CallError::NotSent),
        };
        decode(&answer.map_err(|error| self.rpc_error(rpc, ttl, error))?)
    }

    async fn send_append(&self, request: AppendEntriesRequest<Config>, ttl: Duration) -> RpcResult<Appending> {
        let prev = request.prev_log_id;
        let (request, cut) = cut(request);
        let last = request.entries.last().map(|entry| entry.log_id).or(prev);
        let deadline = Instant::now() + ttl;
        let payload = encode(&WireAppend::from(request))?;
        let call = match (&self.peer, self.lane) {
            (Some(peer), Lane::Bulk) => peer.bulk.send(Kind::Append, self.group, payload, deadline).await,
            (Some(peer), Lane::Small) => peer.small.send(Kind::Append, self.group, payload, deadline).await,
            (None, _) => Err(CallError::NotSent),
        };
        let call = call.map_err(|error| self.rpc_error(RPCTypes::AppendEntries, ttl, error))?;
        Ok(Appending { call, prev, last, cut, ttl, deadline })
    }

    /// How far the group has committed, and no entries. Nobody waits for what becomes of it, and
    /// where it is lost the next heartbeat says the same.
    async fn tell_commit(&self, request: AppendEntriesRequest<Config>, ttl: Duration) -> RpcResult<()> {
        if let Some(peer) = &self.peer {
            let payload = encode(&WireAppend::from(request))?;
            peer.bulk.tell(Kind::Append, self.group, payload, Instant::now() + ttl).await;
        }
        Ok(())
    }

    async fn appended(&self, appending: &mut Appending) -> RpcResult<AppendEntriesResponse<Config>> {
        let answer = appending.call.answer(appending.deadline).await;
        let answer = answer.map_err(|error| self.rpc_error(RPCTypes::AppendEntries, appending.ttl, error))?;
        let response = AppendEntriesResponse::from(decode::<WireAppended>(&answer)?);
        Ok(match response {
            AppendEntriesResponse::Success if appending.cut => AppendEntriesResponse::PartialSuccess(appending.last),
            other => other,
        })
    }

    fn rpc_error(&self, action: RPCTypes, timeout: Duration, error: CallError) -> RPCError<Config> {
        match error {
            CallError::Late => RPCError::Timeout(Timeout { action, id: self.me, target: self.target, timeout }),
            CallError::Senseless => RPCError::Network(NetworkError::new(&error)),
            other => RPCError::Unreachable(Unreachable::new(&other)),
        }
    }
}

/// An append under way.
struct Appending {
    call: Call,
    prev: Option<LogId>,
    last: Option<LogId>,
    /// Whether entries were left for the next one.
    cut: bool,
    ttl: Duration,
    deadline: Instant,
}

/// Leaves off the entries beyond [`APPEND_BYTES_MAX`]; one always goes.
fn cut(mut request: AppendEntriesRequest<Config>) -> (AppendEntriesRequest<Config>, bool) {
    let mut bytes = 0;
    let fitting = request.entries.iter().position(|entry| {
        bytes += entry_bytes(entry);
        bytes > APPEND_BYTES_MAX
    });
    let keep = fitting.map_or(request.entries.len(), |at| at.max(1));
    let cut = keep < request.entries.len();
    request.entries.truncate(keep);
    (request, cut)
}

fn entry_bytes(entry: &raft::Entry) -> usize {
    match &entry.payload {
        openraft::EntryPayload::Normal(batch) => batch.0.iter().map(Bytes::len).sum(),
        _ => 0,
    }
}

fn encode(message: &impl Serialize) -> RpcResult<Bytes> {
    codec::encode(message).map(Bytes::from).map_err(|error| RPCError::Network(NetworkError::new(&error)))
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> RpcResult<T> {
    codec::decode(bytes).map_err(|error| RPCError::Network(NetworkError::new(&error)))
}

/// A session of pipelined appends: requests go out as openraft makes them, answers come back in
/// their order.
struct Pipeline<'s, S> {
    client: &'s Client,
    input: S,
    drained: bool,
    over: bool,
    ttl: Duration,
    under_way: VecDeque<Appending>,
    /// Where the entries sent in this session end.
    sent: Option<LogId>,
}

impl<S> Pipeline<'_, S>
where
    S: Stream<Item = AppendEntriesRequest<Config>> + Unpin,
{
    async fn next(&mut self) -> Option<RpcResult<StreamAppendResult<Config>>> {
        while !self.over {
            let room = !self.drained && self.under_way.len() < PIPELINE_DEPTH;
            let client = self.client;
            let answered = tokio::select! {
                biased;
                answered = answer_to_first(client, &mut self.under_way), if !self.under_way.is_empty() => answered,
                request = self.input.next(), if room => {
                    match self.begin(request).await {
                        Ok(()) => continue,
                        Err(error) => Err(error),
                    }
                }
                else => return None,
            };
            return Some(self.settle(answered));
        }
        None
    }

    async fn begin(&mut self, request: Option<AppendEntriesRequest<Config>>) -> RpcResult<()> {
        match request {
            None => self.drained = true,
            // Behind entries of this session it says nothing but how far they are committed.
            Some(request) if request.entries.is_empty() && self.sent.is_some() && request.prev_log_id == self.sent => {
                self.client.tell_commit(request, self.ttl).await?;
            }
            Some(request) => {
                let appending = self.client.send_append(request, self.ttl).await?;
                // What follows in the stream builds on the entries that were left off.
                self.drained |= appending.cut;
                self.sent = appending.last;
                self.under_way.push_back(appending);
            }
        }
        Ok(())
    }

    /// Any answer but a whole success ends the session: what is under way behind it builds on
    /// entries that the peer does not have.
    fn settle(&mut self, answered: RpcResult<AppendEntriesResponse<Config>>) -> RpcResult<StreamAppendResult<Config>> {
        let first = self.under_way.pop_front();
        let (prev, last) = first.map_or((None, None), |first| (first.prev, first.last));
        self.over = !matches!(answered, Ok(AppendEntriesResponse::Success));
        Ok(match answered? {
            AppendEntriesResponse::Success => Ok(last),
            AppendEntriesResponse::PartialSuccess(upto) => Ok(upto),
            AppendEntriesResponse::HigherVote(vote) => Err(StreamAppendError::HigherVote(vote)),
            AppendEntriesResponse::Conflict => match prev {
                Some(prev) => Err(StreamAppendError::Conflict(prev)),
                None => return Err(RPCError::Network(NetworkError::new(&CallError::Senseless))),
            },
        })
    }
}

async fn answer_to_first(
    client: &Client,
    under_way: &mut VecDeque<Appending>,
) -> RpcResult<AppendEntriesResponse<Config>> {
    match under_way.front_mut() {
        Some(first) => client.appended(first).await,
        None => std::future::pending().await,
    }
}

impl RaftNetworkV2<Config> for Client {
    type SnapshotData = Bytes;

    async fn append_entries(
        &mut self,
        request: AppendEntriesRequest<Config>,
        option: RPCOption,
    ) -> RpcResult<AppendEntriesResponse<Config>> {
        let mut appending = self.send_append(request, option.soft_ttl()).await?;
        self.appended(&mut appending).await
    }

    fn stream_append<'s, S>(
        &'s mut self,
        input: S,
        option: RPCOption,
    ) -> futures_util::future::BoxFuture<
        's,
        RpcResult<futures_util::stream::BoxStream<'s, RpcResult<StreamAppendResult<Config>>>>,
    >
    where
        S: Stream<Item = AppendEntriesRequest<Config>> + OptionalSend + Unpin + 'static,
    {
        let ttl = option.hard_ttl() * APPEND_PATIENCE;
        let pipeline =
            Pipeline { client: self, input, drained: false, over: false, ttl, under_way: VecDeque::new(), sent: None };
        let answers = futures_util::stream::unfold(pipeline, async |mut pipeline| {
            let answer = pipeline.next().await?;
            Some((answer, pipeline))
        });
        Box::pin(std::future::ready(Ok(answers.boxed())))
    }

    async fn vote(&mut self, request: VoteRequest<Config>, option: RPCOption) -> RpcResult<VoteResponse<Config>> {
        let message = WireVoteRequest::from(request);
        let voted: WireVoted = self.call(RPCTypes::Vote, Kind::Vote, &message, option.soft_ttl()).await?;
        Ok(voted.into())
    }

    async fn pre_vote(&mut self, request: VoteRequest<Config>, option: RPCOption) -> RpcResult<VoteResponse<Config>> {
        let message = WireVoteRequest::from(request);
        let voted: WireVoted = self.call(RPCTypes::Vote, Kind::PreVote, &message, option.soft_ttl()).await?;
        Ok(voted.into())
    }

    async fn transfer_leader(
        &mut self,
        request: TransferLeaderRequest<Config>,
        option: RPCOption,
    ) -> RpcResult<TransferLeaderResponse<Config>> {
        let message = WireTransfer::from(request);
        let answer: WireTransferred =
            self.call(RPCTypes::TransferLeader, Kind::Transfer, &message, option.soft_ttl()).await?;
        Ok(answer.into())
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: openraft::alias::SnapshotOf<Config, Bytes>,
        cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        _option: RPCOption,
    ) -> Result<SnapshotResponse<Config>, StreamingError<Config>> {
        tokio::select! {
            closed = cancel => Err(closed.into()),
            sent = self.send_snapshot(&vote, &snapshot) => sent,
        }
    }

    fn backoff(&self) -> Option<Backoff> {
        let doubling = std::iter::successors(Some(BACKOFF_MIN), |pause| Some((*pause * 2).min(BACKOFF_MAX)));
        Some(Backoff::new(doubling.map(|pause| pause.mul_f64(0.5 + fastrand::f64() / 2.0))))
    }
}

impl Client {
    async fn send_snapshot(
        &self,
        vote: &Vote,
        snapshot: &openraft::alias::SnapshotOf<Config, Bytes>,
    ) -> Result<SnapshotResponse<Config>, StreamingError<Config>> {
        let peer = self.peer.as_ref().ok_or_else(|| Unreachable::new(&CallError::NotSent))?;
        for piece in pieces(&snapshot.snapshot, fastrand::u64(..), vote, &snapshot.meta) {
            let timeout = if piece.whole.is_some() { INSTALL_TIMEOUT } else { PIECE_TIMEOUT };
            let payload = encode(&piece)?;
            let answer = peer.bulk.call(Kind::Snapshot, self.group, payload, Instant::now() + timeout).await;
            let answer = answer.map_err(|error| self.rpc_error(RPCTypes::InstallSnapshot, timeout, error))?;
            if let Received::Installed(vote) = decode(&answer)? {
                return Ok(SnapshotResponse::new(vote.into()));
            }
        }
        Err(NetworkError::new(&CallError::Senseless).into())
    }
}
