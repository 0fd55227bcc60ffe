//! What can go wrong with a group, by what the caller may do about it.

use crate::NodeId;

/// Why a proposal has no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProposeError {
    /// Nothing was proposed: ask the leader, if there is one.
    #[error("not the leader")]
    NotLeader {
        /// Who leads, as far as is known here.
        leader: Option<NodeId>,
    },
    /// Nothing was proposed: too much is waiting already.
    #[error("too many proposals are waiting")]
    Overloaded,
    /// It was proposed and its fate is not known here; the same request may be sent again.
    #[error("proposed, and its outcome is not known")]
    Unknown,
    /// The group is shutting down or has failed.
    #[error("the group has stopped")]
    Stopped,
}

/// Why a linearizable read is not possible here and now.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReadError {
    /// Ask the leader, if there is one.
    #[error("not the leader")]
    NotLeader {
        /// Who leads, as far as is known here.
        leader: Option<NodeId>,
    },
    /// No quorum confirmed the leader in time.
    #[error("no quorum")]
    NoQuorum,
    /// The replica has not applied that much in time.
    #[error("not caught up: applied {applied}, asked for {asked}")]
    NotCaughtUp {
        /// How far the replica is.
        applied: u64,
        /// How far it should be.
        asked: u64,
    },
    /// The group is shutting down or has failed.
    #[error("the group has stopped")]
    Stopped,
}

/// Why a group could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The timing makes no sense.
    #[error("failed to configure the group: {0}")]
    Timing(String),
    /// Log or snapshot could not be read.
    #[error("failed to load the group: {0}")]
    Load(String),
    /// The first entry could not be made.
    #[error("failed to initialize the group: {0}")]
    Initialize(String),
}

/// The group is shutting down or has failed, and takes no messages of its peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the group has stopped")]
pub struct Stopped;
