//! What a log entry says besides its command: when, by whom, and as which request.
//!
//! A leader stamps it once; every replica applies it as it is. It is written to the log as bytes
//! behind a version of its own, so that old entries can be read by a later release.

use serde::{Deserialize, Serialize};

use crate::codec::{self, BytesError};
use crate::{Command, Instant, MemberId, Rejection};

/// The version of an envelope's bytes that this release writes.
pub const ENVELOPE_VERSION: u8 = 1;

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

impl Actor {
    /// A member acts for itself only; everybody else was let in at the edge to act for anybody.
    pub(crate) fn must_act_for(&self, member: &MemberId) -> Result<(), Rejection> {
        match self {
            Self::Member(id) if id != member => Err(Rejection::NotYours),
            _ => Ok(()),
        }
    }

    /// The club's people, and those who run the cluster.
    pub(crate) fn is_staff(&self) -> bool {
        matches!(self, Self::Staff(_) | Self::Operator(_))
    }

    /// What only the club's people decide.
    pub(crate) fn must_be_staff(&self) -> Result<(), Rejection> {
        if self.is_staff() { Ok(()) } else { Err(Rejection::StaffOnly) }
    }

    /// What is the club's own is no member's to change.
    pub(crate) fn must_not_be_member(&self) -> Result<(), Rejection> {
        if matches!(self, Self::Member(_)) { Err(Rejection::NotYours) } else { Ok(()) }
    }
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

impl Envelope {
    /// The envelope as bytes for a log, behind a version of one byte.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode_versioned(ENVELOPE_VERSION, self)
    }

    /// An envelope from [`Envelope::to_bytes`]'s bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BytesError> {
        codec::decode_versioned(ENVELOPE_VERSION, bytes)
    }
}
