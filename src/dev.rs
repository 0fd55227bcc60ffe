//! Three full nodes in one process, on loopback: `courtd dev`, and what the tests run against.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use cluster::{Clock, Lookup, Node, NodeError, NodeRecord, NodeSettings, Readiness, SystemClock, Timing};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::auth::Access;
use crate::callbacks::Callbacks;
use crate::server::{self, EdgeSettings};
use crate::{demo, signals};

/// How many nodes: the fewest that survive the loss of one.
const NODES: u16 = 3;
/// A node's peer port is this much above its client port, so that a kept store finds its peers again.
const PEER_PORT_OFFSET: u16 = 1000;
/// How long the nodes may take to find each other.
const READY_TIMEOUT: Duration = Duration::from_secs(30);
/// Between two looks whether they have.
const READY_LOOK_EVERY: Duration = Duration::from_millis(20);

/// Three nodes in this process, open, on loopback.
#[derive(Debug, Args)]
pub struct DevArgs {
    /// Folder to keep the data in; a temporary one if left out
    #[arg(long)]
    data: Option<PathBuf>,
    /// Port of the first node; the others follow
    #[arg(long, default_value_t = 8787)]
    port: u16,
}

/// Three nodes in this process.
pub struct DevCluster {
    nodes: Vec<DevNode>,
    /// `/readyz` of all nodes says no until this is true.
    opening: watch::Sender<bool>,
    /// Removed with the cluster, where it is a temporary one.
    _folder: Option<tempfile::TempDir>,
}

struct DevNode {
    client: SocketAddr,
    node: Arc<Node>,
    shutdown: CancellationToken,
    serving: Option<JoinHandle<std::io::Result<()>>>,
}

/// Runs `courtd dev` until a signal.
pub async fn run(args: DevArgs) -> anyhow::Result<()> {
    let (clock, callbacks) = (Arc::new(SystemClock), Callbacks::default());
    let cluster = DevCluster::begin(clock, args.data.as_deref(), args.port, Access::open(), callbacks).await?;
    // Order: nobody who waits for `/readyz` finds the demo facility half made.
    cluster.make_demo().await?;
    cluster.opening.send_replace(true);
    print(&cluster);
    let failed = tokio::select! {
        () = signals::stop() => None,
        failed = cluster.failed() => Some(failed),
    };
    cluster.stop().await;
    failed.map_or(Ok(()), |error| Err(error.into()))
}

impl DevCluster {
    /// Starts three open nodes and waits until all can serve. Port 0 takes any that is free.
    pub async fn start(data: Option<&Path>, port: u16) -> anyhow::Result<Self> {
        Self::start_with(data, port, Access::open()).await
    }

    /// The same, with callers known as `access` says.
    pub async fn start_with(data: Option<&Path>, port: u16, access: Access) -> anyhow::Result<Self> {
        Self::start_on(Arc::new(SystemClock), data, port, access).await
    }

    /// The same, with all nodes on one clock that somebody else keeps.
    pub async fn start_on(
        clock: Arc<dyn Clock>,
        data: Option<&Path>,
        port: u16,
        access: Access,
    ) -> anyhow::Result<Self> {
        let cluster = Self::begin(clock, data, port, access, Callbacks::default()).await?;
        cluster.opening.send_replace(true);
        Ok(cluster)
    }

    /// The same, where the providers that tell what became of messages are known.
    pub async fn start_known(
        clock: Arc<dyn Clock>,
        data: Option<&Path>,
        access: Access,
        callbacks: Callbacks,
    ) -> anyhow::Result<Self> {
        let cluster = Self::begin(clock, data, 0, access, callbacks).await?;
        cluster.opening.send_replace(true);
        Ok(cluster)
    }

    /// Three nodes that can serve, but do not say so yet.
    async fn begin(
        clock: Arc<dyn Clock>,
        data: Option<&Path>,
        port: u16,
        access: Access,
        callbacks: Callbacks,
    ) -> anyhow::Result<Self> {
        let folder = if data.is_none() { Some(tempfile::tempdir().context("failed to make a folder")?) } else { None };
        let data = data.or(folder.as_ref().map(tempfile::TempDir::path)).expect("one of the two is there");
        let (mut clients, mut peers, mut initial) = (Vec::new(), Vec::new(), Vec::new());
        for place in 0..NODES {
            let client = TcpListener::bind(("127.0.0.1", next(port, place))).await;
            let client = client.with_context(|| format!("failed to listen on 127.0.0.1:{}", next(port, place)))?;
            // A temporary folder is not kept, so nobody has to find these peers again.
            let any = folder.is_some() || port == 0;
            let peer_port = if any { 0 } else { next(port, place).saturating_add(PEER_PORT_OFFSET) };
            let peer = std::net::TcpListener::bind(("127.0.0.1", peer_port));
            let peer = peer.with_context(|| format!("failed to listen on 127.0.0.1:{peer_port}"))?;
            initial.push(NodeRecord {
                id: u64::from(place) + 1,
                region: "local".to_owned(),
                peer: peer.local_addr()?.to_string(),
                client: client.local_addr()?.to_string(),
            });
            clients.push(client);
            peers.push(peer);
        }
        let (mut nodes, opening) = (Vec::new(), watch::Sender::new(false));
        for ((record, client), peer_listener) in initial.iter().zip(clients).zip(peers) {
            let settings = NodeSettings {
                node: record.id,
                cluster_id: "dev".to_owned(),
                initial: initial.clone(),
                data_dir: data.join(format!("node-{}", record.id)),
                peer_listener,
                clock: Arc::clone(&clock),
                timing: Timing::default(),
            };
            let callbacks = callbacks.clone();
            let edge = EdgeSettings { access: access.clone(), sync: None, callbacks, opened: opening.subscribe() };
            nodes.push(DevNode::start(settings, client, edge).await?);
        }
        let cluster = Self { nodes, opening, _folder: folder };
        cluster.ready().await?;
        Ok(cluster)
    }

