//! Nodes in one process, each on a runtime of its own, so that one can be killed as a process is:
//! with everything it was about to do.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cluster::{Clock, Facility, Lookup, Node, NodeRecord, NodeSettings, SystemClock, Timing};
use machine::{FacilityId, RequestId};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep, timeout};

/// Within this everything that is waited for has happened, on a busy machine too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A deadline for one request.
pub(crate) fn soon() -> Instant {
    Instant::now() + PATIENCE
}

/// Waits until `look` sees something.
pub(crate) async fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            match look() {
                Some(seen) => return seen,
                None => sleep(Duration::from_millis(10)).await,
            }
        }
    };
    timeout(PATIENCE, looking).await.unwrap_or_else(|_| panic!("never: {what}"))
}

/// A node and what it runs on. Dropped, it is killed.
struct Running {
    node: Option<Arc<Node>>,
    runtime: Option<Runtime>,
}

impl Running {
    fn take_apart(mut self) -> (Arc<Node>, Runtime) {
        (self.node.take().unwrap(), self.runtime.take().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The nodes of one cluster, with ids from 1.
pub(crate) struct Crew {
    cluster: String,
    records: Vec<NodeRecord>,
    clocks: Vec<Arc<dyn Clock>>,
    running: Vec<Option<Running>>,
    data: TempDir,
}

/// Half a second shorter in everything than what a disk with stalls asks for.
const TIMING: Timing = Timing {
    heartbeat: Duration::from_millis(150),
    election_min: Duration::from_millis(500),
    election_max: Duration::from_millis(1000),
};

impl Crew {
    /// A cluster of `size` nodes, all running.
    pub(crate) async fn start(cluster: &str, size: u64) -> Self {
        let clocks = (0..size).map(|_| Arc::new(SystemClock) as Arc<dyn Clock>).collect();
        Self::with_clocks(cluster, clocks).await
    }

    /// A cluster of a node for each clock.
    pub(crate) async fn with_clocks(cluster: &str, clocks: Vec<Arc<dyn Clock>>) -> Self {
        let listeners: Vec<_> = clocks.iter().map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let records = (1..).zip(&listeners).map(|(id, listener)| NodeRecord {
            id,
            region: "test".into(),
            peer: listener.local_addr().unwrap().to_string(),
            client: format!("127.0.0.1:{id}"),
        });
        let mut crew = Self {
            cluster: cluster.into(),
            records: records.collect(),
            running: clocks.iter().map(|_| None).collect(),
            clocks,
            data: tempfile::tempdir().unwrap(),
        };
        for (id, listener) in (1..).zip(listeners) {
            crew.launch(id, listener).await;
        }
        crew
    }

    fn at(id: u64) -> usize {
        usize::try_from(id - 1).unwrap()
    }

    fn folder(&self, id: u64) -> PathBuf {
        self.data.path().join(id.to_string())
    }

    /// What the nodes are told of each other.
    pub(crate) fn records(&self) -> &[NodeRecord] {
        &self.records
    }

    async fn launch(&mut self, id: u64, peer_listener: TcpListener) {
        let settings = NodeSettings {
            node: id,
            cluster_id: self.cluster.clone(),
            initial: self.records.clone(),
            data_dir: self.folder(id),
            peer_listener,
            clock: Arc::clone(&self.clocks[Self::at(id)]),
            timing: TIMING,
        };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let node = runtime.spawn(Node::start(settings)).await.unwrap().unwrap();
        self.running[Self::at(id)] = Some(Running { node: Some(node), runtime: Some(runtime) });
    }

    /// Starts a node that was killed or stopped, where it was.
    pub(crate) async fn restart(&mut self, id: u64) {
        let address = self.records[Self::at(id)].peer.clone();
        let listener = eventually("the port is free again", || TcpListener::bind(&address).ok()).await;
        self.launch(id, listener).await;
    }

    /// Ends a node with everything it was about to do.
    pub(crate) async fn kill(&mut self, id: u64) {
        let (node, runtime) = self.running[Self::at(id)].take().unwrap().take_apart();
        drop(node);
        tokio::task::spawn_blocking(move || runtime.shutdown_timeout(PATIENCE)).await.unwrap();
    }

    /// Stops a node as an operator does.
    pub(crate) async fn stop(&mut self, id: u64) {
        let (node, runtime) = self.running[Self::at(id)].take().unwrap().take_apart();
        runtime.spawn(async move { node.shutdown(soon()).await }).await.unwrap();
        tokio::task::spawn_blocking(move || runtime.shutdown_timeout(PATIENCE)).await.unwrap();
    }

    /// A node that runs.
    pub(crate) fn node(&self, id: u64) -> &Arc<Node> {
        self.running[Self::at(id)].as_ref().unwrap().node.as_ref().unwrap()
    }

    /// The ids of all nodes that run.
    pub(crate) fn ids(&self) -> Vec<u64> {
        (1..).zip(&self.running).filter(|(_, running)| running.is_some()).map(|(id, _)| id).collect()
    }

    /// Enters a facility, through node `id`.
    pub(crate) async fn create(&self, id: u64, name: &str) -> Facility {
        let request = RequestId { principal: "test".into(), key: format!("create {name}") };
        let facility = FacilityId::parse(&format!("fac_{name}")).unwrap();
        self.node(id).create_facility(facility, name.into(), request, soon()).await.unwrap()
    }

    /// A facility as node `id` serves it.
    pub(crate) async fn facility(&self, id: u64, name: &str) -> Facility {
        eventually("the facility is served", || match self.node(id).facility(name) {
            Lookup::Here(facility) => Some(facility),
            Lookup::Unknown | Lookup::NotServing(_) => None,
        })
        .await
    }

    /// Waits until all running nodes have the same state of `name`, and gives its index.
    pub(crate) async fn agree(&self, name: &str) -> u64 {
        for id in self.ids() {
            self.facility(id, name).await;
        }
        eventually("all replicas are equal", || {
            let seen: Vec<_> = self.ids().iter().map(|id| self.digest(*id, name)).collect();
            (seen.iter().all(|digest| digest.is_some() && digest == &seen[0])).then(|| seen[0].unwrap().0)
        })
        .await
    }

    fn digest(&self, id: u64, name: &str) -> Option<(u64, machine::Digest)> {
        let all = self.node(id).groups(None, usize::MAX);
        all.into_iter().find(|group| group.record.slug == name)?.digest
    }

    /// The node that leads `name`, as the nodes that run see it.
    pub(crate) async fn leader(&self, name: &str) -> u64 {
        let anywhere = self.ids()[0];
        let facility = self.facility(anywhere, name).await;
        eventually("there is a leader", || {
            let leader = facility.status().leader?;
            self.ids().contains(&leader).then_some(leader)
        })
        .await
    }
}
