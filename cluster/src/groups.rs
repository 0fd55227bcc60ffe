//! Starts the groups that the directory places here, and watches over them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use raft::{Group, GroupId, NodeId, StartError};
use storage::Store;
use tokio::task::JoinSet;

use crate::FacilityRecord;
use crate::host::Host;
use crate::peer::Network;
use crate::replica::Replica;

/// Groups that are started at once: each loads a snapshot, and all share the processors.
const STARTING_AT_ONCE: usize = 16;

/// How often a replica looks whether it is its turn to make the group's first entry.
const FIRST_ENTRY_POLL: Duration = Duration::from_millis(250);

/// How long the nodes before this one may be out of reach until it is its turn.
const FIRST_ENTRY_GRACE: Duration = Duration::from_secs(3);

/// Follows the directory until told to stop; all groups' watchers are over when this returns.
pub(crate) async fn follow_directory(host: Arc<Host>, store: Arc<Store>) {
    let mut applied = host.directory().applied();
    let mut watchers = JoinSet::new();
    while !host.is_stopping() {
        learn_nodes(&host);
        for replica in start_missing(&host, &store).await {
            watchers.spawn(watch_over(Arc::clone(&host), replica));
        }
        host.changed();
        tokio::select! {
            _ = applied.changed() => {}
            Some(_) = watchers.join_next() => {}
            () = host.stop().cancelled() => {}
        }
    }
    while watchers.join_next().await.is_some() {}
}

fn learn_nodes(host: &Host) {
    let nodes: Vec<(NodeId, String)> =
        host.directory().read(|directory, _| directory.nodes().map(|node| (node.id, node.peer.clone())).collect());
    for (node, address) in &nodes {
        host.peers().learn(*node, address);
    }
    if !nodes.is_empty() {
        host.stamps().set_nodes(nodes.len());
    }
}

async fn start_missing(host: &Arc<Host>, store: &Store) -> Vec<Arc<Replica>> {
    let here = |record: &&FacilityRecord| record.replicas.contains(&host.id()) && host.replica(record.group).is_none();
    let missing: Vec<FacilityRecord> =
        host.directory().read(|directory, _| directory.facilities().filter(here).cloned().collect());
    let starting = missing.into_iter().map(|record| start(host, store, record));
    let started = futures_util::stream::iter(starting).buffer_unordered(STARTING_AT_ONCE);
    started.filter_map(std::future::ready).collect().await
}

async fn start(host: &Host, store: &Store, record: FacilityRecord) -> Option<Arc<Replica>> {
    match start_group(host, store, record.group).await {
        Ok(started) => {
            let replica = Arc::new(Replica::new(record, started));
            host.take_in(Arc::clone(&replica));
            Some(replica)
        }
        Err(error) => {
            host.fail(format!("failed to start facility {}: {error}", record.id));
            None
        }
    }
}

async fn start_group(host: &Host, store: &Store, group: GroupId) -> Result<Group<machine::Facility>, StartError> {
    let network = Network::new(Arc::clone(host.peers()), group);
    let history = store.history(group).map_err(|error| StartError::Load(error.to_string()))?;
    Group::start(host.group_settings(group), store.log(group), store.snapshots(group), history, network).await
}

async fn watch_over(host: Arc<Host>, replica: Arc<Replica>) {
    let life = async {
        make_first_entry(&host, &replica).await;
        replica.group.recovered().await;
        replica.serve();
        host.changed();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = life => {}
        why = replica.group.failed() => host.fail(format!("facility {} cannot go on: {why}", replica.record.id)),
        () = host.stop().cancelled() => {}
    }
}

/// The first replica makes the first entry; where it is out of reach for long, the next one. All
/// make the same entry, so that two of them at once do no harm.
async fn make_first_entry(host: &Host, replica: &Replica) {
    let voters: BTreeSet<NodeId> = replica.record.replicas.iter().copied().collect();
    let mut waited = Duration::ZERO;
    while replica.group.status().voters.is_empty() {
        let before = replica.record.replicas.iter().take_while(|node| **node != host.id());
        let mine = before.clone().count() == 0;
        let reached = before.filter(|node| host.reaches(**node)).count() > 0;
        let my_turn = mine || (waited >= FIRST_ENTRY_GRACE && !reached);
        if my_turn && let Err(error) = replica.group.initialize(voters.clone()).await {
            tracing::warn!(facility = %replica.record.id, "{error}");
        }
        tokio::time::sleep(FIRST_ENTRY_POLL).await;
        waited += FIRST_ENTRY_POLL;
    }
}
