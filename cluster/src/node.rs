//! One node: its store, its peers, the directory and the replicas placed here.

use std::sync::Arc;

use machine::FacilityId;
use raft::{Group, GroupSettings, NodeId};
use storage::Store;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::clock::Stamps;
use crate::desk::Desk;
use crate::directory::Directory;
use crate::host::{DIRECTORY, Host, snapshot_permits};
use crate::peer::{self, Identity, Network, Peers};
use crate::{Facility, FacilityRecord, FacilityStatus, Lookup, NodeError, NodeRecord, NodeSettings};
use crate::{PeerStatus, ReadError, Readiness, StorageStats, balance, barrier, formation, groups, pulse};

/// Part of the time to stop that handing leadership over may take; the rest is for the store.
const HAND_OVER_SHARE: u32 = 2;

/// One node of the cluster, running.
pub struct Node {
    host: Arc<Host>,
    store: Arc<Store>,
    tasks: Mutex<JoinSet<()>>,
}

impl Node {
    /// Opens the store, joins the peers, and starts all groups of this node. Does not wait for a quorum.
    pub async fn start(settings: NodeSettings) -> Result<Arc<Self>, NodeError> {
        let identity = Identity { cluster: settings.cluster_id.clone(), node: settings.node };
        let store = Arc::new(open_store(&settings)?);
        let listener = listen(settings.peer_listener)?;
        let peers = Arc::new(Peers::new(identity.clone()));
        for node in &settings.initial {
            peers.learn(node.id, &node.peer);
        }
        let permits = snapshot_permits();
        let group = GroupSettings::new(DIRECTORY, settings.node, settings.timing, Arc::clone(&permits));
        let network = Network::new(Arc::clone(&peers), DIRECTORY);
        let failed = |why: String| NodeError(format!("failed to start the directory: {why}"));
        let history = store.history(DIRECTORY).map_err(|error| failed(error.to_string()))?;
        let directory: Group<Directory> =
            Group::start(group, store.log(DIRECTORY), store.snapshots(DIRECTORY), history, network)
                .await
                .map_err(|error| failed(error.to_string()))?;
        let stamps = Stamps::new(settings.clock, settings.initial.len());
        let host = Arc::new(Host::new(identity, settings.timing, peers, stamps, directory, permits));
        let mut tasks = JoinSet::new();
        let desk = Arc::new(Desk::new(Arc::clone(&host)));
        tasks.spawn(peer::serve(listener, host.identity().clone(), desk, host.stop().clone()));
        tasks.spawn(pulse::run(Arc::clone(&host)));
        tasks.spawn(groups::follow_directory(Arc::clone(&host), Arc::clone(&store)));
        tasks.spawn(formation::run(Arc::clone(&host), settings.initial));
        tasks.spawn(balance::run(Arc::clone(&host)));
        tasks.spawn(watch_failures(Arc::clone(&host), Arc::clone(&store)));
        Ok(Arc::new(Self { host, store, tasks: Mutex::new(tasks) }))
    }

