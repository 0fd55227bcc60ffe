//! The shapes that openraft's messages have between nodes: ours, so that a change of its types is
//! not a change of the protocol. Field order and variant order are the format; the version is the
//! frame's.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use openraft::impls::leader_id_adv::LeaderId;
use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse, TransferLeaderError, TransferLeaderRequest};
use openraft::raft::{TransferLeaderResponse, VoteRequest, VoteResponse};
use openraft::{EmptyNode, EntryPayload, Membership};
use raft::{Batch, Config, LogId, NodeId, SnapshotMeta, StoredMembership};
use serde::{Deserialize, Serialize};

// `raft::Vote` and `raft::Entry` by their full names: `From` cannot be written for projections.
type Vote = openraft::impls::Vote<LeaderId<u64, NodeId>>;
type Entry = openraft::Entry<LeaderId<u64, NodeId>, EntryPayload<Batch, NodeId, EmptyNode>>;

/// A vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WireVote {
    term: u64,
    node: NodeId,
    committed: bool,
}

impl From<&Vote> for WireVote {
    fn from(vote: &Vote) -> Self {
        let leader = vote.leader_id();
        Self { term: leader.term, node: leader.node_id, committed: vote.is_committed() }
    }
}

impl From<WireVote> for Vote {
    fn from(wire: WireVote) -> Self {
        match wire.committed {
            true => Vote::new_committed(wire.term, wire.node),
            false => Vote::new(wire.term, wire.node),
        }
    }
}

/// A position in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WireLogId {
    term: u64,
    node: NodeId,
    index: u64,
}

impl From<&LogId> for WireLogId {
    fn from(id: &LogId) -> Self {
        Self { term: id.leader_id.term, node: id.leader_id.node_id, index: id.index }
    }
}

impl From<WireLogId> for LogId {
    fn from(wire: WireLogId) -> Self {
        LogId::new(LeaderId { term: wire.term, node_id: wire.node }, wire.index)
    }
}

fn wire_log_id(id: &Option<LogId>) -> Option<WireLogId> {
    id.as_ref().map(WireLogId::from)
}

/// A membership. Nodes beyond the voters of all configurations are learners.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WireMembership {
    configs: Vec<BTreeSet<NodeId>>,
    nodes: BTreeSet<NodeId>,
}

impl From<&Membership<NodeId, EmptyNode>> for WireMembership {
    fn from(membership: &Membership<NodeId, EmptyNode>) -> Self {
        let nodes = membership.nodes().map(|(id, _)| *id).collect();
        Self { configs: membership.get_joint_config().clone(), nodes }
    }
}

impl TryFrom<WireMembership> for Membership<NodeId, EmptyNode> {
    type Error = Senseless;

    fn try_from(wire: WireMembership) -> Result<Self, Senseless> {
        if wire.configs.is_empty() {
            // A snapshot before the first membership.
            return Ok(Self::default());
        }
        let nodes: BTreeMap<NodeId, EmptyNode> = wire.nodes.into_iter().map(|id| (id, EmptyNode::default())).collect();
        Membership::new(wire.configs, nodes).map_err(|_| Senseless("a membership"))
    }
}

/// Bytes that are well-formed and yet mean nothing.
#[derive(Debug, thiserror::Error)]
#[error("the peer sent {0} that makes no sense")]
pub(crate) struct Senseless(&'static str);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum WirePayload {
    Blank,
    Commands(Vec<Bytes>),
    Membership(WireMembership),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct WireEntry {
    id: WireLogId,
    payload: WirePayload,
}

impl From<Entry> for WireEntry {
    fn from(entry: Entry) -> Self {
        let payload = match entry.payload {
            EntryPayload::Blank => WirePayload::Blank,
            EntryPayload::Normal(Batch(commands)) => WirePayload::Commands(commands),
            EntryPayload::Membership(membership) => WirePayload::Membership((&membership).into()),
        };
        Self { id: (&entry.log_id).into(), payload }
    }
}

impl TryFrom<WireEntry> for Entry {
    type Error = Senseless;

    fn try_from(wire: WireEntry) -> Result<Self, Senseless> {
        let payload = match wire.payload {
            WirePayload::Blank => EntryPayload::Blank,
            WirePayload::Commands(commands) => EntryPayload::Normal(Batch(commands)),
            WirePayload::Membership(membership) => EntryPayload::Membership(membership.try_into()?),
        };
        Ok(Entry { log_id: wire.id.into(), payload })
    }
}

/// Entries for the log; none of them is a heartbeat.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WireAppend {
    vote: WireVote,
    prev: Option<WireLogId>,
    commit: Option<WireLogId>,
    entries: Vec<WireEntry>,
}

impl From<AppendEntriesRequest<Config>> for WireAppend {
    fn from(request: AppendEntriesRequest<Config>) -> Self {
        Self {
            vote: (&request.vote).into(),
            prev: wire_log_id(&request.prev_log_id),
            commit: wire_log_id(&request.leader_commit),
            entries: request.entries.into_iter().map(WireEntry::from).collect(),
        }
    }
}

impl TryFrom<WireAppend> for AppendEntriesRequest<Config> {
    type Error = Senseless;

    fn try_from(wire: WireAppend) -> Result<Self, Senseless> {
        let entries: Vec<Entry> = wire.entries.into_iter().map(Entry::try_from).collect::<Result<_, _>>()?;
        let prev_log_id: Option<LogId> = wire.prev.map(LogId::from);
        let first = prev_log_id.as_ref().map_or(0, |id| id.index + 1);
        // openraft asserts this deep inside: a peer must not be able to make it.
        if !entries.iter().zip(first..).all(|(entry, index)| entry.log_id.index == index) {
            return Err(Senseless("an append with gaps"));
        }
        Ok(Self { vote: wire.vote.into(), prev_log_id, leader_commit: wire.commit.map(LogId::from), entries })
    }
}

