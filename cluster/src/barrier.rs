//! A confirmed read of any group from any node: the leader names an index, the replica here catches up.
//!
//! The directory and the facilities are read in the same way; only who leads is known differently.

use std::time::Duration;

use raft::{Group, GroupId, NodeId, StateMachine};
use tokio::time::Instant;

use crate::carried;
use crate::host::Host;
use crate::leader::{Attempt, through_leader};
use crate::peer::Kind;
use crate::{ProposeError, ReadError};

/// Left of a carried request's time when it leaves here, for the way back of its answer.
const WAY_BACK: Duration = Duration::from_millis(20);

/// Confirms with whoever `leader` names and waits until `group`, the replica here of the group
/// `id`, has applied as much: a read after it is linearizable.
pub(crate) async fn pass<M: StateMachine>(
    host: &Host,
    id: GroupId,
    group: &Group<M>,
    leader: impl Fn() -> Option<NodeId>,
    deadline: Instant,
) -> Result<u64, ReadError> {
    let confirmed = through_leader(leader, |node| confirm(host, id, group, node, deadline), deadline).await;
    let index = confirmed.map_err(|error| match error {
        ProposeError::Stopping => ReadError::Stopping,
        ProposeError::NoQuorum | ProposeError::Overloaded | ProposeError::OutcomeUnknown => ReadError::NoQuorum,
    })?;
    group.wait_for(index, deadline).await?;
    Ok(index)
}

/// What is left of `deadline` for a node that is asked from here.
pub(crate) fn left_over(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).saturating_sub(WAY_BACK)
}

async fn confirm<M: StateMachine>(
    host: &Host,
    id: GroupId,
    group: &Group<M>,
    node: NodeId,
    deadline: Instant,
) -> Attempt<u64> {
    if host.is_stopping() {
        return Attempt::Stopping;
    }
    if node == host.id() {
        return group.read_barrier(deadline).await.map_or_else(Attempt::from, Attempt::Done);
    }
    let asked = carried::barrier(left_over(deadline));
    match host.ask::<u64>(node, Kind::Barrier, id, asked, deadline).await {
        Ok(index) => Attempt::Done(index),
        Err(error) => error.into(),
    }
}
