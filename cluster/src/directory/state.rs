//! The directory's state and the only ways to change it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use machine::{FacilityId, RequestId};
use raft::Applied;

use super::command::encode_reply;
use super::keys::Keys;
use super::{DirectoryCommand, DirectoryRefusal, DirectoryReply, Entered};
use super::{FacilityRecord, KeyRecord, NodeRecord, snapshot};
use crate::NodeId;

/// Replicas of a facility: one may fail. More make every write wait for more disks.
// Replicated: a change places later facilities differently on old and new releases.
const REPLICAS: usize = 3;

/// Which nodes there are, which facilities exist and where, and which keys open what.
///
/// Invariant: slugs, ids and groups are unique; every facility's replicas are known nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Directory {
    pub(super) nodes: BTreeMap<NodeId, NodeRecord>,
    pub(super) facilities: BTreeMap<FacilityId, FacilityRecord>,
    pub(super) requests: BTreeMap<RequestId, FacilityId>,
    pub(super) last_group: u64,
    pub(super) keys: Keys,
    /// Derived from `facilities`.
    pub(super) slugs: BTreeMap<String, FacilityId>,
}

impl Directory {
    /// All nodes, by id.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &NodeRecord> {
        self.nodes.values()
    }

    /// One node.
    pub(crate) fn node(&self, id: NodeId) -> Option<&NodeRecord> {
        self.nodes.get(&id)
    }

    /// All facilities, by id.
    pub(crate) fn facilities(&self) -> impl Iterator<Item = &FacilityRecord> {
        self.facilities.values()
    }

    /// Facilities in order of id, after `after`.
    pub(crate) fn facilities_after(&self, after: Option<&FacilityId>) -> impl Iterator<Item = &FacilityRecord> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = after.map_or(Unbounded, Excluded);
        self.facilities.range::<FacilityId, _>((from, Unbounded)).map(|(_, record)| record)
    }

    /// A facility by id or slug; an id goes first.
    pub(crate) fn find(&self, id_or_slug: &str) -> Option<&FacilityRecord> {
        let by_id = FacilityId::parse(id_or_slug).ok().and_then(|id| self.facilities.get(&id));
        by_id.or_else(|| self.slugs.get(id_or_slug).and_then(|id| self.facilities.get(id)))
    }

    /// One key.
    pub(crate) fn key(&self, id: &str) -> Option<&Arc<KeyRecord>> {
        self.keys.get(id)
    }

    /// Keys in order of id, after `after`.
    pub(crate) fn keys_after(&self, after: Option<&str>) -> impl Iterator<Item = &Arc<KeyRecord>> {
        self.keys.after(after)
    }

    fn decide(&mut self, command: DirectoryCommand) -> DirectoryReply {
        match command {
            DirectoryCommand::RegisterNodes(nodes) => {
                self.nodes.extend(nodes.into_iter().map(|node| (node.id, node)));
                Ok(Entered::Nodes)
            }
            DirectoryCommand::CreateFacility { id, slug, replicas, request } => {
                self.create_facility(id, slug, replicas, request).map(Entered::Facility)
            }
            DirectoryCommand::RenameFacility { id, slug } => self.rename_facility(&id, slug).map(Entered::Facility),
            DirectoryCommand::EnterKey(key) => self.keys.enter(key).map(Entered::Key),
            DirectoryCommand::RevokeKey { id, at } => self.keys.revoke(&id, at).map(Entered::Key),
        }
    }

    fn create_facility(
        &mut self,
        id: FacilityId,
        slug: String,
        replicas: Option<Vec<NodeId>>,
        request: RequestId,
    ) -> Result<FacilityRecord, DirectoryRefusal> {
        if let Some(earlier) = self.requests.get(&request).and_then(|earlier| self.facilities.get(earlier)) {
            return Ok(earlier.clone());
        }
        if let Some(there) = self.facilities.get(&id) {
            return if there.slug == slug { Ok(there.clone()) } else { Err(DirectoryRefusal::IdTaken) };
        }
        if self.slugs.contains_key(id.as_str()) {
            return Err(DirectoryRefusal::IdTaken);
        }
        let replicas = self.placed(replicas)?;
        self.take_slug(&slug, &id)?;
        self.last_group += 1;
        let record = FacilityRecord { id: id.clone(), slug, former_slug: None, group: self.last_group, replicas };
        self.requests.insert(request, id.clone());
        self.facilities.insert(id, record.clone());
        Ok(record)
    }

    fn placed(&self, wished: Option<Vec<NodeId>>) -> Result<Vec<NodeId>, DirectoryRefusal> {
        let Some(wished) = wished else { return self.place() };
        let distinct: BTreeSet<_> = wished.iter().collect();
        let known = !wished.is_empty() && wished.iter().all(|node| self.nodes.contains_key(node));
        if known && distinct.len() == wished.len() { Ok(wished) } else { Err(DirectoryRefusal::NodesUnknown) }
    }

    /// The nodes with the fewest replicas; of those the one that leads the fewest goes first.
    fn place(&self) -> Result<Vec<NodeId>, DirectoryRefusal> {
        let mut load: BTreeMap<NodeId, (usize, usize)> = self.nodes.keys().map(|node| (*node, (0, 0))).collect();
        for facility in self.facilities.values() {
            for (at, node) in facility.replicas.iter().enumerate() {
                let (replicas, led) = load.entry(*node).or_default();
                *replicas += 1;
                *led += usize::from(at == 0);
            }
        }
        let mut chosen: Vec<NodeId> = load.keys().copied().collect();
        chosen.sort_by_key(|node| (load[node].0, *node));
        chosen.truncate(REPLICAS);
        let leader = chosen.iter().copied().min_by_key(|node| (load[node].1, *node));
        let leader = leader.ok_or(DirectoryRefusal::NodesUnknown)?;
        chosen.sort_by_key(|node| (*node != leader, *node));
        Ok(chosen)
    }
}

