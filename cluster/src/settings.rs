//! What a node is told when it starts.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use raft::{NodeId, Timing};

use crate::NodeRecord;

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
        // Before 1970 the clock is so wrong that peers contradict it; any number will do.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// What a node needs to know about itself.
pub struct NodeSettings {
    /// This node.
    pub node: NodeId,
    /// The cluster: a peer of another one is refused.
    pub cluster_id: String,
    /// The nodes that form the cluster the first time, this one among them. Once a store exists it
    /// only says where else to look for a node that is not where the directory has it.
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
