//! One node's edge on one listener, from the first connection to the last.
//!
//! Shared by `serve`, `dev` and the tests: whoever has a node and a listener can run it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use cluster::Node;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::{Access, ClientAddress};
use crate::edge::Edge;
use crate::outside::Outside;
use crate::sync::Source;
use crate::{http, jobs, metrics};

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// How long requests and sockets may still run after the stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(8);
/// How long the node may take to hand over, flush and close.
const NODE_TIMEOUT: Duration = Duration::from_secs(8);
/// After a failed accept, such as no free descriptor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Between two foldings of the figures.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// What the edge of a node is told.
pub struct EdgeSettings {
    /// How callers become known.
    pub access: Access,
    /// The club's system of record, if it has one.
    pub sync: Option<Source>,
    /// What lies outside of the cluster.
    pub outside: Outside,
    /// Turns true once what clients are to find is there; until then `/readyz` says no.
    pub opened: watch::Receiver<bool>,
}

/// Serves `node` on `listener` until `shutdown`, then stops it: not ready, sockets told to come
/// back elsewhere, requests drained, leaders handed over, the store flushed. The node is stopped
/// as well when its edge fails to start.
pub async fn run(
    listener: TcpListener,
    node: Arc<Node>,
    settings: EdgeSettings,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let served = match Edge::new(Arc::clone(&node), settings, shutdown.child_token()) {
        Ok(edge) => {
            serve(listener, &edge, &shutdown).await;
            Ok(())
        }
        Err(error) => Err(error),
    };
    node.shutdown(tokio::time::Instant::now() + NODE_TIMEOUT).await;
    served
}

async fn serve(listener: TcpListener, edge: &Arc<Edge>, shutdown: &CancellationToken) {
    let jobs_stop = CancellationToken::new();
    let jobs = tokio::spawn(jobs::run(Arc::clone(&edge.node), Arc::clone(&edge.outside), jobs_stop.clone()));
    let upkeep = tokio::spawn(upkeep(shutdown.clone()));
    let connections = accept(&listener, edge, shutdown).await;

    edge.begin_stopping();
    drop(listener);
    connections.close();
    edge.tasks.close();
    let sockets = async {
        // Order: the hubs first, so that nobody is handed over to a worker that has ended.
        edge.tasks.wait().await;
        edge.workers.stop().await;
    };
    let drained = async { tokio::join!(connections.wait(), sockets) };
    if tokio::time::timeout(DRAIN_TIMEOUT, drained).await.is_err() {
        tracing::warn!("some requests or sockets did not end in time");
        edge.workers.stop().await;
    }
    jobs_stop.cancel();
    for task in [jobs, upkeep] {
        if let Err(error) = task.await {
            tracing::error!(%error, "a task of the edge panicked");
        }
    }
}

async fn accept(listener: &TcpListener, edge: &Arc<Edge>, shutdown: &CancellationToken) -> TaskTracker {
    let (router, connections) = (http::router(Arc::clone(edge)), TaskTracker::new());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => return connections,
        };
        match accepted {
            Ok((stream, peer)) => {
                let from = ClientAddress(peer.ip());
                connections.spawn(connection(stream, from, router.clone(), shutdown.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "failed to accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, from: ClientAddress, router: axum::Router, shutdown: CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "failed to set TCP_NODELAY");
    }
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new());
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(from);
        router.call(request)
    });
    let mut connection = std::pin::pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(error, "a connection ended early");
    }
}

async fn upkeep(shutdown: CancellationToken) {
    let mut every = tokio::time::interval(UPKEEP_EVERY);
    loop {
        tokio::select! {
            _ = every.tick() => metrics::upkeep(),
            () = shutdown.cancelled() => return,
        }
    }
}
