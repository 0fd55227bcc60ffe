//! What can be asked of the directory, and what it answers, as bytes behind a version.

use bytes::Bytes;
use machine::{FacilityId, RequestId, codec};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{FacilityRecord, KeyRecord, NodeRecord};
use crate::NodeId;

// Replicated: the first byte of every command and reply.
const VERSION: u8 = 1;

/// What can be asked of the directory.
// Replicated: the order of variants and fields is the format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DirectoryCommand {
    /// Enters nodes, or their new addresses.
    RegisterNodes(Vec<NodeRecord>),
    /// Enters a facility and places its group.
    CreateFacility {
        /// Its id.
        id: FacilityId,
        /// Its name in addresses.
        slug: String,
        /// Where to place it; chosen by the directory if left out.
        replicas: Option<Vec<NodeId>>,
        /// Which request this is: sent again it gives the same facility.
        request: RequestId,
    },
    /// Gives a facility another name in addresses.
    RenameFacility {
        /// Which one.
        id: FacilityId,
        /// Its name from now on.
        slug: String,
    },
    /// Enters an API key.
    EnterKey(KeyRecord),
    /// Lets a key work no more.
    RevokeKey {
        /// Which one.
        id: String,
        /// When, in milliseconds since 1970.
        at: i64,
    },
}

/// What the directory answers.
pub(crate) type DirectoryReply = Result<Entered, DirectoryRefusal>;

/// What is entered now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Entered {
    /// The nodes.
    Nodes,
    /// The facility, by this or an earlier command.
    Facility(FacilityRecord),
    /// The key, by this or an earlier command.
    Key(KeyRecord),
}

/// Why nothing was entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DirectoryRefusal {
    /// Another facility has the slug.
    SlugTaken {
        /// Which one.
        by: FacilityId,
    },
    /// The facility is there, with another slug; or another one is found under that id.
    IdTaken,
    /// There is no such facility.
    FacilityUnknown,
    /// No nodes are entered yet, or not the ones that were named.
    NodesUnknown,
    /// The bytes are no command of this release.
    Senseless,
    /// Another key has the id.
    KeyTaken,
    /// There is no such key.
    KeyUnknown,
    /// There are as many keys as there may be.
    TooManyKeys,
}

impl DirectoryCommand {
    /// As an entry of the log.
    pub(crate) fn encode(&self) -> Bytes {
        versioned(self)
    }

    /// From an entry of the log; `None` if a later release wrote it, or nobody.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        unversioned(bytes)
    }
}

/// A reply as bytes.
pub(crate) fn encode_reply(reply: &DirectoryReply) -> Bytes {
    versioned(reply)
}

/// A reply from bytes.
pub(crate) fn decode_reply(bytes: &[u8]) -> Option<DirectoryReply> {
    unversioned(bytes)
}

fn versioned(value: &impl Serialize) -> Bytes {
    let body = codec::encode(value).expect("commands and replies are far below the codec's limit");
    let mut bytes = Vec::with_capacity(1 + body.len());
    bytes.push(VERSION);
    bytes.extend(body);
    bytes.into()
}

fn unversioned<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (version, body) = bytes.split_first()?;
    (*version == VERSION).then(|| codec::decode(body).ok()).flatten()
}
