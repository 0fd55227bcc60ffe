//! One replicated state machine on this node.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::Arc;

use bytes::Bytes;
use openraft::async_runtime::WatchReceiver;
use openraft::errors::{InitializeError, RaftError};
use openraft::{EmptyNode, Raft};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::adapter::Adapter;
use crate::barrier::{self, Readers};
use crate::keeper::Keeper;
use crate::observer::{self, Signs};
use crate::proposer::{self, Proposals};
use crate::replica::Replica;
use crate::{
    Change, Config, Cursor, GroupSettings, HistoryStore, Inbox, NodeId, ProposeError, ReadError, SnapshotStore,
    StartError, StateMachine,
};

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
    /// Last index that this node's snapshot covers; 0 without one.
    pub snapshot_index: u64,
    /// Last index that is no longer in the log here; 0 before the first purge.
    pub purged_index: u64,
    /// Voters.
    pub voters: BTreeSet<NodeId>,
    /// Learners.
    pub learners: BTreeSet<NodeId>,
    /// On the leader: how far each replica has matched.
    pub matched: Vec<(NodeId, u64)>,
}

/// One replicated state machine on this node. Cheap to clone.
pub struct Group<M: StateMachine>(Arc<Inner<M>>);

struct Inner<M: StateMachine> {
    raft: Raft<Config, Adapter<M>>,
    replica: Arc<Replica<M>>,
    history: Arc<dyn HistoryStore>,
    proposals: Proposals,
    readers: Readers,
    signs: Arc<Signs>,
    /// Ends the tasks.
    stop: CancellationToken,
    /// Proposer, read rounds, observer.
    tasks: Mutex<JoinSet<()>>,
}

impl<M: StateMachine> Clone for Group<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M: StateMachine> Group<M> {
    /// Loads snapshot and log and starts taking part. What it reads is to be served only once it
    /// has [`recovered`](Group::recovered).
    pub async fn start<L, S, N>(
        settings: GroupSettings,
        mut log: L,
        snapshots: S,
        history: impl HistoryStore,
        network: N,
    ) -> Result<Self, StartError>
    where
        L: openraft::storage::RaftLogStorage<Config>,
        S: SnapshotStore,
        N: openraft::RaftNetworkFactory<Config>,
        N::Network: openraft::network::NetSnapshot<Config, SnapshotData = Bytes>,
    {
        let config = Arc::new(settings.to_openraft()?);
        let history: Arc<dyn HistoryStore> = Arc::new(history);
        let replica = Arc::new(Replica::<M>::empty(settings.snapshot_entries, Arc::clone(&history)));
        let keeper = Arc::new(Keeper::new(snapshots));
        let permits = settings.snapshot_permits;
        let adapter = Adapter { replica: Arc::clone(&replica), keeper, history: Arc::clone(&history), permits };
        adapter.load().await.map_err(|error| StartError::Load(error.to_string()))?;
        let state = log.get_log_state().await.map_err(|error| StartError::Load(error.to_string()))?;
        let tail = state.last_log_id.map(|id| id.index);
        let raft = Raft::new(settings.node, config, network, log, adapter)
            .await
            .map_err(|fatal| StartError::Load(fatal.to_string()))?;

        let (proposals, proposed) = Proposals::new();
        let (readers, asked) = Readers::new();
        let signs = Arc::new(Signs::new());
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(proposer::run(raft.clone(), proposed, stop.clone()));
        tasks.spawn(barrier::run(raft.clone(), asked, stop.clone()));
        tasks.spawn(observer::run(raft.clone(), Arc::clone(&replica), Arc::clone(&signs), tail));
        let tasks = Mutex::new(tasks);
        Ok(Self(Arc::new(Inner { raft, replica, history, proposals, readers, signs, stop, tasks })))
    }

    /// Makes the first entry of the group: on one node only, once. Done already is fine.
    pub async fn initialize(&self, voters: BTreeSet<NodeId>) -> Result<(), StartError> {
        let voters: BTreeMap<NodeId, EmptyNode> = voters.into_iter().map(|id| (id, EmptyNode::new())).collect();
        match self.0.raft.initialize(voters).await {
            Ok(()) | Err(RaftError::APIError(InitializeError::NotAllowed(_))) => Ok(()),
            Err(error) => Err(StartError::Initialize(error.to_string())),
        }
    }

    /// Has the encoded command committed and applied. Commands that wait together share an entry.
    /// Has no deadline of its own: a caller that gives up drops the future, and then does not know
    /// whether the command was proposed.
    pub async fn propose(&self, command: Bytes) -> Result<Answer, ProposeError> {
        self.0.proposals.propose(command).await
    }

    /// Confirms with a quorum that this node leads, and waits until what was committed before is
    /// applied: a [`Group::read`] after it is linearizable. Callers that wait together share a round.
    pub async fn read_barrier(&self, deadline: Instant) -> Result<u64, ReadError> {
        let index = self.0.readers.confirm(deadline).await?;
        self.wait_for(index, deadline).await?;
        Ok(index)
    }

