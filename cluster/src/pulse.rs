//! One exchange per peer every 200 ms: is it there, and what does its clock say.

use std::sync::Arc;
use std::time::Duration;

use raft::NodeId;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use crate::carried::{self, Ping, Pong};
use crate::host::{DIRECTORY, Host};
use crate::peer::{CallError, Kind, Peer};

/// Time between two exchanges.
const EVERY: Duration = Duration::from_millis(200);

/// A peer that is silent for this long is out of reach; its connections are cut, so that whoever
/// waits for it waits no longer.
const SILENCE: Duration = Duration::from_secs(1);

/// Takes the pulse of all peers, also of those learnt of later, until told to stop.
pub(crate) async fn run(host: Arc<Host>) {
    let mut changes = host.changes();
    let mut taken: Vec<NodeId> = Vec::new();
    let mut pulses = JoinSet::new();
    while !host.is_stopping() {
        for (node, peer) in host.peers().all() {
            if !taken.contains(&node) {
                taken.push(node);
                pulses.spawn(follow(Arc::clone(&host), node, peer));
            }
        }
        tokio::select! {
            _ = changes.changed() => {}
            () = host.stop().cancelled() => {}
        }
    }
    while pulses.join_next().await.is_some() {}
}

async fn follow(host: Arc<Host>, node: NodeId, peer: Arc<Peer>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = host.stop().cancelled() => return,
        }
        let pong = exchange(&host, node).await;
        let was_alive = peer.is_alive();
        match pong {
            Ok(pong) => peer.heard(pong.formed, pong.draining),
            Err(error) => {
                peer.lost();
                if error == CallError::Late {
                    peer.cut();
                }
            }
        }
        if was_alive != peer.is_alive() {
            tracing::info!(peer = node, alive = peer.is_alive(), "a peer came or went");
            host.changed();
        }
    }
}

async fn exchange(host: &Host, node: NodeId) -> Result<Pong, CallError> {
    let sent = host.stamps().steady();
    let ping = carried::encode(&Ping);
    let pong: Pong = host.ask(node, Kind::Ping, DIRECTORY, ping, Instant::now() + SILENCE).await?;
    host.stamps().observe(node, pong.wall, sent, host.stamps().steady());
    Ok(pong)
}
