//! Where messages of the group's other replicas come in, whatever the group's state machine is:
//! a node keeps one map of these.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use openraft::errors::{Fatal, RaftError};
use openraft::{Raft, Snapshot};

use crate::adapter::Adapter;
use crate::{
    AppendRequest, AppendResponse, Config, HistoryStore, SnapshotMeta, SnapshotResponse, StateMachine, Stopped,
    TransferRequest, TransferResponse, Vote, VoteRequest, VoteResponse,
};

/// Takes messages of peers. Cheap to clone.
#[derive(Clone)]
pub struct Inbox {
    raft: Arc<dyn Receive>,
    history: Arc<dyn HistoryStore>,
}

impl Inbox {
    pub(crate) fn new<M: StateMachine>(raft: Raft<Config, Adapter<M>>, history: Arc<dyn HistoryStore>) -> Self {
        Self { raft: Arc::new(raft), history }
    }

    /// The history here: a peer that is behind asks for rows of it, and one that brings a snapshot
    /// brings first what is missing in it.
    pub fn history(&self) -> &dyn HistoryStore {
        &*self.history
    }

    /// Entries, or a heartbeat, of the leader.
    pub async fn append_entries(&self, request: AppendRequest) -> Result<AppendResponse, Stopped> {
        self.raft.append_entries(request).await
    }

    /// A candidate asks for a vote.
    pub async fn vote(&self, request: VoteRequest) -> Result<VoteResponse, Stopped> {
        self.raft.vote(request).await
    }

    /// A node asks whether it would be granted a vote; nothing changes.
    pub async fn pre_vote(&self, request: VoteRequest) -> Result<VoteResponse, Stopped> {
        self.raft.pre_vote(request).await
    }

    /// A whole state of the leader's; answers once it is durable here. The history up to it has to
    /// be here before.
    pub async fn install_full_snapshot(
        &self,
        vote: Vote,
        meta: SnapshotMeta,
        bytes: Bytes,
    ) -> Result<SnapshotResponse, Stopped> {
        self.raft.install_full_snapshot(vote, meta, bytes).await
    }

    /// The leader hands over to somebody, or is to be let go of.
    pub async fn handle_transfer_leader(&self, request: TransferRequest) -> Result<TransferResponse, Stopped> {
        self.raft.handle_transfer_leader(request).await
    }
}

/// The same without the type of the state machine.
trait Receive: Send + Sync {
    fn append_entries(&self, request: AppendRequest) -> BoxFuture<'_, Result<AppendResponse, Stopped>>;
    fn vote(&self, request: VoteRequest) -> BoxFuture<'_, Result<VoteResponse, Stopped>>;
    fn pre_vote(&self, request: VoteRequest) -> BoxFuture<'_, Result<VoteResponse, Stopped>>;
    fn install_full_snapshot(
        &self,
        vote: Vote,
        meta: SnapshotMeta,
        bytes: Bytes,
    ) -> BoxFuture<'_, Result<SnapshotResponse, Stopped>>;
    fn handle_transfer_leader(&self, request: TransferRequest) -> BoxFuture<'_, Result<TransferResponse, Stopped>>;
}

impl<M: StateMachine> Receive for Raft<Config, Adapter<M>> {
    fn append_entries(&self, request: AppendRequest) -> BoxFuture<'_, Result<AppendResponse, Stopped>> {
        Box::pin(async { self.append_entries(request).await.map_err(no_api_error) })
    }

    fn vote(&self, request: VoteRequest) -> BoxFuture<'_, Result<VoteResponse, Stopped>> {
        Box::pin(async { self.vote(request).await.map_err(no_api_error) })
    }

    fn pre_vote(&self, request: VoteRequest) -> BoxFuture<'_, Result<VoteResponse, Stopped>> {
        Box::pin(async { self.pre_vote(request).await.map_err(no_api_error) })
    }

    fn install_full_snapshot(
        &self,
        vote: Vote,
        meta: SnapshotMeta,
        snapshot: Bytes,
    ) -> BoxFuture<'_, Result<SnapshotResponse, Stopped>> {
        let snapshot = Snapshot { meta, snapshot };
        Box::pin(async move { self.install_full_snapshot(vote, snapshot).await.map_err(stopped) })
    }

    fn handle_transfer_leader(&self, request: TransferRequest) -> BoxFuture<'_, Result<TransferResponse, Stopped>> {
        Box::pin(async { self.handle_transfer_leader(request).await.map_err(stopped) })
    }
}

fn no_api_error(_: RaftError<Config>) -> Stopped {
    Stopped
}

fn stopped(_: Fatal<Config>) -> Stopped {
    Stopped
}
