//! Confirming leadership for reads, many callers at a time.
//!
//! A round asks a quorum whether this node still leads. It serves exactly those who asked before
//! it began: the task takes all who wait, then asks, so that nobody joins a round under way.

use openraft::errors::{LinearizableReadError, RaftError};
use openraft::{Raft, ReadPolicy};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::adapter::Adapter;
use crate::{Config, ReadError, StateMachine};

/// Readers of one group that may wait for their round: rounds take about a millisecond.
const READERS_WAITING_MAX: usize = 4_096;

type Outcome = Result<u64, ReadError>;

/// The queue in front of [`run`].
#[derive(Clone)]
pub(crate) struct Readers(mpsc::Sender<oneshot::Sender<Outcome>>);

impl Readers {
    pub(crate) fn new() -> (Self, mpsc::Receiver<oneshot::Sender<Outcome>>) {
        let (sender, receiver) = mpsc::channel(READERS_WAITING_MAX);
        (Self(sender), receiver)
    }

    /// The index that has to be applied before a read is linearizable.
    pub(crate) async fn confirm(&self, deadline: Instant) -> Outcome {
        let (answer, outcome) = oneshot::channel();
        let asked = async {
            self.0.send(answer).await.map_err(|_| ReadError::Stopped)?;
            outcome.await.unwrap_or(Err(ReadError::Stopped))
        };
        timeout_at(deadline, asked).await.unwrap_or(Err(ReadError::NoQuorum))
    }
}

/// Runs rounds until `stop`.
pub(crate) async fn run<M: StateMachine>(
    raft: Raft<Config, Adapter<M>>,
    mut queue: mpsc::Receiver<oneshot::Sender<Outcome>>,
    stop: CancellationToken,
) {
    let mut waiting = Vec::new();
    // Those who still wait in the queue when it is dropped are told by that.
    while stop.run_until_cancelled(queue.recv_many(&mut waiting, READERS_WAITING_MAX)).await.is_some() {
        waiting.retain(|reader| !reader.is_closed());
        if waiting.is_empty() {
            continue;
        }
        let outcome = match raft.get_read_linearizer(ReadPolicy::ReadIndex).await {
            Ok(linearizer) => Ok(linearizer.read_log_id().index()),
            Err(error) => Err(refusal(error)),
        };
        for reader in waiting.drain(..) {
            reader.send(outcome.clone()).ok();
        }
    }
}

fn refusal(error: RaftError<Config, LinearizableReadError<Config>>) -> ReadError {
    match error {
        RaftError::APIError(LinearizableReadError::ForwardToLeader(forward)) => {
            ReadError::NotLeader { leader: forward.leader_id }
        }
        RaftError::APIError(_) => ReadError::NoQuorum,
        RaftError::Fatal(_) => ReadError::Stopped,
    }
}
