//! The handle of one facility on this node.

use std::sync::Arc;

use machine::{Actor, Command, FacilityId, Reply, RequestId};
use raft::{Change, Cursor, GroupStatus, HistoryStore, NodeId};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::barrier::{self, left_over};
use crate::booking::{self, Decided};
use crate::carried::{self, Carried};
use crate::host::Host;
use crate::leader::{Attempt, through_leader};
use crate::peer::Kind;
use crate::replica::Replica;
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
pub struct Facility {
    host: Arc<Host>,
    replica: Arc<Replica>,
}

impl Facility {
    pub(crate) fn new(host: Arc<Host>, replica: Arc<Replica>) -> Self {
        Self { host, replica }
    }

    /// Its id.
    pub fn id(&self) -> &FacilityId {
        &self.replica.record.id
    }

    /// Has the leader decide, here or there. A refusal may come from the leader's own state,
    /// confirmed by a quorum, without an entry in the log.
    pub async fn propose(&self, request: Request, deadline: Instant) -> Result<Answer, ProposeError> {
        let decided = through_leader(|| self.leader(), |node| self.decide(node, &request, deadline), deadline).await?;
        let index = decided.index;
        match decided.into_reply() {
            Some(reply) => Ok(Answer { index, reply }),
            None => {
                tracing::error!(facility = %self.id(), index, "the reply makes no sense to this release");
                Err(ProposeError::OutcomeUnknown)
            }
        }
    }

    /// Looks at this node's replica, and at the index it is of. Never await inside.
    pub fn read<T>(&self, look: impl FnOnce(&machine::Facility, u64) -> T) -> T {
        self.replica.group.read(look)
    }

    /// Waits until this node's replica has applied `index`.
    pub async fn wait_for(&self, index: u64, deadline: Instant) -> Result<(), ReadError> {
        self.replica.group.wait_for(index, deadline).await.map_err(ReadError::from)
    }

    /// Confirms with the leader first, here or there: a [`Facility::read`] after it is linearizable.
    pub async fn read_barrier(&self, deadline: Instant) -> Result<u64, ReadError> {
        let replica = &self.replica;
        barrier::pass(&self.host, replica.record.group, &replica.group, || self.leader(), deadline).await
    }

    /// The index up to which this node's replica has applied.
    pub fn applied(&self) -> watch::Receiver<u64> {
        self.replica.group.applied()
    }

    /// The changes after `cursor`; `None` where this replica does not remember that far.
    pub fn changes_since(&self, cursor: Cursor) -> Option<Vec<Arc<Change<machine::Event>>>> {
        self.replica.group.changes_since(cursor)
    }

    /// The term in which this node leads the facility; `None` while it does not.
    pub fn leadership(&self) -> watch::Receiver<Option<u64>> {
        self.replica.group.leadership()
    }

    /// Where the group stands.
    pub fn status(&self) -> GroupStatus {
        self.replica.group.status()
    }

    pub(crate) fn store(&self) -> &dyn HistoryStore {
        self.replica.group.history()
    }

    fn leader(&self) -> Option<NodeId> {
        self.replica.leader(self.host.id())
    }

    async fn decide(&self, node: NodeId, request: &Request, deadline: Instant) -> Attempt<Decided> {
        if self.host.is_stopping() {
            return Attempt::Stopping;
        }
        if node == self.host.id() {
            return booking::decide(&self.host, &self.replica, request.clone(), deadline).await;
        }
        metrics::counter!("courtd_carried_writes_total").increment(1);
        let asked = carried::book(request, left_over(deadline));
        match self.host.ask::<Carried>(node, Kind::Book, self.replica.record.group, asked, deadline).await {
            Ok(carried) => Attempt::Done(Decided::from(carried)),
            Err(error) => error.into(),
        }
    }
}
