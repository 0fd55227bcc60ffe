//! openraft's small values as our own bytes: log ids, votes, memberships.

use std::collections::BTreeSet;

use openraft::EmptyNode;
use raft::{LogId, NodeId, SnapshotMeta, StoredMembership, Vote};

use super::reader::{Malformed, Reader, put_length, put_option};

pub(crate) type Membership = openraft::Membership<NodeId, EmptyNode>;

pub(crate) fn put_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

/// Term, node, index: 24 bytes.
pub(crate) fn put_log_id(out: &mut Vec<u8>, id: LogId) {
    put_u64(out, id.leader_id.term);
    put_u64(out, id.leader_id.node_id);
    put_u64(out, id.index);
}

pub(crate) fn take_log_id(from: &mut Reader<'_>) -> Result<LogId, Malformed> {
    let leader_id = openraft::impls::leader_id_adv::LeaderId { term: from.u64()?, node_id: from.u64()? };
    Ok(LogId { leader_id, index: from.u64()? })
}

/// Term, node, committed: 17 bytes.
pub(crate) fn put_vote(out: &mut Vec<u8>, vote: Vote) {
    put_u64(out, vote.leader_id.term);
    put_u64(out, vote.leader_id.node_id);
    out.push(u8::from(vote.committed));
}

pub(crate) fn take_vote(from: &mut Reader<'_>) -> Result<Vote, Malformed> {
    let leader_id = openraft::impls::leader_id_adv::LeaderId { term: from.u64()?, node_id: from.u64()? };
    Ok(Vote { leader_id, committed: from.bool()? })
}

/// The voter sets (two while a change is under way), then all nodes.
pub(crate) fn put_membership(out: &mut Vec<u8>, membership: &Membership) {
    let configs = membership.get_joint_config();
    put_length(out, configs.len());
    for voters in configs {
        put_ids(out, voters.iter().copied());
    }
    put_ids(out, membership.nodes().map(|(id, _)| *id));
}

pub(crate) fn take_membership(from: &mut Reader<'_>) -> Result<Membership, Malformed> {
    let count = from.count(4)?;
    let configs = (0..count).map(|_| take_ids(from)).collect::<Result<Vec<_>, _>>()?;
    let nodes = take_ids(from)?;
    if configs.is_empty() && nodes.is_empty() {
        return Ok(Membership::default());
    }
    Membership::new(configs, nodes).map_err(|_| Malformed("a membership that contradicts itself"))
}

fn put_ids(out: &mut Vec<u8>, ids: impl Iterator<Item = NodeId>) {
    let ids: Vec<_> = ids.collect();
    put_length(out, ids.len());
    for id in ids {
        put_u64(out, id);
    }
}

fn take_ids(from: &mut Reader<'_>) -> Result<BTreeSet<NodeId>, Malformed> {
    let count = from.count(8)?;
    (0..count).map(|_| from.u64()).collect()
}

pub(crate) fn put_snapshot_meta(out: &mut Vec<u8>, meta: &SnapshotMeta) {
    put_option(out, meta.last_log_id, put_log_id);
    put_option(out, *meta.last_membership.log_id(), put_log_id);
    put_membership(out, meta.last_membership.membership());
}

pub(crate) fn take_snapshot_meta(from: &mut Reader<'_>) -> Result<SnapshotMeta, Malformed> {
    let last_log_id = from.option(take_log_id)?;
    let set_at = from.option(take_log_id)?;
    let last_membership = StoredMembership::new(set_at, take_membership(from)?);
    Ok(SnapshotMeta { last_log_id, last_membership })
}
