//! One node: its store, its peers, the directory and the replicas placed here.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use machine::{FacilityId, RequestId};
use raft::{GroupStatus, NodeId, Timing};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::{CreateError, Facility, FacilityRecord, NodeError, NodeRecord};

/// The wall clock; tests bring their own.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_millis(&self) -> i64;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_millis(&self) -> i64 {
        todo!()
    }
}

/// What a node needs to know about itself.
pub struct NodeSettings {
    /// This node.
    pub node: NodeId,
    /// The cluster: a peer of another one is refused.
    pub cluster_id: String,
    /// The nodes that form the cluster the first time, this one among them; ignored once a store exists.
    pub initial: Vec<NodeRecord>,
    /// Where the store is; made if missing.
    pub data_dir: PathBuf,
    /// Where peers connect, already bound.
    pub peer_listener: TcpListener,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// How long consensus may take.
    pub timing: Timing,
}

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

/// One node of the cluster, running.
pub struct Node {}

impl Node {
    /// Opens the store, joins the peers, and starts all groups of this node. Does not wait for a quorum.
    pub async fn start(_settings: NodeSettings) -> Result<Arc<Self>, NodeError> {
        todo!()
    }

    /// Which node this is.
    pub fn id(&self) -> NodeId {
        todo!()
    }

    /// Which cluster.
    pub fn cluster_id(&self) -> &str {
        todo!()
    }

    /// The clock that proposals are stamped with.
    pub fn now(&self) -> machine::Instant {
        todo!()
    }

    /// Finds a facility by id or slug.
    pub fn facility(&self, _id_or_slug: &str) -> Lookup {
        todo!()
    }

    /// All facilities in order of id, after `after`.
    pub fn facilities(&self, _after: Option<&FacilityId>, _limit: usize) -> Vec<FacilityRecord> {
        todo!()
    }

    /// Changes whenever the directory or the set of serving replicas here does.
    pub fn directory_changes(&self) -> watch::Receiver<u64> {
        todo!()
    }

    /// Enters a facility into the directory, places and starts its group, and waits until its
    /// replica serves here. The same id and slug again, or the same request, gives the same facility.
    pub async fn create_facility(&self, _id: FacilityId, _slug: String, _request: RequestId, _deadline: Instant) -> Result<Facility, CreateError> {
        todo!()
    }

    /// Whether this node can serve: the directory is recovered and has a leader, the clock is sane,
    /// it is not stopping.
    pub fn readiness(&self) -> Readiness {
        todo!()
    }

    /// All nodes, as seen from this one.
    pub fn peers(&self) -> Vec<PeerStatus> {
        todo!()
    }

    /// Where groups stand, in order of facility id, after `after`.
    pub fn groups(&self, _after: Option<&FacilityId>, _limit: usize) -> Vec<FacilityStatus> {
        todo!()
    }

    /// Resolves when the node cannot go on (a storage error, a stopped group): the process must end.
    pub async fn failed(&self) -> NodeError {
        todo!()
    }

    /// Hands leadership away, stops the groups, flushes and closes the store.
    pub async fn shutdown(&self, _deadline: Instant) {
        todo!()
    }
}
