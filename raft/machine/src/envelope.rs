//! What a log entry says besides its command: when, by whom, and as which request.

use serde::{Deserialize, Serialize};

use crate::{Command, Instant, MemberId};

/// Who asks. Authorization of a role happens at the edge; what a *member* may touch is decided
/// here, because only the state knows whose hold it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Actor {
    /// A person, for itself.
    Member(MemberId),
    /// The club's people, by key or account name.
    Staff(String),
    /// The club's own back end, for any of its members.
    Service(String),
    /// Runs the cluster.
    Operator(String),
    /// courtd itself: jobs.
    System,
}

/// One request, for ever: the same id means the same request sent again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequestId {
    /// Whose key it is, so that two callers never collide.
    pub principal: String,
    /// The caller's `Idempotency-Key`, or one that the first node minted.
    pub key: String,
}

/// A command with everything that makes it reproducible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The leader's clock. The machine's own time is the greatest ever seen.
    pub now: Instant,
    /// The leader's term when it stamped the envelope.
    pub term: u64,
    /// Who asks.
    pub actor: Actor,
    /// Which request this is.
    pub request: RequestId,
    /// Hash of what was asked: the same request id with another hash is a mistake of the caller's.
    pub fingerprint: u64,
    /// How long an answer that changed something is kept for repeats, in milliseconds.
    pub remember_millis: i64,
    /// What to do.
    pub command: Command,
}
