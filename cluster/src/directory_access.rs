//! Writing to the directory: through its leader, wherever that is.

use bytes::Bytes;
use raft::NodeId;
use tokio::time::{Instant, timeout_at};

use crate::ProposeError;
use crate::carried::{self, Carried};
use crate::directory::{DirectoryCommand, DirectoryReply, decode_reply};
use crate::host::{DIRECTORY, Host};
use crate::leader::{Attempt, through_leader};
use crate::peer::Kind;

/// Has the directory's leader decide on `command`; the reply and its index.
pub(crate) async fn enter(
    host: &Host,
    command: &DirectoryCommand,
    deadline: Instant,
) -> Result<(u64, DirectoryReply), ProposeError> {
    let command = command.encode();
    let leader = || host.directory().leader();
    let entered = through_leader(leader, |node| attempt(host, node, &command, deadline), deadline).await?;
    let reply = decode_reply(&entered.reply).ok_or(ProposeError::OutcomeUnknown)?;
    Ok((entered.index, reply))
}

async fn attempt(host: &Host, node: NodeId, command: &Bytes, deadline: Instant) -> Attempt<Carried> {
    if host.is_stopping() {
        return Attempt::Stopping;
    }
    if node == host.id() {
        return enter_here(host, command.clone(), deadline).await;
    }
    let budget = deadline.saturating_duration_since(Instant::now());
    let payload = carried::enter(command, budget);
    host.ask(node, Kind::Enter, DIRECTORY, payload, deadline).await.map_or_else(Attempt::from, Attempt::Done)
}

/// Decides here, if this node leads the directory.
pub(crate) async fn enter_here(host: &Host, command: Bytes, deadline: Instant) -> Attempt<Carried> {
    let voters: Vec<NodeId> = host.directory().status().voters.into_iter().collect();
    if !host.reaches_quorum(&voters) {
        return Attempt::Elsewhere(None);
    }
    match timeout_at(deadline, host.directory().propose(command)).await {
        Ok(Ok(answer)) => Attempt::Done(Carried { index: answer.index, reply: answer.reply }),
        Ok(Err(error)) => error.into(),
        Err(_) => Attempt::Unsure,
    }
}