impl raft::StateMachine for Directory {
    /// Whoever watches the directory looks at its state.
    type Event = ();

    fn empty() -> Self {
        Self::default()
    }

    fn apply(&mut self, _index: u64, command: &[u8], wanted: bool) -> Applied<()> {
        let reply = match DirectoryCommand::decode(command) {
            Some(command) => self.decide(command),
            None => Err(DirectoryRefusal::Senseless),
        };
        Applied { reply: wanted.then(|| encode_reply(&reply)), events: Vec::new(), told: Vec::new() }
    }

    fn freeze(&self) -> Box<dyn FnOnce() -> Vec<u8> + Send> {
        let copy = self.clone();
        Box::new(move || snapshot::encode(copy))
    }

    fn restore(bytes: &[u8]) -> io::Result<Self> {
        snapshot::decode(bytes)
    }
}

#[cfg(test)]
mod tests {
    use raft::StateMachine;

    use super::*;
    use crate::directory::decode_reply;

    fn node(id: NodeId) -> NodeRecord {
        NodeRecord { id, region: "r".into(), peer: format!("p:{id}"), client: format!("c:{id}") }
    }

    fn with_nodes(ids: impl IntoIterator<Item = NodeId>) -> Directory {
        let mut directory = Directory::empty();
        let nodes = ids.into_iter().map(node).collect();
        assert_eq!(ask(&mut directory, &DirectoryCommand::RegisterNodes(nodes)), Ok(Entered::Nodes));
        directory
    }

    fn ask(directory: &mut Directory, command: &DirectoryCommand) -> DirectoryReply {
        let reply = directory.apply(1, &command.encode(), true).reply;
        decode_reply(&reply.unwrap()).unwrap()
    }

    fn create(id: &str, slug: &str, key: &str, replicas: Option<Vec<NodeId>>) -> DirectoryCommand {
        let request = RequestId { principal: "p".into(), key: key.into() };
        DirectoryCommand::CreateFacility { id: FacilityId::parse(id).unwrap(), slug: slug.into(), replicas, request }
    }