    pub(crate) fn host(&self) -> &Arc<Host> {
        &self.host
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Which node this is.
    pub fn id(&self) -> NodeId {
        self.host.id()
    }

    /// Which cluster.
    pub fn cluster_id(&self) -> &str {
        &self.host.identity().cluster
    }

    /// The clock that proposals are stamped with.
    pub fn now(&self) -> machine::Instant {
        machine::Instant(self.host.stamps().stamp().now)
    }

    /// Finds a facility by id or slug.
    pub fn facility(&self, id_or_slug: &str) -> Lookup {
        match self.host.directory().read(|directory, _| directory.find(id_or_slug).cloned()) {
            None => Lookup::Unknown,
            Some(record) => match self.serving(&record) {
                Some(facility) => Lookup::Here(facility),
                None => Lookup::NotServing(record),
            },
        }
    }

    /// All facilities in order of id, after `after`.
    pub fn facilities(&self, after: Option<&FacilityId>, limit: usize) -> Vec<FacilityRecord> {
        self.host.directory().read(|directory, _| directory.facilities_after(after).take(limit).cloned().collect())
    }

    /// Confirms with the directory's leader that this node knows every facility entered so far.
    pub async fn catch_up_with_directory(&self, deadline: Instant) -> Result<(), ReadError> {
        let directory = self.host.directory();
        barrier::pass(&self.host, DIRECTORY, directory, || directory.status().leader, deadline).await.map(drop)
    }

    /// Changes whenever the directory or the set of serving replicas here does, or a peer comes or goes.
    pub fn directory_changes(&self) -> watch::Receiver<u64> {
        self.host.changes()
    }

    /// A facility, if its replica here may be read.
    pub(crate) fn serving(&self, record: &FacilityRecord) -> Option<Facility> {
        let replica = self.host.replica(record.group).filter(|replica| replica.is_serving())?;
        Some(Facility::new(Arc::clone(&self.host), replica))
    }

    /// Whether this node can serve: the directory is recovered and has a leader, all facilities
    /// placed here have served since the start, the clock is sane, it is not stopping.
    pub fn readiness(&self) -> Readiness {
        let host = &self.host;
        let status = host.directory().status();
        let voters: Vec<NodeId> = status.voters.iter().copied().collect();
        let why = if let Some(sentence) = host.failure().borrow().clone() {
            sentence
        } else if host.is_draining() || host.is_stopping() {
            "the node is stopping".to_owned()
        } else if voters.is_empty() {
            "the cluster is not formed yet".to_owned()
        } else if !host.reaches_quorum(&voters) {
            "fewer than half of the other nodes are within reach".to_owned()
        } else if !host.directory().is_recovered() {
            "the directory is recovering".to_owned()
        } else if status.leader.is_none() {
            "the directory has no leader".to_owned()
        } else if !host.stamps().is_trusted() {
            "the clock is more than 500 ms from a majority's".to_owned()
        } else if let Some(why) = self.warming_up() {
            why
        } else {
            return Readiness::Ready;
        };
        Readiness::NotReady(why)
    }

    /// What the node still waits for, until for the first time it waits for nothing: a facility that
    /// is created later is waited for by whoever creates it.
    fn warming_up(&self) -> Option<String> {
        if self.host.has_served() {
            return None;
        }
        let (nodes, placed) = self.host.directory().read(|directory, _| {
            let here = |record: &&FacilityRecord| record.replicas.contains(&self.host.id());
            (
                directory.nodes().count(),
                directory.facilities().filter(here).map(|record| record.group).collect::<Vec<_>>(),
            )
        });
        let serves = |group: &&u64| self.host.replica(**group).is_some_and(|replica| replica.is_serving());
        let waiting = placed.len() - placed.iter().filter(serves).count();
        if nodes == 0 {
            return Some("the directory names no nodes yet".to_owned());
        }
        if waiting > 0 {
            return Some(format!("{waiting} of {} facilities are recovering", placed.len()));
        }
        self.host.set_served();
        None
    }

    /// All nodes, as seen from this one.
    pub fn peers(&self) -> Vec<PeerStatus> {
        let nodes: Vec<NodeRecord> = self.host.directory().read(|directory, _| directory.nodes().cloned().collect());
        nodes.into_iter().map(|record| self.peer(record)).collect()
    }

    fn peer(&self, record: NodeRecord) -> PeerStatus {
        let host = &self.host;
        let peer = host.peers().get(record.id);
        let own = record.id == host.id();
        let release = peer.as_ref().and_then(|peer| peer.small.release());
        PeerStatus {
            reachable: host.reaches(record.id),
            draining: if own { host.is_draining() } else { peer.is_some_and(|peer| peer.is_draining()) },
            clock_offset_millis: host.stamps().offset(record.id).unwrap_or(0),
            version: if own { peer::RELEASE.to_owned() } else { release.unwrap_or_default() },
            record,
        }
    }

    /// Where groups stand, in order of facility id, after `after`.
    pub fn groups(&self, after: Option<&FacilityId>, limit: usize) -> Vec<FacilityStatus> {
        let status = |record: FacilityRecord| {
            let replica = self.host.replica(record.group);
            FacilityStatus {
                status: replica.as_ref().map(|replica| replica.group.status()),
                digest: replica.map(|replica| replica.group.read(|facility, index| (index, facility.digest()))),
                record,
            }
        };
        self.facilities(after, limit).into_iter().map(status).collect()
    }

    /// What this node's store has done since it was opened.
    pub fn storage_stats(&self) -> StorageStats {
        self.store.stats()
    }

    /// Resolves when the node cannot go on (a storage error, a stopped group): the process must end.
    pub async fn failed(&self) -> NodeError {
        let mut failure = self.host.failure();
        let sentence = failure.wait_for(Option::is_some).await.ok().and_then(|failure| failure.clone());
        NodeError(sentence.unwrap_or_else(|| "the node has stopped".to_owned()))
    }

    /// Hands leadership away, stops the groups, flushes and closes the store.
    pub async fn shutdown(&self, deadline: Instant) {
        self.host.drain();
        let now = Instant::now();
        let handed_over = now + deadline.saturating_duration_since(now) / HAND_OVER_SHARE;
        balance::give_all_away(&self.host, handed_over).await;
        if timeout_at(deadline, self.stop()).await.is_err() {
            tracing::warn!("failed to stop in time: what was answered is on the disk all the same");
        }
    }

    async fn stop(&self) {
        // Order: nothing new comes in, then the groups end, then what they write to.
        self.host.stop().cancel();
        let mut tasks = self.tasks.lock().await;
        while tasks.join_next().await.is_some() {}
        let replicas = self.host.replicas();
        futures_util::future::join_all(replicas.iter().map(|replica| replica.group.shutdown())).await;
        self.host.directory().shutdown().await;
        self.host.peers().close().await;
        self.store.close().await;
    }
}

fn listen(listener: std::net::TcpListener) -> Result<tokio::net::TcpListener, NodeError> {
    let failed = |error| NodeError(format!("failed to listen for peers: {error}"));
    listener.set_nonblocking(true).map_err(failed)?;
    tokio::net::TcpListener::from_std(listener).map_err(failed)
}

fn open_store(settings: &NodeSettings) -> Result<Store, NodeError> {
    let identity = storage::Identity { cluster_id: settings.cluster_id.clone(), node: settings.node };
    Store::open(&settings.data_dir, &identity, storage::Options::default())
        .map_err(|error| NodeError(error.to_string()))
}

async fn watch_failures(host: Arc<Host>, store: Arc<Store>) {
    let mut failed = store.failed();
    let sentence = tokio::select! {
        failed = failed.wait_for(Option::is_some) => failed.ok().and_then(|failed| failed.clone()),
        why = host.directory().failed() => Some(format!("the directory cannot go on: {why}")),
        () = host.stop().cancelled() => None,
    };
    if let Some(sentence) = sentence {
        host.fail(sentence);
    }
}
