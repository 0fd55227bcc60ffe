//! `GET /api/cluster`: the nodes, the groups, and how much the cluster can still lose.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use cluster::{FacilityStatus, GroupStatus, NodeId, PeerStatus};
use machine::FacilityId;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{self, Outcome};
use super::extract::Viewed;
use crate::edge::Edge;
use crate::openapi::Refusals;

/// The cluster as the answering node sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClusterView {
    cluster_id: String,
    /// How many more nodes may fail.
    can_lose: usize,
    nodes: Vec<NodeView>,
    groups: Vec<GroupView>,
    /// Where the next page of groups begins; null where there is none.
    next_cursor: Option<String>,
}

/// A node.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NodeView {
    id: NodeId,
    region: String,
    client_addr: String,
    peer_addr: String,
    version: String,
    /// `up`, `draining` or `unreachable`.
    state: &'static str,
    clock_offset_ms: i64,
}

/// The group of a facility.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupView {
    facility_id: String,
    leader: Option<NodeId>,
    term: u64,
    last_index: u64,
    committed_index: u64,
    applied_index: u64,
    /// Of the answering node's replica at `appliedIndex`; null where it has none.
    digest: Option<String>,
    replicas: Vec<ReplicaView>,
}

/// A replica of a facility.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplicaView {
    node: NodeId,
    /// `voter` or `learner`.
    role: &'static str,
    /// How far it has matched; null where the answering node does not lead.
    matched_index: Option<u64>,
    /// How far behind it is; null where the answering node does not lead.
    lag: Option<u64>,
}

/// Nodes, groups, and how much the cluster can still lose
#[utoipa::path(get, path = "/api/cluster", operation_id = "readCluster", tag = "operations",
    params(("limit" = Option<usize>, Query, description = "Groups of a page, 1 to 200; 50 if left out"),
           ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before")),
    responses((status = 200, description = "The cluster", body = ClusterView), Refusals))]
pub(crate) async fn cluster(State(edge): State<Arc<Edge>>, viewed: Viewed) -> Outcome {
    let (limit, cursor) = (viewed.params.limit()?, viewed.params.id::<FacilityId>("cursor")?);
    let peers = edge.node.peers();
    let groups = edge.node.groups(cursor.as_ref(), limit + 1);
    let page = answer::page(groups, limit, |group| group.record.id.to_string());
    let view = ClusterView {
        cluster_id: edge.node.cluster_id().to_owned(),
        can_lose: can_lose(peers.len(), peers.iter().filter(|peer| peer.reachable).count()),
        nodes: peers.into_iter().map(node).collect(),
        groups: page.items.into_iter().map(group).collect(),
        next_cursor: page.next_cursor,
    };
    Ok(answer::json(StatusCode::OK, &view))
}

/// How many of the reachable nodes may fail before there is no majority of all.
fn can_lose(all: usize, reachable: usize) -> usize {
    reachable.saturating_sub(all / 2 + 1)
}

fn node(peer: PeerStatus) -> NodeView {
    NodeView {
        id: peer.record.id,
        region: peer.record.region,
        client_addr: peer.record.client,
        peer_addr: peer.record.peer,
        version: peer.version,
        state: state(peer.reachable, peer.draining),
        clock_offset_ms: peer.clock_offset_millis,
    }
}

fn state(reachable: bool, draining: bool) -> &'static str {
    match (reachable, draining) {
        (false, _) => "unreachable",
        (true, true) => "draining",
        (true, false) => "up",
    }
}

fn group(group: FacilityStatus) -> GroupView {
    let status = group.status.unwrap_or_default();
    let (applied_index, digest) = match group.digest {
        Some((index, digest)) => (index, Some(digest.to_string())),
        None => (status.applied_index, None),
    };
    GroupView {
        facility_id: group.record.id.to_string(),
        leader: status.leader,
        term: status.term,
        last_index: status.last_index,
        committed_index: status.committed_index,
        applied_index,
        digest,
        replicas: replicas(&status),
    }
}

fn replicas(status: &GroupStatus) -> Vec<ReplicaView> {
    let voters = status.voters.iter().map(|node| (*node, "voter"));
    let learners = status.learners.difference(&status.voters).map(|node| (*node, "learner"));
    let replica = |(node, role)| {
        let matched_index = status.matched.iter().find(|(id, _)| *id == node).map(|(_, index)| *index);
        let lag = matched_index.map(|index| status.last_index.saturating_sub(index));
        ReplicaView { node, role, matched_index, lag }
    };
    voters.chain(learners).map(replica).collect()
}

#[cfg(test)]
mod tests {
    use super::{can_lose, state};

    #[test]
    fn a_node_that_gives_its_leaders_away_is_draining_for_as_long_as_it_is_reached() {
        assert_eq!([state(true, false), state(true, true), state(false, true)], ["up", "draining", "unreachable"]);
    }

    #[test]
    fn a_majority_of_all_must_stay() {
        for (all, reachable, left) in [(3, 3, 1), (3, 2, 0), (3, 1, 0), (5, 5, 2), (5, 4, 1), (1, 1, 0)] {
            assert_eq!(can_lose(all, reachable), left, "{reachable} of {all}");
        }
    }
}
