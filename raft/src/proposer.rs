//! From commands to log entries: those that wait together share an entry.
//!
//! One task a group takes what waits, makes an entry of it and goes on to the next while the last
//! ones are still on their way. When enough of them are, commands gather, which is what makes the
//! entries of a busy group large and those of a quiet one immediate.

use std::sync::Arc;

use bytes::Bytes;
use openraft::Raft;
use openraft::errors::ClientWriteError;
use openraft::raft::ClientWriteResult;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::adapter::Adapter;
use crate::responder::Callback;
use crate::{Answer, Batch, Config, ProposeError, StateMachine};

/// Commands of one group that may wait for their entry: at 10,000 a second what is worked off
/// before the callers give up.
pub const PROPOSALS_WAITING_MAX: usize = 4_096;

/// Commands in one entry: beyond that an entry is slower to apply than the next one to flush.
pub const BATCH_COMMANDS_MAX: usize = 64;

/// Bytes of commands in one entry, but for a single command that is larger: what a follower
/// has to take in one message.
pub const BATCH_BYTES_MAX: usize = 256 * 1024;

/// Entries of one group on their way: one waits for the disks while the next is made. More of them
/// are smaller ones: with four, 64 callers cost a tenth more CPU time each, and waited no less.
const ENTRIES_IN_FLIGHT_MAX: usize = 2;

type Outcome = Result<Answer, ProposeError>;

/// A command that waits for its entry, and whom to tell.
pub(crate) struct Proposal {
    command: Bytes,
    answer: oneshot::Sender<Outcome>,
}

/// The queue in front of [`run`].
#[derive(Clone)]
pub(crate) struct Proposals(mpsc::Sender<Proposal>);

impl Proposals {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Proposal>) {
        let (sender, receiver) = mpsc::channel(PROPOSALS_WAITING_MAX);
        (Self(sender), receiver)
    }

    pub(crate) async fn propose(&self, command: Bytes) -> Outcome {
        let (answer, outcome) = oneshot::channel();
        self.0.try_send(Proposal { command, answer }).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => ProposeError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => ProposeError::Stopped,
        })?;
        // Whoever held the answer is gone without giving it: it may be in the log.
        outcome.await.unwrap_or(Err(ProposeError::Unknown))
    }
}

/// Makes entries until `stop`, or until openraft takes no more.
pub(crate) async fn run<M: StateMachine>(
    raft: Raft<Config, Adapter<M>>,
    mut queue: mpsc::Receiver<Proposal>,
    stop: CancellationToken,
) {
    let in_flight = Arc::new(Semaphore::new(ENTRIES_IN_FLIGHT_MAX));
    let mut left_over = None;
    while let Some(Some((permit, first))) = stop.run_until_cancelled(next(&in_flight, &mut queue, &mut left_over)).await
    {
        let (batch, answers) = gather(first, &mut queue, &mut left_over);
        if answers.is_empty() {
            continue;
        }
        let responder = Callback::new(move |result| tell(result, answers, permit));
        if raft.client_write_ff(batch, Some(responder)).await.is_err() {
            break;
        }
    }
    if let Some(proposal) = left_over {
        proposal.answer.send(Err(ProposeError::Stopped)).ok();
    }
    queue.close();
    while let Some(proposal) = queue.recv().await {
        proposal.answer.send(Err(ProposeError::Stopped)).ok();
    }
}

/// Leave for one more entry, and what it begins with.
async fn next(
    in_flight: &Arc<Semaphore>,
    queue: &mut mpsc::Receiver<Proposal>,
    left_over: &mut Option<Proposal>,
) -> Option<(OwnedSemaphorePermit, Proposal)> {
    // Order: the permit first, so that commands gather in the queue and not in a chosen entry.
    let permit = Arc::clone(in_flight).acquire_owned().await.expect("this semaphore is never closed");
    let first = match left_over.take() {
        Some(first) => first,
        None => queue.recv().await?,
    };
    Some((permit, first))
}

/// Takes what waits, up to the limits of an entry. Commands whose caller has gone are left out.
fn gather(
    first: Proposal,
    queue: &mut mpsc::Receiver<Proposal>,
    left_over: &mut Option<Proposal>,
) -> (Batch, Vec<oneshot::Sender<Outcome>>) {
    let mut commands = Vec::new();
    let mut answers = Vec::new();
    let mut bytes = 0;
    let mut next = Some(first);
    while let Some(proposal) = next {
        if !proposal.answer.is_closed() {
            if !commands.is_empty() && bytes + proposal.command.len() > BATCH_BYTES_MAX {
                *left_over = Some(proposal);
                break;
            }
            bytes += proposal.command.len();
            commands.push(proposal.command);
            answers.push(proposal.answer);
        }
        if commands.len() == BATCH_COMMANDS_MAX {
            break;
        }
        next = queue.try_recv().ok();
    }
    (Batch(commands), answers)
}

/// Gives each caller its own reply.
fn tell(result: ClientWriteResult<Config>, answers: Vec<oneshot::Sender<Outcome>>, permit: OwnedSemaphorePermit) {
    // Order: the next entry may go before the callers of this one run.
    drop(permit);
    match result {
        Ok(written) => {
            let index = written.log_id.index;
            for (answer, reply) in answers.into_iter().zip(written.data.0) {
                answer.send(Ok(Answer { index, reply })).ok();
            }
        }
        Err(error) => {
            let error = refusal(error);
            for answer in answers {
                answer.send(Err(error.clone())).ok();
            }
        }
    }
}

/// Invariant: `NotLeader` means that nothing was proposed. openraft says `ForwardToLeader` only
/// before it appends (not leading, handing over, lease expired); an entry that was appended and
/// then truncated or overtaken by a snapshot is `LogEntryDiscarded`, and may be committed elsewhere.
fn refusal(error: ClientWriteError<Config>) -> ProposeError {
    match error {
        ClientWriteError::ForwardToLeader(forward) => ProposeError::NotLeader { leader: forward.leader_id },
        ClientWriteError::LogEntryDiscarded(_) => ProposeError::Unknown,
        // Of memberships and preconditions, which a proposal has none of.
        ClientWriteError::ChangeMembershipError(_) | ClientWriteError::PreconditionFailed(_) => ProposeError::Unknown,
    }
}
