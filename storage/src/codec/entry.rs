//! Log entries as records: appended by raft, or written again by the engine.
//!
//! Payload of both: group, count, then each entry as `[len u32][log id][tag u8][body]`.

use bytes::Bytes;
use openraft::EntryPayload;
use raft::{Batch, Entry, GroupId};

use super::ids::{put_log_id, put_membership, put_u64, take_log_id, take_membership};
use super::reader::{Malformed, Reader, put_length};
use super::record::{Kind, put};

const BLANK: u8 = 0;
const COMMANDS: u8 = 1;
const MEMBERSHIP: u8 = 2;

/// Smallest entry: its length, log id and tag.
const LEAST: usize = 29;

/// An entry as it stands in a record.
#[derive(Clone, Debug)]
pub(crate) struct EncodedEntry<'a> {
    /// The bytes, without their length.
    pub(crate) bytes: &'a [u8],
    /// What they say.
    pub(crate) entry: Entry,
}

impl EncodedEntry<'_> {
    /// Bytes it takes in a record.
    pub(crate) fn size(&self) -> u32 {
        u32::try_from(self.bytes.len() + 4).unwrap_or(u32::MAX)
    }
}

/// A whole record of `entries`, and the bytes each of them takes in it.
pub(crate) fn encode_appended(group: GroupId, entries: &[Entry]) -> (Vec<u8>, Vec<u32>) {
    let mut out = Vec::with_capacity(64 + entries.iter().map(|entry| 48 + payload_bytes(entry)).sum::<usize>());
    let mut sizes = Vec::with_capacity(entries.len());
    put(&mut out, Kind::Appended, |out| {
        put_u64(out, group);
        put_length(out, entries.len());
        for entry in entries {
            let start = out.len();
            put_entry(out, entry);
            sizes.push(u32::try_from(out.len() - start).unwrap_or(u32::MAX));
        }
    });
    (out, sizes)
}

/// Appends a record with live entries of an older frame, byte for byte.
pub(crate) fn encode_rewritten(out: &mut Vec<u8>, group: GroupId, entries: &[EncodedEntry<'_>]) {
    put(out, Kind::Rewritten, |out| {
        put_u64(out, group);
        put_length(out, entries.len());
        for entry in entries {
            put_length(out, entry.bytes.len());
            out.extend_from_slice(entry.bytes);
        }
    });
}

/// Group and entries of an [`Kind::Appended`] or [`Kind::Rewritten`] payload.
pub(crate) fn decode_appended(payload: &[u8]) -> Result<(GroupId, Vec<EncodedEntry<'_>>), Malformed> {
    let mut from = Reader::new(payload);
    let group = from.u64()?;
    let count = from.count(LEAST)?;
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        let length = from.count(1)?;
        let bytes = from.bytes(length)?;
        entries.push(EncodedEntry { bytes, entry: take_entry(bytes)? });
    }
    from.finish()?;
    Ok((group, entries))
}

/// Bytes of commands in an entry: what readers are limited by.
pub(crate) fn payload_bytes(entry: &Entry) -> usize {
    match &entry.payload {
        EntryPayload::Normal(Batch(commands)) => commands.iter().map(|command| command.len() + 4).sum(),
        EntryPayload::Blank | EntryPayload::Membership(_) => 0,
    }
}

fn put_entry(out: &mut Vec<u8>, entry: &Entry) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    put_log_id(out, entry.log_id);
    match &entry.payload {
        EntryPayload::Blank => out.push(BLANK),
        EntryPayload::Normal(Batch(commands)) => {
            out.push(COMMANDS);
            put_length(out, commands.len());
            for command in commands {
                put_length(out, command.len());
                out.extend_from_slice(command);
            }
        }
        EntryPayload::Membership(membership) => {
            out.push(MEMBERSHIP);
            put_membership(out, membership);
        }
    }
    let mut length = Vec::with_capacity(4);
    put_length(&mut length, out.len() - start - 4);
    out[start..start + 4].copy_from_slice(&length);
}

fn take_entry(bytes: &[u8]) -> Result<Entry, Malformed> {
    let mut from = Reader::new(bytes);
    let log_id = take_log_id(&mut from)?;
    let payload = match from.u8()? {
        BLANK => EntryPayload::Blank,
        COMMANDS => EntryPayload::Normal(Batch(take_commands(&mut from)?)),
        MEMBERSHIP => EntryPayload::Membership(take_membership(&mut from)?),
        _ => return Err(Malformed("an entry of an unknown kind")),
    };
    from.finish()?;
    Ok(Entry { log_id, payload })
}

fn take_commands(from: &mut Reader<'_>) -> Result<Vec<Bytes>, Malformed> {
    let count = from.count(4)?;
    (0..count)
        .map(|_| {
            let length = from.count(1)?;
            from.bytes(length).map(Bytes::copy_from_slice)
        })
        .collect()
}
