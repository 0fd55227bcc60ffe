//! One task a group that turns openraft's metrics into what the rest of the program watches:
//! leadership, recovery, failure; and that asks for snapshots when they are due.

use std::sync::Arc;

use openraft::Raft;
use openraft::ServerState;
use openraft::async_runtime::WatchReceiver;
use openraft::errors::Fatal;
use tokio::sync::watch;

use crate::adapter::Adapter;
use crate::replica::Replica;
use crate::{Config, StateMachine};

/// What is watched.
pub(crate) struct Signs {
    /// The term in which this node leads, and is ready to.
    pub(crate) leadership: watch::Sender<Option<u64>>,
    /// Whether the replica has reached what it had before the restart.
    pub(crate) recovered: watch::Sender<bool>,
    /// Why the group cannot go on.
    pub(crate) failure: watch::Sender<Option<String>>,
}

impl Signs {
    pub(crate) fn new() -> Self {
        Self {
            leadership: watch::Sender::new(None),
            recovered: watch::Sender::new(false),
            failure: watch::Sender::new(None),
        }
    }
}

/// Watches until the group stops. `tail`: the last index in the log at the start.
pub(crate) async fn run<M: StateMachine>(
    raft: Raft<Config, Adapter<M>>,
    replica: Arc<Replica<M>>,
    signs: Arc<Signs>,
    tail: Option<u64>,
) {
    let (mut server, mut metrics) = (raft.server_metrics(), raft.metrics());
    let mut applied = replica.applied();
    loop {
        let seen = Seen::look(&mut server, &mut metrics);
        if let Some(stopped) = seen.stopped {
            signs.leadership.send_replace(None);
            if let Some(sentence) = stopped {
                signs.failure.send_replace(Some(sentence));
            }
            return;
        }
        let position = replica.last_applied();
        let ready = seen.leading.filter(|leader| position.is_some_and(|at| at.leader_id == *leader));
        signs.leadership.send_if_modified(|now| replace(now, ready.map(|leader| leader.term)));
        // Everything that may have been applied before the restart is settled and applied again.
        // A group without a log has nothing to recover, yet waits for its first word from a leader.
        let settled = seen.cluster_committed.is_some_and(|committed| Some(committed) >= tail);
        if settled && position.map(|at| at.index) >= tail.max(Some(0)) {
            signs.recovered.send_if_modified(|now| replace(now, true));
        }
        let unsettled = ready.is_none() && seen.leading.is_some() || !*signs.recovered.borrow();
        let alive = tokio::select! {
            changed = server.changed() => changed.is_ok(),
            // These change several times an entry: they are not watched once all is settled.
            changed = metrics.changed(), if unsettled => changed.is_ok(),
            _ = applied.changed(), if unsettled => true,
            () = replica.snapshot_due.notified() => {
                // Stopped by now: the metrics say so.
                raft.trigger().snapshot().await.ok();
                true
            }
        };
        if !alive && Seen::look(&mut server, &mut metrics).stopped.is_none() {
            signs.leadership.send_replace(None);
            signs.failure.send_replace(Some("the consensus task panicked".to_owned()));
            return;
        }
    }
}

type Watch<T> = openraft::alias::WatchReceiverOf<Config, T>;
type LeaderId = openraft::alias::LeaderIdOf<Config>;

/// What is of interest in the metrics, copied out so that their guards are dropped at once.
struct Seen {
    /// `Some(None)` after a shutdown, `Some(Some(why))` after a failure.
    stopped: Option<Option<String>>,
    leading: Option<LeaderId>,
    cluster_committed: Option<u64>,
}

impl Seen {
    fn look(
        server: &mut Watch<openraft::metrics::RaftServerMetrics<Config>>,
        metrics: &mut Watch<openraft::RaftMetrics<Config>>,
    ) -> Self {
        let (stopped, cluster_committed) = {
            let now = metrics.borrow_and_update();
            let stopped = match &now.running_state {
                Ok(()) => None,
                Err(Fatal::Stopped) => Some(None),
                Err(fatal) => Some(Some(fatal.to_string())),
            };
            (stopped, now.cluster_committed.map(|id| id.index))
        };
        // Order: of this one alone, since it changes before the other, and wakes the observer.
        let now = server.borrow_and_update();
        let leads = now.state == ServerState::Leader && now.vote.is_committed() && now.current_leader == Some(now.id);
        Self { stopped, leading: leads.then(|| *now.vote.leader_id()), cluster_committed }
    }
}

fn replace<T: PartialEq>(now: &mut T, next: T) -> bool {
    let changed = *now != next;
    *now = next;
    changed
}
