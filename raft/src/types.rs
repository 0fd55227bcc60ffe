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

openraft::declare_raft_types!(
    /// openraft's types: addresses live in the directory, so a raft node has no data of its own.
    pub Config:
        D = Batch,
        R = Replies,
        Node = openraft::EmptyNode,
);

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
