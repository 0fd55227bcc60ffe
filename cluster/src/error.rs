//! What can go wrong between a request and its answer, by what the caller may do about it.

use machine::FacilityId;

/// Why a request has no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProposeError {
    /// No leader could be reached in time; nothing was proposed.
    #[error("no quorum")]
    NoQuorum,
    /// Too much is waiting; nothing was proposed.
    #[error("overloaded")]
    Overloaded,
    /// It was proposed and its fate is not known here: the same request is safe to send again.
    #[error("the outcome is not known")]
    OutcomeUnknown,
    /// This node is shutting down.
    #[error("the node is stopping")]
    Stopping,
}

/// Why a read is not possible as asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReadError {
    /// No quorum confirmed the leader in time.
    #[error("no quorum")]
    NoQuorum,
    /// This replica has not applied that much in time.
    #[error("not caught up: applied {applied}, asked for {asked}")]
    NotCaughtUp {
        /// How far the replica is.
        applied: u64,
        /// How far it should be.
        asked: u64,
    },
    /// This node is shutting down.
    #[error("the node is stopping")]
    Stopping,
    /// The history in this node's store cannot be read; the log says why.
    #[error("the history cannot be read")]
    Unreadable,
}

impl From<raft::ReadError> for ReadError {
    fn from(error: raft::ReadError) -> Self {
        match error {
            raft::ReadError::NotCaughtUp { applied, asked } => Self::NotCaughtUp { applied, asked },
            raft::ReadError::Stopped => Self::Stopping,
            raft::ReadError::NotLeader { .. } | raft::ReadError::NoQuorum => Self::NoQuorum,
        }
    }
}

/// Why a facility was not entered into the directory.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CreateError {
    /// Another facility has the slug.
    #[error("the slug is taken by facility {by}")]
    SlugTaken {
        /// Which one.
        by: FacilityId,
    },
    /// The facility is there, with another slug; or another one is found under that id.
    #[error("the id is taken")]
    IdTaken,
    /// It could not be proposed.
    #[error(transparent)]
    Propose(#[from] ProposeError),
}

/// Why a facility was not given another slug.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RenameError {
    /// Another facility has the slug.
    #[error("the slug is taken by facility {by}")]
    SlugTaken {
        /// Which one.
        by: FacilityId,
    },
    /// There is no such facility.
    #[error("there is no such facility")]
    Unknown,
    /// It could not be proposed.
    #[error(transparent)]
    Propose(#[from] ProposeError),
}

/// Why a key was not made or revoked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum KeyError {
    /// Another key has the id.
    #[error("the id is taken")]
    Taken,
    /// There is no such key.
    #[error("there is no such key")]
    Unknown,
    /// There are as many keys as there may be.
    #[error("there are too many keys")]
    TooMany,
    /// It could not be proposed.
    #[error(transparent)]
    Propose(#[from] ProposeError),
}

/// Why a node could not start, or stopped by itself: one sentence for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NodeError(pub String);
