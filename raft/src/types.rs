//! The types that openraft is configured with, and short names for those of its own that the
//! rooms `storage` and `cluster` need.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Names a node for ever: an id is never used again after its disk was lost.
pub type NodeId = u64;

/// Names a group in the cluster; 0 is the directory.
pub type GroupId = u64;

/// The payload of a log entry: the encoded commands of one group that waited together.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch(pub Vec<Bytes>);

/// The encoded replies to a [`Batch`], in its order.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replies(pub Vec<Bytes>);

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Batch({} commands)", self.0.len())
    }
}

impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl fmt::Debug for Replies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Replies({})", self.0.len())
    }
}

impl fmt::Display for Replies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// openraft's types: addresses live in the directory, so a raft node has no data of its own.
/// Spelled out because openraft's macro cannot set a responder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Config;

impl openraft::RaftTypeConfig for Config {
    type D = Batch;
    type R = Replies;
    type NodeId = NodeId;
    type Node = openraft::EmptyNode;
    type Term = u64;
    type LeaderId = openraft::impls::leader_id_adv::LeaderId<u64, NodeId>;
    type Vote = openraft::impls::Vote<Self::LeaderId>;
    type Payload = openraft::EntryPayload<Batch, NodeId, openraft::EmptyNode>;
    type Entry = openraft::Entry<<Self::LeaderId as openraft::vote::RaftLeaderId>::Committed, Self::Payload>;
    type AsyncRuntime = openraft::TokioRuntime;
    type Responder<T>
        = crate::responder::Callback<T>
    where
        T: openraft::OptionalSend + 'static;
    type Batch<T>
        = openraft::impls::InlineBatch<T>
    where
        T: openraft::OptionalSend + 'static;
    type ErrorSource = openraft::impls::BoxedErrorSource;
}

/// A log entry.
pub type Entry = openraft::alias::EntryOf<Config>;
/// Position of an entry: leader's term and id, index.
pub type LogId = openraft::alias::LogIdOf<Config>;
/// A vote.
pub type Vote = openraft::alias::VoteOf<Config>;
/// A membership with the position of its entry.
pub type StoredMembership = openraft::alias::StoredMembershipOf<Config>;
/// Position and membership of a snapshot.
pub type SnapshotMeta = openraft::alias::SnapshotMetaOf<Config>;

/// A replication message: the leader's vote, where its entries join on, the entries.
pub type AppendRequest = openraft::raft::AppendEntriesRequest<Config>;
/// What the follower made of it.
pub type AppendResponse = openraft::raft::AppendEntriesResponse<Config>;
/// Asks for a vote, or with pre-vote whether it would be granted.
pub type VoteRequest = openraft::raft::VoteRequest<Config>;
/// The vote, or the greater one that stands against it.
pub type VoteResponse = openraft::raft::VoteResponse<Config>;
/// The vote of the replica that was given a snapshot.
pub type SnapshotResponse = openraft::raft::SnapshotResponse<Config>;
/// Asks a replica to take over from the leader, or to let go of it.
pub type TransferRequest = openraft::raft::TransferLeaderRequest<Config>;
/// Whether it may.
pub type TransferResponse = openraft::raft::TransferLeaderResponse<Config>;
