//! The directory to bytes and back, behind a version.

use std::io;

use machine::{FacilityId, RequestId, codec};
use serde::{Deserialize, Serialize};

use super::keys::Keys;
use super::{Directory, FacilityRecord, KeyRecord, NodeRecord};

// Replicated: the first byte of every snapshot.
const VERSION: u8 = 1;

#[derive(Serialize, Deserialize)]
struct SnapshotV1 {
    nodes: Vec<NodeRecord>,
    facilities: Vec<FacilityRecord>,
    requests: Vec<(RequestId, FacilityId)>,
    last_group: u64,
    keys: Vec<KeyRecord>,
}

/// All of it, equal on every replica at the same index.
pub(super) fn encode(directory: Directory) -> Vec<u8> {
    let snapshot = SnapshotV1 {
        nodes: directory.nodes.into_values().collect(),
        facilities: directory.facilities.into_values().collect(),
        requests: directory.requests.into_iter().collect(),
        last_group: directory.last_group,
        keys: directory.keys.into_records(),
    };
    let mut bytes = vec![VERSION];
    bytes.extend(codec::encode(&snapshot).expect("the directory is far below the codec's limit"));
    bytes
}

/// A directory from the bytes of [`encode`].
pub(super) fn decode(bytes: &[u8]) -> io::Result<Directory> {
    let damaged = |why: &str| io::Error::new(io::ErrorKind::InvalidData, format!("the directory's snapshot {why}"));
    let (version, body) = bytes.split_first().ok_or_else(|| damaged("is empty"))?;
    if *version != VERSION {
        return Err(damaged(&format!("has version {version}, this release reads {VERSION}")));
    }
    let snapshot: SnapshotV1 = codec::decode(body).map_err(|_| damaged("is damaged"))?;
    let slugs = snapshot.facilities.iter().flat_map(|record| record.slugs().map(|slug| (slug, &record.id)));
    let slugs = slugs.map(|(slug, id)| (slug.clone(), id.clone())).collect();
    Ok(Directory {
        nodes: snapshot.nodes.into_iter().map(|node| (node.id, node)).collect(),
        facilities: snapshot.facilities.into_iter().map(|record| (record.id.clone(), record)).collect(),
        requests: snapshot.requests.into_iter().collect(),
        last_group: snapshot.last_group,
        keys: Keys::of(snapshot.keys),
        slugs,
    })
}
