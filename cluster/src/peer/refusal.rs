//! Why a node has no answer to a request: what the asking node may do about it depends on it.

use bytes::Bytes;
use machine::codec;
use raft::NodeId;
use serde::{Deserialize, Serialize};

/// Why there is no answer. Only [`Refusal::Unknown`] leaves open whether the request acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub(crate) enum Refusal {
    /// No replica of the group runs here, or not yet.
    #[error("the group is not here")]
    NotHere,
    /// This node does not lead the group.
    #[error("not the leader")]
    NotLeader {
        /// Who does, as far as is known.
        leader: Option<NodeId>,
    },
    /// Too much is waiting.
    #[error("overloaded")]
    Overloaded,
    /// No quorum within reach.
    #[error("no quorum")]
    NoQuorum,
    /// It was proposed, and its fate is not known.
    #[error("the outcome is not known")]
    Unknown,
    /// The group or the node is stopping.
    #[error("stopping")]
    Stopping,
    /// The request makes no sense.
    #[error("the request makes no sense")]
    Senseless,
}

impl Refusal {
    /// As the payload of a frame.
    pub(crate) fn encode(self) -> Bytes {
        codec::encode(&self).expect("a refusal is small and has bytes").into()
    }

    /// From the payload of a frame.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        codec::decode(bytes).ok()
    }
}
