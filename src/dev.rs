//! Three full nodes in one process, on loopback: `courtd dev`, and what the tests run against.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use cluster::{Clock, Lookup, Node, NodeError, NodeRecord, NodeSettings, Readiness, SystemClock, Timing};
use machine::{FacilityId, IdError, WaitlistId};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::auth::Access;
use crate::links::{Links, OfferLink};
use crate::notify::{Inbox, Post};
use crate::outside::Outside;
use crate::server::{self, EdgeSettings};
use crate::time::MINUTE_MILLIS;
use crate::{demo, settings, signals};

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
    /// Send emails and texts by the providers of the environment instead of showing them at /dev/inbox
    #[arg(long)]
    send: bool,
}

/// Three nodes in this process.
pub struct DevCluster {
    nodes: Vec<DevNode>,
    /// What would have been sent.
    inbox: Option<Inbox>,
    /// `/readyz` of all nodes says no until this is true.
    opening: watch::Sender<bool>,
    /// Signed with a key of this run.
    links: Arc<Links>,
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
    let environment =
        std::env::vars_os().filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok()));
    let mut outside = settings::outside_of(environment)?;
    if !args.send {
        outside.inbox = Some(Inbox::default());
    }
    let clock = Arc::new(SystemClock);
    let cluster = DevCluster::begin(clock, args.data.as_deref(), args.port, Access::open(), outside).await?;
    // Order: nobody who waits for `/readyz` finds the demo facility half made.
    cluster.make_demo().await?;
    cluster.opening.send_replace(true);
    print(&cluster, args.send);
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
        let outside = Outside { inbox: Some(Inbox::default()), ..Outside::default() };
        Self::start_in(clock, data, port, access, outside).await
    }

    /// The same, in a world of one's own; where it has an inbox, what would be sent is shown there instead.
    pub async fn start_in(
        clock: Arc<dyn Clock>,
        data: Option<&Path>,
        port: u16,
        access: Access,
        outside: Outside,
    ) -> anyhow::Result<Self> {
        let cluster = Self::begin(clock, data, port, access, outside).await?;
        cluster.opening.send_replace(true);
        Ok(cluster)
    }

    /// What would have been sent; `None` where it is.
    pub fn inbox(&self) -> Option<&Inbox> {
        self.inbox.as_ref()
    }

    /// Three nodes that can serve, but do not say so yet.
    async fn begin(
        clock: Arc<dyn Clock>,
        data: Option<&Path>,
        port: u16,
        access: Access,
        mut outside: Outside,
    ) -> anyhow::Result<Self> {
        let inbox = outside.inbox.clone();
        if let Some(inbox) = &inbox {
            outside.post = Post { payment: outside.post.payment, ..inbox.post() };
        }
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
        // Where no key is set, links are good for as long as these nodes run.
        let links = match &outside.links {
            Some(links) => Arc::clone(links),
            None => Arc::new(Links::of_one_run(&format!("http://{}", initial[0].client))?),
        };
        outside.links = Some(Arc::clone(&links));
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
            let public_url = outside.public_url.clone().or_else(|| Some(format!("http://{}", record.client)));
            let outside = Outside { public_url, ..outside.clone() };
            let edge = EdgeSettings { access: access.clone(), sync: None, outside, opened: opening.subscribe() };
            nodes.push(DevNode::start(settings, client, edge).await?);
        }
        let cluster = Self { nodes, inbox, opening, links, _folder: folder };
        cluster.ready().await?;
        Ok(cluster)
    }

    /// Where the nodes take clients, in order of their ids.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.client).collect()
    }

    /// The link to one offer of an entry of the waitlist, good for so many minutes from now.
    pub fn offer_url(&self, facility: &str, entry: &str, grant: u32, minutes: i64) -> Result<String, IdError> {
        let expires_at = self.nodes[0].node.now().plus(minutes * MINUTE_MILLIS);
        let (facility_id, waitlist_id) = (FacilityId::parse(facility)?, WaitlistId::parse(entry)?);
        Ok(self.links.offer_url(&OfferLink { facility_id, waitlist_id, grant, expires_at }))
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

fn print(cluster: &DevCluster, sends: bool) {
    let [one, two, three] = [0, 1, 2].map(|place: usize| cluster.nodes[place].client);
    let inbox = if sends { String::new() } else { format!("     Emails and texts: http://{one}/dev/inbox") };
    let tomorrow = chrono::Utc::now().date_naive() + chrono::Days::new(1);
    println!("courtd dev is ready: http://{one} http://{two} http://{three}");
    println!(
        "
Documentation: http://{one}/docs/     The cluster: http://{one}/api/cluster{inbox}

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
