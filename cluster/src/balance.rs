//! Who leads what: leadership drifts to each group's first replica, and away from a node that
//! stops or whose clock a majority contradicts.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use raft::{Group, GroupId, GroupStatus, NodeId, StateMachine};
use tokio::time::Instant;

use crate::carried;
use crate::host::{DIRECTORY, Host};
use crate::leader::Attempt;
use crate::peer::{Kind, Refusal};
use crate::replica::Replica;

/// How often a node looks at who leads.
const EVERY: Duration = Duration::from_secs(1);

/// Looks with a quorum in reach before a node asks for leadership: one that has just come back may
/// go again.
const STEADY_LOOKS: u32 = 5;

/// Groups asked for at one look: each is a pause of some milliseconds for its writers.
const ASKED_AT_ONCE: usize = 32;

/// How long one hand-over may take.
const HAND_OVER_TIMEOUT: Duration = Duration::from_secs(1);

/// A replica this close behind takes over without a pause that writers would notice.
const LAG_MAX: u64 = 64;

/// Groups that are handed over at once when a node stops.
const HANDED_AT_ONCE: usize = 64;

/// Looks at who leads until told to stop.
pub(crate) async fn run(host: Arc<Host>) {
    let mut ticks = tokio::time::interval(EVERY);
    let mut steady = 0;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = host.stop().cancelled() => return,
        }
        let voters: Vec<NodeId> = host.directory().status().voters.into_iter().collect();
        steady = if host.reaches_quorum(&voters) { steady + 1 } else { 0 };
        if host.stamps().is_contradicted() {
            steady = 0;
            tracing::warn!("a majority contradicts this node's clock: leadership is given away");
            give_all_away(&host, Instant::now() + EVERY).await;
        } else if steady >= STEADY_LOOKS && !host.is_draining() {
            ask_for_mine(&host).await;
        }
    }
}

/// Asks for the groups whose first replica is here, and which another node leads.
async fn ask_for_mine(host: &Host) {
    let mine = host.replicas().into_iter().filter(|replica| {
        let first = replica.record.replicas.first() == Some(&host.id());
        first && replica.is_serving() && replica.term_led().is_none()
    });
    let asked = mine.filter_map(|replica| Some((replica.record.group, replica.group.leader()?)));
    let asked = asked.filter(|(_, leader)| *leader != host.id()).take(ASKED_AT_ONCE);
    let asks = asked.map(|(group, leader)| async move {
        let payload = carried::encode(&());
        // Refused is fine: the next look asks again.
        let _ = host.ask::<()>(leader, Kind::HandOver, group, payload, Instant::now() + HAND_OVER_TIMEOUT).await;
    });
    futures_util::future::join_all(asks).await;
}

/// A peer asks for the leadership of a group that this node leads.
pub(crate) async fn hand_over(host: &Host, group: GroupId, to: NodeId) -> Result<(), Refusal> {
    let replica = host.replica(group).ok_or(Refusal::NotHere)?;
    let status = replica.group.status();
    if replica.term_led().is_none() {
        return Err(Refusal::NotLeader { leader: status.leader });
    }
    if !is_close(&status, to) {
        return Err(Refusal::NoQuorum);
    }
    let deadline = Instant::now() + HAND_OVER_TIMEOUT;
    replica.group.transfer_leader(to, deadline).await.map_or_else(Attempt::from, Attempt::Done).into_refusal()
}

fn is_close(status: &GroupStatus, node: NodeId) -> bool {
    status.matched.iter().any(|(replica, matched)| *replica == node && matched + LAG_MAX >= status.last_index)
}

/// Gives every group that this node leads to the peer that is closest behind.
pub(crate) async fn give_all_away(host: &Host, deadline: Instant) {
    let led: Vec<Arc<Replica>> = host.replicas().into_iter().filter(|replica| replica.term_led().is_some()).collect();
    let giving = led.into_iter().map(|replica| give_replica_away(host, replica, deadline));
    let given = futures_util::stream::iter(giving).buffer_unordered(HANDED_AT_ONCE).count();
    futures_util::join!(given, give_away(host, host.directory(), DIRECTORY, deadline));
}

async fn give_replica_away(host: &Host, replica: Arc<Replica>, deadline: Instant) {
    give_away(host, &replica.group, replica.record.group, deadline).await;
}

async fn give_away<M: StateMachine>(host: &Host, group: &Group<M>, id: GroupId, deadline: Instant) {
    if group.leadership().borrow().is_none() {
        return;
    }
    let mut candidates = group.status().matched;
    // The closest first; among equals a different one for each group, so that leaders stay spread.
    candidates.sort_by_key(|(node, matched)| (u64::MAX - matched, (node + id) % 3));
    for (node, _) in candidates {
        let able =
            node != host.id() && host.peers().get(node).is_some_and(|peer| peer.is_alive() && !peer.is_draining());
        let until = deadline.min(Instant::now() + HAND_OVER_TIMEOUT);
        if able && group.transfer_leader(node, until).await.is_ok() {
            return;
        }
    }
}
