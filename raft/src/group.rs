//! One replicated state machine on this node.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::{Change, Config, Cursor, GroupId, NodeId, ProposeError, ReadError, SnapshotStore, StartError, StateMachine};

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
}

/// The answer to a proposal.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Log index of the entry.
    pub index: u64,
    /// The encoded reply.
    pub reply: Bytes,
}

/// Where a group stands, for operators and tests.
#[derive(Clone, Debug, Default)]
pub struct GroupStatus {
    /// Who leads, as far as is known here.
    pub leader: Option<NodeId>,
    /// The term.
    pub term: u64,
    /// Last index in the log here.
    pub last_index: u64,
    /// Last index known to be committed.
    pub committed_index: u64,
    /// Last index applied here.
    pub applied_index: u64,
    /// Voters.
    pub voters: BTreeSet<NodeId>,
    /// Learners.
    pub learners: BTreeSet<NodeId>,
    /// On the leader: how far each replica has matched.
    pub matched: Vec<(NodeId, u64)>,
}

/// One replicated state machine on this node. Cheap to clone.
pub struct Group<M: StateMachine> {
    _m: Arc<std::marker::PhantomData<M>>,
}

impl<M: StateMachine> Clone for Group<M> {
    fn clone(&self) -> Self {
        Self { _m: Arc::clone(&self._m) }
    }
}

impl<M: StateMachine> Group<M> {
    /// Loads snapshot and log and starts taking part; serves nothing until it has recovered.
    pub async fn start<L, S, N>(_settings: GroupSettings, _log: L, _snapshots: S, _network: N) -> Result<Self, StartError>
    where
        L: openraft::storage::RaftLogStorage<Config>,
        S: SnapshotStore,
        N: openraft::RaftNetworkFactory<Config>,
    {
        todo!()
    }

    /// Makes the first entry of the group: on one node only, once. Done already is fine.
    pub async fn initialize(&self, _voters: BTreeSet<NodeId>) -> Result<(), StartError> {
        todo!()
    }

    /// Has the encoded command committed and applied. Commands that wait together share an entry.
    pub async fn propose(&self, _command: Bytes) -> Result<Answer, ProposeError> {
        todo!()
    }

    /// Confirms with a quorum that this node leads, and waits until what was committed before is
    /// applied: a [`Group::read`] after it is linearizable. Callers that wait together share a round.
    pub async fn read_barrier(&self, _deadline: Instant) -> Result<u64, ReadError> {
        todo!()
    }

    /// Waits until this replica has applied `index`.
    pub async fn wait_for(&self, _index: u64, _deadline: Instant) -> Result<(), ReadError> {
        todo!()
    }

    /// Looks at this replica's state, and at the index it is of. Never await inside.
    pub fn read<T>(&self, _look: impl FnOnce(&M, u64) -> T) -> T {
        todo!()
    }

    /// The index up to which this replica has applied; changes with every entry.
    pub fn applied(&self) -> watch::Receiver<u64> {
        todo!()
    }

    /// The changes after `cursor`, in order; `None` where the replica does not remember that far.
    pub fn changes_since(&self, _cursor: Cursor) -> Option<Vec<Arc<Change<M::Event>>>> {
        todo!()
    }

    /// The term in which this node leads; `None` while it does not. A new term is a new token.
    pub fn leadership(&self) -> watch::Receiver<Option<u64>> {
        todo!()
    }

    /// Where the group stands.
    pub fn status(&self) -> GroupStatus {
        todo!()
    }

    /// Hands leadership to `to`, where this node leads.
    pub async fn transfer_leader(&self, _to: NodeId, _deadline: Instant) -> Result<(), ReadError> {
        todo!()
    }

    /// Stops taking part.
    pub async fn shutdown(&self) {
        todo!()
    }
}