    fn record(reply: DirectoryReply) -> FacilityRecord {
        match reply {
            Ok(Entered::Facility(record)) => record,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_facility_is_entered_once_under_one_id_and_one_slug() {
        let mut directory = with_nodes([1, 2, 3]);
        let first = record(ask(&mut directory, &create("fac_a", "a", "k1", None)));
        let taken = |by: &str| Err(DirectoryRefusal::SlugTaken { by: FacilityId::parse(by).unwrap() });
        let cases = [
            ("the same request", create("fac_a", "a", "k1", None), Ok(Entered::Facility(first.clone()))),
            (
                "the same request with another id",
                create("fac_x", "x", "k1", None),
                Ok(Entered::Facility(first.clone())),
            ),
            ("the same id and slug", create("fac_a", "a", "k2", None), Ok(Entered::Facility(first))),
            ("the id with another slug", create("fac_a", "b", "k3", None), Err(DirectoryRefusal::IdTaken)),
            ("the slug with another id", create("fac_b", "a", "k4", None), taken("fac_a")),
            ("a slug that is an id", create("fac_b", "fac_a", "k5", None), taken("fac_a")),
            ("unknown nodes", create("fac_b", "b", "k6", Some(vec![1, 9])), Err(DirectoryRefusal::NodesUnknown)),
            ("a node twice", create("fac_b", "b", "k7", Some(vec![1, 1])), Err(DirectoryRefusal::NodesUnknown)),
        ];
        for (name, command, reply) in cases {
            assert_eq!(ask(&mut directory, &command), reply, "{name}");
        }
        assert_eq!(directory.facilities().count(), 1);
        assert_eq!(directory.find("a"), directory.find("fac_a"));
        assert_eq!(directory.find("b"), None);
    }

    #[test]
    fn leaders_and_replicas_are_spread() {
        let mut three = with_nodes([3, 1, 2]);
        let placed: Vec<_> = (0..4)
            .map(|at| record(ask(&mut three, &create(&format!("f{at}"), &format!("s{at}"), &format!("k{at}"), None))))
            .collect();
        let replicas: Vec<_> = placed.iter().map(|record| record.replicas.clone()).collect();
        assert_eq!(replicas, [vec![1, 2, 3], vec![2, 1, 3], vec![3, 1, 2], vec![1, 2, 3]]);
        assert_eq!(placed.iter().map(|record| record.group).collect::<Vec<_>>(), [1, 2, 3, 4]);

        let mut five = with_nodes(1..=5);
        for at in 0..10 {
            record(ask(&mut five, &create(&format!("f{at}"), &format!("s{at}"), &format!("k{at}"), None)));
        }
        for id in 1..=5 {
            let replicas = five.facilities().filter(|record| record.replicas.contains(&id)).count();
            let led = five.facilities().filter(|record| record.replicas[0] == id).count();
            assert_eq!((replicas, led), (6, 2), "node {id}");
        }
    }

    #[test]
    fn without_nodes_nothing_is_placed() {
        assert_eq!(ask(&mut Directory::empty(), &create("f", "s", "k", None)), Err(DirectoryRefusal::NodesUnknown));
    }

    #[test]
    fn a_node_registers_again_with_a_new_address() {
        let mut directory = with_nodes([1, 2]);
        let moved = NodeRecord { peer: "elsewhere:1".into(), ..node(2) };
        ask(&mut directory, &DirectoryCommand::RegisterNodes(vec![moved.clone()])).unwrap();
        assert_eq!(directory.nodes().cloned().collect::<Vec<_>>(), [node(1), moved]);
    }

    #[test]
    fn bytes_that_are_no_command_are_answered_and_change_nothing() {
        let mut directory = with_nodes([1]);
        let before = directory.clone();
        let mut newer = create("f", "s", "k", None).encode().to_vec();
        newer[0] += 1;
        for bytes in [&b""[..], b"\x01", b"\x01junk", &newer] {
            let reply = directory.apply(9, bytes, true).reply;
            assert_eq!(decode_reply(&reply.unwrap()), Some(Err(DirectoryRefusal::Senseless)));
        }
        assert_eq!(directory, before);
    }

    #[test]
    fn a_snapshot_holds_everything() {
        let mut directory = with_nodes([1, 2, 3]);
        record(ask(&mut directory, &create("fac_a", "a", "k1", None)));
        let key = KeyRecord {
            id: "key_1".into(),
            name: "desk".into(),
            grant: crate::Grant::Staff { facilities: vec![FacilityId::parse("fac_a").unwrap()] },
            secret_hash: [9; 32],
            made_by: "operator:k".into(),
            made_at: 1,
            expires_at: None,
            revoked_at: None,
        };
        assert_eq!(ask(&mut directory, &DirectoryCommand::EnterKey(key.clone())), Ok(Entered::Key(key)));
        let revoke = DirectoryCommand::RevokeKey { id: "key_1".into(), at: 2 };
        assert!(matches!(ask(&mut directory, &revoke), Ok(Entered::Key(key)) if key.revoked_at == Some(2)));
        let bytes = directory.freeze()();
        let mut restored = Directory::restore(&bytes).unwrap();
        assert_eq!(restored, directory);
        assert_eq!(record(ask(&mut restored, &create("fac_b", "b", "k2", None))).group, 2);
        assert_eq!(record(ask(&mut restored, &create("fac_z", "z", "k1", None))).slug, "a", "requests are in it");

        let mut newer = bytes.clone();
        newer[0] += 1;
        for bytes in [&newer[..], &bytes[..bytes.len() - 1], b""] {
            assert!(Directory::restore(bytes).is_err());
        }
    }
}
