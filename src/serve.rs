//! `courtd serve`: one node of a real cluster, from its settings to its last flush.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use cluster::{Node, NodeSettings, Readiness, SystemClock, Timing};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::server::{self, EdgeSettings};
use crate::{process, settings, signals};

/// A stop that takes longer is ended from here: a supervisor's patience ends at 20 s.
const STOP_TIMEOUT: Duration = Duration::from_secs(19);

/// Open files that a node asks the system for: ten thousand sockets, its store and its peers.
const OPEN_FILES_WANTED: u64 = 12_000;
/// Between two looks whether the node can serve.
const READY_LOOK_EVERY: Duration = Duration::from_millis(20);

/// One node of a cluster.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The settings of this node; `courtd init` writes an example
    #[arg(long, default_value = "courtd.toml")]
    config: PathBuf,
}

/// Runs a node until a signal, or until it cannot go on.
pub async fn run(args: ServeArgs) -> anyhow::Result<()> {
    // Only what is text can be a setting; a variable that is not belongs to somebody else.
    let environment =
        std::env::vars_os().filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok()));
    let settings = settings::load(&args.config, environment)?;
    // What clients are to find, their operator makes: nothing has to be waited for.
    let opened = watch::Sender::new(true).subscribe();
    let edge = EdgeSettings {
        access: settings.access()?,
        sync: settings.sync_source()?,
        outside: settings.outside()?,
        opened,
    };
    let (client, peer) = (settings.listen.client, settings.listen.peer);
    let files = process::open_files(OPEN_FILES_WANTED).context("failed to raise the limit on open files")?;
    if files < OPEN_FILES_WANTED {
        tracing::warn!(
            files,
            wanted = OPEN_FILES_WANTED,
            "few open files are allowed, and each socket is one: raise `ulimit -n`"
        );
    }
    let listener = TcpListener::bind(client).await.with_context(|| format!("failed to listen on {client}"))?;
    let peer_listener = std::net::TcpListener::bind(peer).with_context(|| format!("failed to listen on {peer}"))?;
    let node = Node::start(NodeSettings {
        node: settings.node_id,
        cluster_id: settings.cluster.id.clone(),
        initial: settings.initial(),
        data_dir: settings.data_dir.clone(),
        peer_listener,
        clock: Arc::new(SystemClock),
        timing: Timing::default(),
    })
    .await?;

    let shutdown = CancellationToken::new();
    let mut serving = tokio::spawn(server::run(listener, Arc::clone(&node), edge, shutdown.clone()));
    let failed = tokio::select! {
        () = signals::stop() => None,
        failed = node.failed() => Some(failed),
        ended = &mut serving => return ended.context("the server panicked")?.context("failed to serve"),
        never = announce(&node, client) => match never {},
    };
    shutdown.cancel();
    let stopped = tokio::time::timeout(STOP_TIMEOUT, serving).await;
    if let Some(failed) = failed {
        return Err(failed.into());
    }
    stopped.context("failed to stop in time")?.context("the server panicked")?.context("failed to serve")
}

/// Says once that the node can serve; until a majority of its cluster is up it cannot.
async fn announce(node: &Node, client: SocketAddr) -> Infallible {
    while node.readiness() != Readiness::Ready {
        tokio::time::sleep(READY_LOOK_EVERY).await;
    }
    println!("courtd node {} of {} is ready on http://{client}", node.id(), node.cluster_id());
    std::future::pending().await
}
