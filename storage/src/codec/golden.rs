//! The bytes of every kind of record, as they are for ever: a store written today is read by
//! every later release. Made by hand from the layout, not by this code. A change here is a
//! migration.

use std::collections::BTreeSet;

use bytes::Bytes;
use openraft::EntryPayload;
use openraft::impls::leader_id_adv::LeaderId;
use raft::{Batch, Entry, LogId, SnapshotMeta, StoredMembership, Vote};

use super::ids::Membership;
use super::*;
use crate::Identity;

const HEADER: &str =
    concat!("01010100200000005591fc0007000000000000000a0000000b0000000c000000000000000d00000000000000",);

const APPENDED: &str = concat!(
    "01020100a50000004f18098a0900000000000000030000001900000001000000000000000200000000000000030000000000",
    "000000270000000100000000000000020000000000000004000000000000000102000000020000006869000000004d000000",
    "0100000000000000020000000000000005000000000000000201000000020000000100000000000000020000000000000003",
    "000000010000000000000002000000000000000300000000000000",
);

const REWRITTEN: &str = concat!(
    "01030100a500000082104f4f0900000000000000030000001900000001000000000000000200000000000000030000000000",
    "000000270000000100000000000000020000000000000004000000000000000102000000020000006869000000004d000000",
    "0100000000000000020000000000000005000000000000000201000000020000000100000000000000020000000000000003",
    "000000010000000000000002000000000000000300000000000000",
);

const STATE: &str = concat!(
    "010401003d000000ec0f59440900000000000000010300000000000000020000000000000001010100000000000000020000",
    "0000000000030000000000000000010500000000000000",
);

const PUBLISHED: &str = concat!(
    "010501008600000044b45cd10900000000000000040000000000000002000000f5170000000000004d000000010100000000",
    "0000000200000000000000030000000000000001010000000000000002000000000000000100000000000000010000000200",
    "00000100000000000000020000000000000003000000010000000000000002000000000000000300000000000000",
);

const WITNESS: &str = concat!(
    "0107010043000000ce403a2d050000000000000007000000000000000b000000010000000900000000000000010300000000",
    "0000000200000000000000010105000000000000000400000000000000",
);

const IDENTITY: &str = concat!("01080100100000005a386b84020000000000000004000000636c7562",);

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn id(index: u64) -> LogId {
    LogId { leader_id: LeaderId { term: 1, node_id: 2 }, index }
}

fn vote() -> Vote {
    Vote { leader_id: LeaderId { term: 3, node_id: 2 }, committed: true }
}

fn membership() -> Membership {
    Membership::new(vec![BTreeSet::from([1, 2])], BTreeSet::from([1, 2, 3])).unwrap()
}

fn entries() -> Vec<Entry> {
    let commands = Batch(vec![Bytes::from_static(b"hi"), Bytes::new()]);
    vec![
        Entry { log_id: id(3), payload: EntryPayload::Blank },
        Entry { log_id: id(4), payload: EntryPayload::Normal(commands) },
        Entry { log_id: id(5), payload: EntryPayload::Membership(membership()) },
    ]
}

/// What is read back from a record of `kind`.
fn read<T>(bytes: &[u8], kind: Kind, decode: impl FnOnce(&[u8]) -> Result<T, Malformed>) -> T {
    let record = take(&mut Reader::new(bytes)).unwrap();
    assert_eq!(record.kind, kind);
    decode(record.payload).unwrap()
}

#[test]
fn header() {
    let header = Header { number: 7, length: 10, body: 11, live: 12, fold: 13 };
    let mut bytes = Vec::new();
    header.encode(&mut bytes);
    assert_eq!(hex(&bytes), HEADER);
    assert_eq!(read(&bytes, Kind::Header, Header::decode), header);
}

#[test]
fn appended_and_rewritten() {
    let (bytes, sizes) = encode_appended(9, &entries());
    assert_eq!(hex(&bytes), APPENDED);
    let record = take(&mut Reader::new(&bytes)).unwrap();
    let (group, read) = decode_appended(record.payload).unwrap();
    assert_eq!((group, read.iter().map(EncodedEntry::size).collect::<Vec<_>>()), (9, sizes));
    assert!(read.iter().map(|entry| entry.entry.clone()).eq(entries()));
    let mut again = Vec::new();
    encode_rewritten(&mut again, 9, &read);
    assert_eq!(hex(&again), REWRITTEN);
    assert!(decode_appended(&record.payload[..record.payload.len() - 1]).is_err());
}

#[test]
fn state() {
    let state = State { vote: Some(vote()), purged: Some(id(3)), committed: None, last: Some(5) };
    let mut bytes = Vec::new();
    state.encode(9, &mut bytes);
    assert_eq!(hex(&bytes), STATE);
    assert_eq!(read(&bytes, Kind::State, State::decode), (9, state));
}

#[test]
fn published() {
    let last_membership = StoredMembership::new(Some(id(1)), membership());
    let meta = SnapshotMeta { last_log_id: Some(id(3)), last_membership };
    let published = Published { group: 9, sequence: 4, meta, parts: 2, length: 6133, checksum: 77 };
    let mut bytes = Vec::new();
    published.encode(&mut bytes);
    assert_eq!(hex(&bytes), PUBLISHED);
    assert_eq!(read(&bytes, Kind::Published, Published::decode), published);
}

#[test]
fn witness() {
    let note = Note { group: 9, vote: Some(vote()), last: Some(5), snapshot: 4 };
    let witness = WitnessNote { generation: 5, frame: 7, body: 11, groups: vec![note] };
    assert_eq!(hex(&witness.encode()), WITNESS);
    assert_eq!(WitnessNote::decode(&witness.encode()).unwrap(), witness);
}

#[test]
fn identity() {
    let identity = Identity { cluster_id: "club".into(), node: 2 };
    assert_eq!(hex(&encode_identity(&identity)), IDENTITY);
    assert_eq!(decode_identity(&encode_identity(&identity)).unwrap(), identity);
}
