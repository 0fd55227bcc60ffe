//! What a group is told about itself, and what openraft is told in turn.

use std::sync::Arc;
use std::time::Duration;

use openraft::SnapshotPolicy;
use tokio::sync::Semaphore;

use crate::{GroupId, NodeId, StartError};

/// Entries between two snapshots, at least: a replay of 5,000 takes well under a second.
pub const SNAPSHOT_ENTRIES: u64 = 5_000;

/// Entries that stay in the log behind a snapshot, so that a replica that is a little behind gets
/// entries and not a whole state.
const LOG_KEPT: u64 = 256;

/// Entries a purge removes at least: each is an operation of the store.
const PURGE_MIN: u64 = 64;

/// Entries in one message to a peer, at most: each may hold [`crate::BATCH_BYTES_MAX`].
const APPEND_ENTRIES_MAX: u64 = 64;

/// How long a replica may take to receive, keep and decode a whole state.
const SNAPSHOT_TIMEOUT: Duration = Duration::from_secs(60);

/// How long things may take. `Default` is what a disk with stalls of 220 ms asks for.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Also the time allowed an append.
    pub heartbeat: Duration,
    /// Shortest silence before an election.
    pub election_min: Duration,
    /// Longest.
    pub election_max: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_millis(250),
            election_min: Duration::from_millis(1000),
            election_max: Duration::from_millis(2000),
        }
    }
}

/// What a group needs to know about itself.
#[derive(Clone, Debug)]
pub struct GroupSettings {
    /// Which group.
    pub group: GroupId,
    /// Which node this is.
    pub node: NodeId,
    /// How long things may take.
    pub timing: Timing,
    /// Shared by all groups of a node: how many of them may write a snapshot at once.
    pub snapshot_permits: Arc<Semaphore>,
    /// Entries between two snapshots, at least; [`SNAPSHOT_ENTRIES`] but for tests.
    pub snapshot_entries: u64,
}

impl GroupSettings {
    /// With the usual distance between snapshots.
    pub fn new(group: GroupId, node: NodeId, timing: Timing, snapshot_permits: Arc<Semaphore>) -> Self {
        Self { group, node, timing, snapshot_permits, snapshot_entries: SNAPSHOT_ENTRIES }
    }

    /// The same for openraft.
    pub(crate) fn to_openraft(&self) -> Result<openraft::Config, StartError> {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let config = openraft::Config {
            cluster_name: format!("group {}", self.group),
            heartbeat_interval: millis(self.timing.heartbeat),
            election_timeout_min: millis(self.timing.election_min),
            election_timeout_max: millis(self.timing.election_max),
            install_snapshot_timeout: millis(SNAPSHOT_TIMEOUT),
            max_payload_entries: APPEND_ENTRIES_MAX,
            // The policy is ours: see `replica`.
            snapshot_policy: SnapshotPolicy::Never,
            max_in_snapshot_log_to_keep: LOG_KEPT,
            purge_batch_size: PURGE_MIN,
            enable_pre_vote: Some(true),
            // Invariant: a term's leader never comes back into its own term. Followers may have kept
            // entries that it lost with its power, and it would give their ids to other commands:
            // replicas would hold different entries under one id, and nothing would notice.
            enable_leader_restore: Some(false),
            ..openraft::Config::default()
        };
        config.validate().map_err(|error| StartError::Timing(error.to_string()))
    }
}