    /// Where the nodes take clients, in order of their ids.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.client).collect()
    }

    /// What each node would stamp a proposal with now. After a jump of the clock a node goes on from its
    /// last stamp until its peers have told that theirs jumped as well.
    pub fn now(&self) -> Vec<machine::Instant> {
        self.nodes.iter().map(|node| node.node.now()).collect()
    }

    /// Stops one node, as SIGTERM would.
    pub async fn stop_node(&mut self, place: usize) {
        self.nodes[place].stop().await;
    }

    /// Stops all nodes.
    pub async fn stop(mut self) {
        for node in &self.nodes {
            node.shutdown.cancel();
        }
        for node in &mut self.nodes {
            node.stop().await;
        }
    }

    /// Makes the demo facility, and waits until all nodes have it.
    async fn make_demo(&self) -> anyhow::Result<()> {
        let index = demo::create(&self.nodes[0].node).await?;
        let deadline = Instant::now() + READY_TIMEOUT;
        for DevNode { node, .. } in &self.nodes {
            let facility = loop {
                match node.facility(demo::FACILITY) {
                    Lookup::Here(facility) => break facility,
                    Lookup::NotServing(_) | Lookup::Unknown => {
                        anyhow::ensure!(Instant::now() < deadline, "node {} has no demo facility", node.id());
                        tokio::time::sleep(READY_LOOK_EVERY).await;
                    }
                }
            };
            facility.wait_for(index, deadline).await?;
        }
        Ok(())
    }

    async fn ready(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + READY_TIMEOUT;
        for node in &self.nodes {
            while let Readiness::NotReady(why) = node.node.readiness() {
                anyhow::ensure!(Instant::now() < deadline, "node {} is not ready: {why}", node.node.id());
                tokio::time::sleep(READY_LOOK_EVERY).await;
            }
        }
        Ok(())
    }

    async fn failed(&self) -> NodeError {
        let failures = self.nodes.iter().map(|node| Box::pin(node.node.failed()));
        futures_util::future::select_all(failures).await.0
    }
}

impl DevNode {
    async fn start(settings: NodeSettings, client: TcpListener, edge: EdgeSettings) -> anyhow::Result<Self> {
        let address = client.local_addr()?;
        let node = Node::start(settings).await?;
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(server::run(client, Arc::clone(&node), edge, shutdown.clone()));
        Ok(Self { client: address, node, shutdown, serving: Some(serving) })
    }

    async fn stop(&mut self) {
        self.shutdown.cancel();
        let Some(serving) = self.serving.take() else { return };
        match serving.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "a node failed to serve"),
            Err(error) => tracing::error!(%error, "a node's server panicked"),
        }
    }
}

fn next(port: u16, place: u16) -> u16 {
    if port == 0 { 0 } else { port.saturating_add(place) }
}

fn print(cluster: &DevCluster) {
    let [one, two, three] = [0, 1, 2].map(|place: usize| cluster.nodes[place].client);
    let tomorrow = chrono::Utc::now().date_naive() + chrono::Days::new(1);
    println!("courtd dev is ready: http://{one} http://{two} http://{three}");
    println!(
        "
Documentation: http://{one}/docs/     The cluster: http://{one}/api/cluster

Watch on one node, book on another:

  wscat -c 'ws://{two}/websocket?facilityId=fac_test789'

  curl -s -X POST http://{one}/attempt -H 'Content-Type: application/json' -d '{{
    \"facilityId\": \"fac_test789\", \"courtId\": \"crt_test123\", \"memberId\": \"mbr_test456\",
    \"startTime\": \"{tomorrow}T18:00:00Z\", \"endTime\": \"{tomorrow}T19:00:00Z\"}}'

  curl -s -X POST http://{three}/confirm -H 'Content-Type: application/json' -d '{{
    \"facilityId\": \"fac_test789\", \"courtId\": \"crt_test123\",
    \"startTime\": \"{tomorrow}T18:00:00Z\", \"reservationId\": \"<reservationId of the answer>\"}}'

  curl -s 'http://{two}/availability?facilityId=fac_test789&courtId=crt_test123&date={tomorrow}'
"
    );
}
