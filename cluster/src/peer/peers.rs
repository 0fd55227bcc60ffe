//! All other nodes, with the links to them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use raft::NodeId;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::handshake::{Identity, Lane};
use super::link::{Addresses, Link};

/// Another node.
pub(crate) struct Peer {
    /// For appends and snapshots.
    pub(crate) bulk: Link,
    /// For everything that must not wait behind them.
    pub(crate) small: Link,
    addresses: Addresses,
    alive: AtomicBool,
    formed: AtomicBool,
    draining: AtomicBool,
}

impl Peer {
    /// Whether it answered lately.
    pub(crate) fn is_alive(&self) -> bool {
        self.alive.load(Ordering::Relaxed)
    }

    /// Whether it said that the cluster has been formed.
    pub(crate) fn is_formed(&self) -> bool {
        self.formed.load(Ordering::Relaxed)
    }

    /// Whether it said that it is stopping.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// It answered, and said this.
    pub(crate) fn heard(&self, formed: bool, draining: bool) {
        self.formed.store(formed, Ordering::Relaxed);
        self.draining.store(draining, Ordering::Relaxed);
        self.alive.store(true, Ordering::Relaxed);
    }

    /// It did not answer.
    pub(crate) fn lost(&self) {
        self.alive.store(false, Ordering::Relaxed);
    }

    /// The peer was heard of: connect now, where that is not done.
    pub(crate) fn wake(&self) {
        self.bulk.wake();
        self.small.wake();
    }

    /// The peer is silent: break the connections, so that nothing waits for it.
    pub(crate) fn cut(&self) {
        self.bulk.cut();
        self.small.cut();
    }
}

/// All other nodes.
pub(crate) struct Peers {
    me: Identity,
    known: RwLock<BTreeMap<NodeId, Arc<Peer>>>,
    links: Mutex<JoinSet<()>>,
    stop: CancellationToken,
}

impl Peers {
    /// Nobody yet.
    pub(crate) fn new(me: Identity) -> Self {
        Self { me, known: RwLock::default(), links: Mutex::default(), stop: CancellationToken::new() }
    }

    /// This node.
    pub(crate) fn me(&self) -> NodeId {
        self.me.node
    }

    /// Learns of a node, or of its new address. Must be called in the runtime.
    pub(crate) fn learn(&self, node: NodeId, address: &str) {
        if node == self.me.node || self.stop.is_cancelled() {
            return;
        }
        let mut known = self.known.write().expect("nothing panics while it holds this lock");
        let peer = known.entry(node).or_insert_with(|| self.meet(node));
        peer.addresses.prefer(address);
    }

    fn meet(&self, node: NodeId) -> Arc<Peer> {
        let addresses = Addresses::default();
        let (bulk, bulk_keeper) = Link::new(self.me.clone(), node, Lane::Bulk, addresses.clone());
        let (small, small_keeper) = Link::new(self.me.clone(), node, Lane::Small, addresses.clone());
        let mut links = self.links.lock().expect("nothing panics while it holds this lock");
        links.spawn(bulk_keeper.run(self.stop.clone()));
        links.spawn(small_keeper.run(self.stop.clone()));
        let [alive, formed, draining] = [const { AtomicBool::new(false) }; 3];
        Arc::new(Peer { bulk, small, addresses, alive, formed, draining })
    }

    /// One of them.
    pub(crate) fn get(&self, node: NodeId) -> Option<Arc<Peer>> {
        self.known.read().expect("nothing panics while it holds this lock").get(&node).cloned()
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<(NodeId, Arc<Peer>)> {
        let known = self.known.read().expect("nothing panics while it holds this lock");
        known.iter().map(|(node, peer)| (*node, Arc::clone(peer))).collect()
    }

    /// Closes all links; they are closed when this returns.
    pub(crate) async fn close(&self) {
        self.stop.cancel();
        let mut links = std::mem::take(&mut *self.links.lock().expect("nothing panics while it holds this lock"));
        while links.join_next().await.is_some() {}
    }
}
