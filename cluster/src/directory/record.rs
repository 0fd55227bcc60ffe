//! What the directory knows of a node and of a facility.

use machine::FacilityId;
use serde::{Deserialize, Serialize};

use crate::NodeId;

/// A node as the directory knows it.
// Replicated: part of commands and snapshots of version 1; a new field is a new version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRecord {
    /// Its id, never used again.
    pub id: NodeId,
    /// Where it stands.
    pub region: String,
    /// `host:port` for other nodes.
    pub peer: String,
    /// `host:port` for clients.
    pub client: String,
}

/// A facility as the directory knows it.
// Replicated: part of commands and snapshots of version 1; a new field is a new version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacilityRecord {
    /// Its id.
    pub id: FacilityId,
    /// Its name in addresses.
    pub slug: String,
    /// The one before, which leads here still until somebody takes it.
    pub former_slug: Option<String>,
    /// Its group.
    pub group: u64,
    /// The nodes with a replica; the first one initializes the group and so leads it first.
    pub replicas: Vec<NodeId>,
}