    /// Waits until this replica has applied `index`.
    pub async fn wait_for(&self, index: u64, deadline: Instant) -> Result<(), ReadError> {
        let mut applied = self.0.replica.applied();
        let reached = async {
            tokio::select! {
                // The replica is held by this very group: its watch stays open.
                _ = applied.wait_for(|applied| *applied >= index) => Ok(()),
                () = self.stopped() => Err(ReadError::Stopped),
            }
        };
        match timeout_at(deadline, reached).await {
            Ok(outcome) => outcome,
            Err(_) => Err(ReadError::NotCaughtUp { applied: *self.0.replica.applied().borrow(), asked: index }),
        }
    }

    /// Looks at this replica's state, and at the index it is of. Never await inside.
    pub fn read<T>(&self, look: impl FnOnce(&M, u64) -> T) -> T {
        self.0.replica.read(look)
    }

    /// The index up to which this replica has applied; changes with every entry.
    pub fn applied(&self) -> watch::Receiver<u64> {
        self.0.replica.applied()
    }

    /// The changes after `cursor`, in order; `None` where the replica does not remember that far.
    pub fn changes_since(&self, cursor: Cursor) -> Option<Vec<Arc<Change<M::Event>>>> {
        self.0.replica.changes_since(cursor)
    }

    /// The history, which may be ahead of what this replica has applied: read it up to the index
    /// of a [`read`](Group::read).
    pub fn history(&self) -> &dyn HistoryStore {
        &*self.0.history
    }

    /// The term in which this node leads; `None` while it does not. A new term is a new token.
    /// It leads from when it has applied the first entry of its term, and with it all before.
    pub fn leadership(&self) -> watch::Receiver<Option<u64>> {
        self.0.signs.leadership.subscribe()
    }

    /// Resolves once this replica has applied all that it may have applied before a restart:
    /// before that a reader could see the past. Never resolves where the group has stopped.
    pub async fn recovered(&self) {
        let mut recovered = self.0.signs.recovered.subscribe();
        if recovered.wait_for(|recovered| *recovered).await.is_err() {
            pending::<()>().await;
        }
    }

    /// Whether [`Group::recovered`] would resolve.
    pub fn is_recovered(&self) -> bool {
        *self.0.signs.recovered.borrow()
    }

    /// Resolves when the group cannot go on (storage failed, an entry panicked), with the reason:
    /// the process must end. Never resolves after a mere shutdown.
    pub async fn failed(&self) -> String {
        let mut failure = self.0.signs.failure.subscribe();
        match failure.wait_for(Option::is_some).await.map(|failure| failure.clone()) {
            Ok(Some(sentence)) => sentence,
            _ => pending().await,
        }
    }

    /// Who leads, as far as is known here: [`Group::status`] without the rest, for every request.
    pub fn leader(&self) -> Option<NodeId> {
        self.0.raft.server_metrics().borrow_watched().current_leader
    }

    /// Where the group stands.
    pub fn status(&self) -> GroupStatus {
        let metrics = self.0.raft.metrics().borrow_watched().clone();
        let membership = metrics.membership_config.membership();
        let matched = metrics.replication.into_iter().flatten();
        GroupStatus {
            leader: metrics.current_leader,
            term: metrics.current_term,
            last_index: metrics.last_log_index.unwrap_or(0),
            committed_index: metrics.local_committed.map_or(0, |id| id.index),
            applied_index: *self.0.replica.applied().borrow(),
            snapshot_index: metrics.snapshot.map_or(0, |id| id.index),
            purged_index: metrics.purged.map_or(0, |id| id.index),
            voters: membership.voter_ids().collect(),
            learners: membership.learner_ids().collect(),
            matched: matched.map(|(node, id)| (node, id.map_or(0, |id| id.index))).collect(),
        }
    }

    /// Hands leadership to `to`, where this node leads, and waits until `to` is known to lead.
    pub async fn transfer_leader(&self, to: NodeId, deadline: Instant) -> Result<(), ReadError> {
        let mut metrics = self.0.raft.server_metrics();
        let leader = metrics.borrow_watched().current_leader;
        if leader == Some(to) {
            return Ok(());
        }
        if leader != Some(*self.0.raft.node_id()) {
            return Err(ReadError::NotLeader { leader });
        }
        let handed_over = async {
            self.0.raft.trigger().transfer_leader(to).await.map_err(|_| ReadError::Stopped)?;
            while metrics.borrow_and_update().current_leader != Some(to) {
                metrics.changed().await.map_err(|_| ReadError::Stopped)?;
            }
            Ok(())
        };
        timeout_at(deadline, handed_over).await.unwrap_or(Err(ReadError::NoQuorum))
    }

    /// Where messages of the group's other replicas go.
    pub fn inbox(&self) -> Inbox {
        Inbox::new(self.0.raft.clone(), Arc::clone(&self.0.history))
    }

    /// Stops taking part; returns once nothing of the group runs any more.
    pub async fn shutdown(&self) {
        // It joins the consensus task; that this was cancelled or had panicked is in the metrics.
        self.0.raft.shutdown().await.ok();
        self.0.stop.cancel();
        let mut tasks = self.0.tasks.lock().await;
        while tasks.join_next().await.is_some() {}
    }

    async fn stopped(&self) {
        let mut metrics = self.0.raft.metrics();
        while metrics.borrow_and_update().running_state.is_ok() {
            if metrics.changed().await.is_err() {
                return;
            }
        }
    }
}
