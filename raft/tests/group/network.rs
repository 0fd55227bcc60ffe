//! A network of function calls that can be cut: between two nodes, or around one.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use openraft::alias::SnapshotOf;
use openraft::errors::{NetworkError, RPCError, ReplicationClosed, StreamingError};
use openraft::network::RPCOption;
use openraft::{EmptyNode, OptionalSend, RaftNetworkFactory, RaftNetworkV2};
use raft::{
    AppendRequest, AppendResponse, Config, Inbox, NodeId, SnapshotResponse, Stopped, TransferRequest, TransferResponse,
    Vote, VoteRequest, VoteResponse,
};

use crate::trio::bring_history;

/// All nodes and the cuts between them; clones share it.
#[derive(Clone, Default)]
pub(crate) struct Network(Arc<Mutex<Wires>>);

#[derive(Default)]
struct Wires {
    inboxes: BTreeMap<NodeId, Inbox>,
    away: BTreeSet<NodeId>,
}

impl Network {
    pub(crate) fn connect(&self, node: NodeId, inbox: Inbox) {
        self.0.lock().unwrap().inboxes.insert(node, inbox);
    }

    pub(crate) fn disconnect(&self, node: NodeId) {
        self.0.lock().unwrap().inboxes.remove(&node);
    }

    /// Nobody hears from `node`, and it from nobody.
    pub(crate) fn cut(&self, node: NodeId) {
        self.0.lock().unwrap().away.insert(node);
    }

    pub(crate) fn heal(&self) {
        self.0.lock().unwrap().away.clear();
    }

    /// The network as `node` sees it.
    pub(crate) fn of(&self, node: NodeId) -> Plug {
        Plug { network: self.clone(), from: node }
    }

    fn open(&self, from: NodeId, to: NodeId) -> Option<Inbox> {
        let wires = self.0.lock().unwrap();
        let cut = wires.away.contains(&from) || wires.away.contains(&to);
        if cut { None } else { wires.inboxes.get(&to).cloned() }
    }
}

/// One node's end of the network.
pub(crate) struct Plug {
    network: Network,
    from: NodeId,
}

impl RaftNetworkFactory<Config> for Plug {
    type Network = Wire;

    async fn new_client(&mut self, target: NodeId, _node: &EmptyNode) -> Wire {
        Wire { network: self.network.clone(), from: self.from, to: target }
    }
}

/// From one node to another.
pub(crate) struct Wire {
    network: Network,
    from: NodeId,
    to: NodeId,
}

impl Wire {
    /// Carries a request there and its answer back; both ways may be cut.
    async fn carry<T, F>(&self, send: impl FnOnce(Inbox) -> F) -> Result<T, NetworkError<Config>>
    where
        F: Future<Output = Result<T, Stopped>>,
    {
        let lost = || NetworkError::from_string("cut");
        let inbox = self.network.open(self.from, self.to).ok_or_else(lost)?;
        let answer = send(inbox).await.map_err(|stopped| NetworkError::new(&stopped))?;
        self.network.open(self.from, self.to).ok_or_else(lost)?;
        Ok(answer)
    }
}

impl RaftNetworkV2<Config> for Wire {
    type SnapshotData = Bytes;

    async fn append_entries(&mut self, rpc: AppendRequest, _: RPCOption) -> Result<AppendResponse, RPCError<Config>> {
        Ok(self.carry(|inbox| async move { inbox.append_entries(rpc).await }).await?)
    }

    async fn vote(&mut self, rpc: VoteRequest, _: RPCOption) -> Result<VoteResponse, RPCError<Config>> {
        Ok(self.carry(|inbox| async move { inbox.vote(rpc).await }).await?)
    }

    async fn pre_vote(&mut self, rpc: VoteRequest, _: RPCOption) -> Result<VoteResponse, RPCError<Config>> {
        Ok(self.carry(|inbox| async move { inbox.pre_vote(rpc).await }).await?)
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: SnapshotOf<Config, Bytes>,
        _cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        _: RPCOption,
    ) -> Result<SnapshotResponse, StreamingError<Config>> {
        let own = self.network.open(self.from, self.from);
        let send = |inbox: Inbox| async move {
            let own = own.ok_or(Stopped)?;
            bring_history(own.history(), inbox.history(), snapshot.meta.last_log_id.map_or(0, |id| id.index)).await;
            inbox.install_full_snapshot(vote, snapshot.meta, snapshot.snapshot).await
        };
        Ok(self.carry(send).await?)
    }

    async fn transfer_leader(
        &mut self,
        rpc: TransferRequest,
        _: RPCOption,
    ) -> Result<TransferResponse, RPCError<Config>> {
        Ok(self.carry(|inbox| async move { inbox.handle_transfer_leader(rpc).await }).await?)
    }
}
