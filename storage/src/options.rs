//! What a store is opened with, and what it counts.

/// Whose store it is: a folder of another node or cluster is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The cluster.
    pub cluster_id: String,
    /// The node.
    pub node: raft::NodeId,
}

/// What the frames are kept in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// sled, the engine of the product.
    #[default]
    Sled,
    /// Plain segment files: the yardstick, and the way out should sled ever have to go.
    File,
}

/// How a store is opened.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What the frames are kept in.
    pub engine: Engine,
    /// Bytes of sled's page cache.
    pub cache_capacity: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { engine: Engine::Sled, cache_capacity: 64 << 20 }
    }
}

/// What a store has done since it was opened; every number only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Frames written.
    pub frames: u64,
    /// Operations answered: appends, votes, truncations, purges, commit points, snapshot pieces.
    pub operations: u64,
    /// Log entries written for the first time.
    pub entries: u64,
    /// Bytes of frames and snapshot chunks.
    pub payload_bytes: u64,
    /// Commits: a flush and an `fdatasync` each.
    pub commits: u64,
}
