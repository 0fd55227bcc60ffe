//! What a node tells about itself, its peers and its groups.

use raft::GroupStatus;

use crate::{Facility, FacilityRecord, NodeRecord};

/// What a facility's name leads to on this node.
#[derive(Clone)]
pub enum Lookup {
    /// There is none of that id or slug.
    Unknown,
    /// It exists, and its replica here is not serving yet (starting, recovering, or placed elsewhere).
    NotServing(FacilityRecord),
    /// Here.
    Here(Facility),
}

/// Whether this node can serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Yes.
    Ready,
    /// No, and why, in words for an operator.
    NotReady(String),
}

/// A node as its peers see it.
#[derive(Clone, Debug)]
pub struct PeerStatus {
    /// Which node.
    pub record: NodeRecord,
    /// Whether this node hears from it (true for itself).
    pub reachable: bool,
    /// Whether it is stopping, and takes no leadership.
    pub draining: bool,
    /// Its clock less ours, in milliseconds; 0 for itself.
    pub clock_offset_millis: i64,
    /// The release it runs.
    pub version: String,
}

/// Where a facility's group stands, with the digest of this node's replica.
#[derive(Clone, Debug)]
pub struct FacilityStatus {
    /// As in the directory.
    pub record: FacilityRecord,
    /// As seen from this node; `None` without a replica here.
    pub status: Option<GroupStatus>,
    /// Digest of this node's replica and the index it is of.
    pub digest: Option<(u64, machine::Digest)>,
}