/// What became of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum WireAppended {
    Success,
    Partial(Option<WireLogId>),
    Conflict,
    HigherVote(WireVote),
}

impl From<AppendEntriesResponse<Config>> for WireAppended {
    fn from(response: AppendEntriesResponse<Config>) -> Self {
        match response {
            AppendEntriesResponse::Success => Self::Success,
            AppendEntriesResponse::PartialSuccess(upto) => Self::Partial(wire_log_id(&upto)),
            AppendEntriesResponse::Conflict => Self::Conflict,
            AppendEntriesResponse::HigherVote(vote) => Self::HigherVote((&vote).into()),
        }
    }
}

impl From<WireAppended> for AppendEntriesResponse<Config> {
    fn from(wire: WireAppended) -> Self {
        match wire {
            WireAppended::Success => Self::Success,
            WireAppended::Partial(upto) => Self::PartialSuccess(upto.map(LogId::from)),
            WireAppended::Conflict => Self::Conflict,
            WireAppended::HigherVote(vote) => Self::HigherVote(vote.into()),
        }
    }
}

/// Asks for a vote, or whether one would be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WireVoteRequest {
    vote: WireVote,
    last: Option<WireLogId>,
    transfer: bool,
}

impl From<VoteRequest<Config>> for WireVoteRequest {
    fn from(request: VoteRequest<Config>) -> Self {
        let last = wire_log_id(&request.last_log_id);
        Self { vote: (&request.vote).into(), last, transfer: request.leadership_transfer }
    }
}

impl From<WireVoteRequest> for VoteRequest<Config> {
    fn from(wire: WireVoteRequest) -> Self {
        let mut request = VoteRequest::new(wire.vote.into(), wire.last.map(LogId::from));
        request.leadership_transfer = wire.transfer;
        request
    }
}

/// The answer to a vote request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WireVoted {
    vote: WireVote,
    granted: bool,
    last: Option<WireLogId>,
}

impl From<VoteResponse<Config>> for WireVoted {
    fn from(response: VoteResponse<Config>) -> Self {
        let last = wire_log_id(&response.last_log_id);
        Self { vote: (&response.vote).into(), granted: response.vote_granted, last }
    }
}

impl From<WireVoted> for VoteResponse<Config> {
    fn from(wire: WireVoted) -> Self {
        VoteResponse::new(Vote::from(wire.vote), wire.last.map(LogId::from), wire.granted)
    }
}

/// The leader asks a node to lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WireTransfer {
    from: WireVote,
    to: NodeId,
    last: Option<WireLogId>,
}

impl From<TransferLeaderRequest<Config>> for WireTransfer {
    fn from(request: TransferLeaderRequest<Config>) -> Self {
        let last = request.last_log_id().map(WireLogId::from);
        Self { from: request.from_leader().into(), to: *request.to_node_id(), last }
    }
}

impl From<WireTransfer> for TransferLeaderRequest<Config> {
    fn from(wire: WireTransfer) -> Self {
        TransferLeaderRequest::new(wire.from.into(), wire.to, wire.last.map(LogId::from))
    }
}

/// Why a node does not take leadership over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum WireTransferError {
    VoteChanged { expected: WireVote, actual: WireVote },
    LogNotFlushed { expected: Option<WireLogId>, actual: Option<WireLogId> },
}

/// What became of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WireTransferred(Result<(), WireTransferError>);

impl From<TransferLeaderResponse<Config>> for WireTransferred {
    fn from(response: TransferLeaderResponse<Config>) -> Self {
        Self(response.map_err(|error| match error {
            TransferLeaderError::VoteChanged { expected, actual } => {
                WireTransferError::VoteChanged { expected: (&expected).into(), actual: (&actual).into() }
            }
            TransferLeaderError::LogNotFlushed { expected, actual } => {
                WireTransferError::LogNotFlushed { expected: wire_log_id(&expected), actual: wire_log_id(&actual) }
            }
        }))
    }
}

impl From<WireTransferred> for TransferLeaderResponse<Config> {
    fn from(wire: WireTransferred) -> Self {
        wire.0.map_err(|error| match error {
            WireTransferError::VoteChanged { expected, actual } => {
                TransferLeaderError::VoteChanged { expected: expected.into(), actual: actual.into() }
            }
            WireTransferError::LogNotFlushed { expected, actual } => TransferLeaderError::LogNotFlushed {
                expected: expected.map(LogId::from),
                actual: actual.map(LogId::from),
            },
        })
    }
}

/// Position and membership of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WireSnapshotMeta {
    last: Option<WireLogId>,
    membership_at: Option<WireLogId>,
    membership: WireMembership,
}

impl From<&SnapshotMeta> for WireSnapshotMeta {
    fn from(meta: &SnapshotMeta) -> Self {
        Self {
            last: wire_log_id(&meta.last_log_id),
            membership_at: wire_log_id(meta.last_membership.log_id()),
            membership: meta.last_membership.membership().into(),
        }
    }
}

impl TryFrom<WireSnapshotMeta> for SnapshotMeta {
    type Error = Senseless;

    fn try_from(wire: WireSnapshotMeta) -> Result<Self, Senseless> {
        let membership = StoredMembership::new(wire.membership_at.map(LogId::from), wire.membership.try_into()?);
        Ok(Self { last_log_id: wire.last.map(LogId::from), last_membership: membership })
    }
}
