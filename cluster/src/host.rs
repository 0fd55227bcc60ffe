//! What a node is made of inside: its peers, its clock, the directory and the replicas here.
//!
//! Everything that runs on the node holds one of these. It starts nothing by itself; see `groups`,
//! `pulse`, `balance` and `formation` for what runs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

use bytes::Bytes;
use raft::{Group, GroupId, GroupSettings, Inbox, NodeId, Timing};
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::carried;
use crate::clock::Stamps;
use crate::directory::Directory;
use crate::peer::{Assembly, CallError, Identity, Kind, Peers};
use crate::replica::Replica;

/// The directory's group.
pub(crate) const DIRECTORY: GroupId = 0;

/// Snapshots that all groups of a node may write at once: more would starve the log of the disk.
const SNAPSHOTS_AT_ONCE: usize = 2;

/// The inside of a node.
pub(crate) struct Host {
    identity: Identity,
    timing: Timing,
    peers: Arc<Peers>,
    stamps: Stamps,
    directory: Group<Directory>,
    hosted: RwLock<Hosted>,
    assembly: Assembly,
    snapshot_permits: Arc<Semaphore>,
    changes: watch::Sender<u64>,
    failure: watch::Sender<Option<String>>,
    served: AtomicBool,
    draining: AtomicBool,
    stop: CancellationToken,
}

#[derive(Default)]
struct Hosted {
    inboxes: HashMap<GroupId, Inbox>,
    replicas: HashMap<GroupId, Arc<Replica>>,
}

/// One for all groups of a node.
pub(crate) fn snapshot_permits() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(SNAPSHOTS_AT_ONCE))
}

impl Host {
    /// With the directory started, and no other group yet.
    pub(crate) fn new(
        identity: Identity,
        timing: Timing,
        peers: Arc<Peers>,
        stamps: Stamps,
        directory: Group<Directory>,
        snapshot_permits: Arc<Semaphore>,
    ) -> Self {
        let inboxes = HashMap::from([(DIRECTORY, directory.inbox())]);
        Self {
            identity,
            timing,
            peers,
            stamps,
            directory,
            hosted: RwLock::new(Hosted { inboxes, replicas: HashMap::new() }),
            assembly: Assembly::default(),
            snapshot_permits,
            changes: watch::Sender::new(0),
            failure: watch::Sender::new(None),
            served: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            stop: CancellationToken::new(),
        }
    }

    pub(crate) fn id(&self) -> NodeId {
        self.identity.node
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn peers(&self) -> &Arc<Peers> {
        &self.peers
    }

    pub(crate) fn stamps(&self) -> &Stamps {
        &self.stamps
    }

    pub(crate) fn directory(&self) -> &Group<Directory> {
        &self.directory
    }

    pub(crate) fn assembly(&self) -> &Assembly {
        &self.assembly
    }

    /// Cancelled when everything that runs on the node has to end.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// The settings of a group here.
    pub(crate) fn group_settings(&self, group: GroupId) -> GroupSettings {
        GroupSettings::new(group, self.id(), self.timing, Arc::clone(&self.snapshot_permits))
    }

    /// Where messages for a group go, if it is here.
    pub(crate) fn inbox(&self, group: GroupId) -> Option<Inbox> {
        self.hosted.read().expect("nothing panics while it holds this lock").inboxes.get(&group).cloned()
    }

    /// A facility's replica, if it is here.
    pub(crate) fn replica(&self, group: GroupId) -> Option<Arc<Replica>> {
        self.hosted.read().expect("nothing panics while it holds this lock").replicas.get(&group).cloned()
    }

    /// All facilities' replicas here.
    pub(crate) fn replicas(&self) -> Vec<Arc<Replica>> {
        let hosted = self.hosted.read().expect("nothing panics while it holds this lock");
        hosted.replicas.values().map(Arc::clone).collect()
    }

    /// Takes a started group in.
    pub(crate) fn take_in(&self, replica: Arc<Replica>) {
        let group = replica.record.group;
        let mut hosted = self.hosted.write().expect("nothing panics while it holds this lock");
        hosted.inboxes.insert(group, replica.group.inbox());
        hosted.replicas.insert(group, replica);
    }

    /// Counts with every change of the directory or of what serves here.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The directory, or what serves here, has changed.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// The node cannot go on.
    pub(crate) fn fail(&self, sentence: String) {
        tracing::error!("{sentence}");
        self.failure.send_if_modified(|failure| {
            let first = failure.is_none();
            failure.get_or_insert(sentence);
            first
        });
    }

    /// Why the node cannot go on.
    pub(crate) fn failure(&self) -> watch::Receiver<Option<String>> {
        self.failure.subscribe()
    }

    /// All facilities placed here have served at once, at least once since the start.
    pub(crate) fn set_served(&self) {
        self.served.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_served(&self) -> bool {
        self.served.load(Ordering::Relaxed)
    }

    /// From now on the node takes no leadership.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Whether this node hears from that one; from itself always.
    pub(crate) fn reaches(&self, node: NodeId) -> bool {
        node == self.id() || self.peers.get(node).is_some_and(|peer| peer.is_alive())
    }

    /// Whether this node hears from a majority of `voters`.
    pub(crate) fn reaches_quorum(&self, voters: &[NodeId]) -> bool {
        let reached = voters.iter().filter(|voter| self.reaches(**voter)).count();
        reached * 2 > voters.len()
    }

    /// Asks another node.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        node: NodeId,
        kind: Kind,
        group: GroupId,
        payload: Bytes,
        deadline: Instant,
    ) -> Result<T, CallError> {
        let peer = self.peers.get(node).ok_or(CallError::NotSent)?;
        let answer = peer.small.call(kind, group, payload, deadline).await?;
        carried::decode(&answer).ok_or(CallError::Senseless)
    }
}
