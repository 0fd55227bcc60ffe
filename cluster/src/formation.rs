//! The first time: one node makes the directory's first entry, and its leader registers the nodes.
//! Later: a node that has moved says where it is now.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use raft::NodeId;
use tokio::time::Instant;

use crate::NodeRecord;
use crate::directory::DirectoryCommand;
use crate::directory_access;
use crate::host::{DIRECTORY, Host};

/// How often the state of the formation is looked at, until it is done.
const POLL: Duration = Duration::from_millis(50);

/// How long one attempt to register may take.
const REGISTER_TIMEOUT: Duration = Duration::from_secs(5);

/// Forms the cluster if it is on this node to do so, and registers what is not registered.
pub(crate) async fn run(host: Arc<Host>, initial: Vec<NodeRecord>) {
    let formation = async {
        if former(&initial) == Some(host.id()) {
            form(&host, &initial).await;
        }
        host.directory().recovered().await;
        register(&host, &initial).await;
    };
    tokio::select! {
        () = formation => {}
        () = host.stop().cancelled() => {}
    }
}

/// The same node for all: two that form different clusters could never become one.
fn former(initial: &[NodeRecord]) -> Option<NodeId> {
    let ids: BTreeSet<NodeId> = initial.iter().map(|node| node.id).collect();
    let at = DIRECTORY.checked_rem(ids.len() as u64)?;
    ids.into_iter().nth(usize::try_from(at).ok()?)
}

async fn form(host: &Host, initial: &[NodeRecord]) {
    let ids: Vec<NodeId> = initial.iter().map(|node| node.id).collect();
    while host.directory().status().voters.is_empty() {
        if host.peers().all().iter().any(|(_, peer)| peer.is_alive() && peer.is_formed()) {
            host.fail(format!(
                "the store of node {} is empty, and its cluster exists: a node that lost its store comes back under a new id",
                host.id()
            ));
            return;
        }
        // Order: a majority has said that there is no cluster yet, before there is one.
        if host.reaches_quorum(&ids) {
            match host.directory().initialize(ids.iter().copied().collect()).await {
                Ok(()) => tracing::info!(nodes = ?ids, "formed cluster {:?}", host.identity().cluster),
                Err(error) => tracing::warn!("failed to form the cluster: {error}"),
            }
        }
        tokio::time::sleep(POLL).await;
    }
}

/// The leader registers all initial nodes where none is registered; every node its own new address.
async fn register(host: &Host, initial: &[NodeRecord]) {
    loop {
        let (nobody, mine) = host.directory().read(|directory, _| {
            (directory.nodes().next().is_none(), directory.node(host.id()).cloned())
        });
        let own = initial.iter().find(|node| node.id == host.id());
        let leads = host.directory().leadership().borrow().is_some();
        let missing: Vec<NodeRecord> = match (nobody, own) {
            (true, _) if leads => initial.to_vec(),
            (false, Some(own)) if mine.as_ref() != Some(own) => vec![own.clone()],
            (false, _) => return,
            (true, _) => Vec::new(),
        };
        if !missing.is_empty() {
            let command = DirectoryCommand::RegisterNodes(missing);
            let entered = directory_access::enter(host, &command, Instant::now() + REGISTER_TIMEOUT).await;
            if let Ok((index, _)) = entered {
                // This replica may be behind the leader that answered.
                let _ = host.directory().wait_for(index, Instant::now() + REGISTER_TIMEOUT).await;
            }
        }
        tokio::time::sleep(POLL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_nodes_agree_who_forms_the_cluster_whatever_their_lists_order() {
        let node = |id| NodeRecord { id, region: String::new(), peer: String::new(), client: String::new() };
        let cases = [(vec![], None), (vec![7], Some(7)), (vec![3, 1, 2], Some(1)), (vec![2, 3, 1], Some(1))];
        for (ids, expected) in cases {
            let initial: Vec<_> = ids.into_iter().map(node).collect();
            assert_eq!(former(&initial), expected);
        }
    }
}
