//! The handle of one facility on this node.

use std::sync::Arc;

use machine::{Actor, Command, FacilityId, Reply, RequestId};
use raft::{Change, Cursor, GroupStatus};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::{ProposeError, ReadError};

/// What the edge asks for; the leader adds time and term.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks.
    pub actor: Actor,
    /// Which request this is: sent again it acts once.
    pub request: RequestId,
    /// Hash of what was asked.
    pub fingerprint: u64,
    /// How long its answer is kept for repeats, in milliseconds.
    pub remember_millis: i64,
    /// What to do.
    pub command: Command,
}

/// The answer of the facility.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Log index: of the entry, or for a refusal without an entry the index of the state that refuses.
    pub index: u64,
    /// What the machine said.
    pub reply: Reply,
}

/// One facility, from this node. Cheap to clone.
#[derive(Clone)]
pub struct Facility {}

impl Facility {
    /// Its id.
    pub fn id(&self) -> &FacilityId {
        todo!()
    }

    /// Has the leader decide, here or there. A refusal may come from the leader's own state,
    /// confirmed by a quorum, without an entry in the log.
    pub async fn propose(&self, _request: Request, _deadline: Instant) -> Result<Answer, ProposeError> {
        todo!()
    }

    /// Looks at this node's replica, and at the index it is of. Never await inside.
    pub fn read<T>(&self, _look: impl FnOnce(&machine::Facility, u64) -> T) -> T {
        todo!()
    }

    /// Waits until this node's replica has applied `index`.
    pub async fn wait_for(&self, _index: u64, _deadline: Instant) -> Result<(), ReadError> {
        todo!()
    }

    /// Confirms with the leader first, here or there: a [`Facility::read`] after it is linearizable.
    pub async fn read_barrier(&self, _deadline: Instant) -> Result<u64, ReadError> {
        todo!()
    }

    /// The index up to which this node's replica has applied.
    pub fn applied(&self) -> watch::Receiver<u64> {
        todo!()
    }

    /// The changes after `cursor`; `None` where this replica does not remember that far.
    pub fn changes_since(&self, _cursor: Cursor) -> Option<Vec<Arc<Change<machine::Event>>>> {
        todo!()
    }

    /// The term in which this node leads the facility; `None` while it does not.
    pub fn leadership(&self) -> watch::Receiver<Option<u64>> {
        todo!()
    }

    /// Where the group stands.
    pub fn status(&self) -> GroupStatus {
        todo!()
    }
}
