//! The payloads that are not entries: frame header, group state, snapshot, witness, identity.

use raft::{GroupId, LogId, SnapshotMeta, Vote};

use super::ids::{put_log_id, put_snapshot_meta, put_u64, put_vote, take_log_id, take_snapshot_meta, take_vote};
use super::reader::{Malformed, Reader, put_length, put_option};
use super::record::{Kind, put, take};
use crate::Identity;

/// First record of every frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The frame's own number.
    pub(crate) number: u64,
    /// Bytes that follow the header.
    pub(crate) length: u32,
    /// crc32c of the bytes that follow.
    pub(crate) body: u32,
    /// How many frames hold something live, this one included.
    pub(crate) live: u64,
    /// A sum over their numbers: a frame that went missing does not go unnoticed.
    pub(crate) fold: u64,
}

impl Header {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put(out, Kind::Header, |out| {
            put_u64(out, self.number);
            out.extend_from_slice(&self.length.to_le_bytes());
            out.extend_from_slice(&self.body.to_le_bytes());
            put_u64(out, self.live);
            put_u64(out, self.fold);
        });
    }

    pub(crate) fn decode(payload: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(payload);
        let header =
            Self { number: from.u64()?, length: from.u32()?, body: from.u32()?, live: from.u64()?, fold: from.u64()? };
        from.finish()?;
        Ok(header)
    }
}

/// Where a group stands, apart from its entries. The newest one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) vote: Option<Vote>,
    /// Entries up to here are gone.
    pub(crate) purged: Option<LogId>,
    pub(crate) committed: Option<LogId>,
    /// Index of the last entry; nothing when there is none.
    pub(crate) last: Option<u64>,
}

impl State {
    pub(crate) fn encode(&self, group: GroupId, out: &mut Vec<u8>) {
        put(out, Kind::State, |out| {
            put_u64(out, group);
            put_option(out, self.vote, put_vote);
            put_option(out, self.purged, put_log_id);
            put_option(out, self.committed, put_log_id);
            put_option(out, self.last, put_u64);
        });
    }

    pub(crate) fn decode(payload: &[u8]) -> Result<(GroupId, Self), Malformed> {
        let mut from = Reader::new(payload);
        let group = from.u64()?;
        let state = Self {
            vote: from.option(take_vote)?,
            purged: from.option(take_log_id)?,
            committed: from.option(take_log_id)?,
            last: from.option(Reader::u64)?,
        };
        from.finish()?;
        Ok((group, state))
    }
}

/// A snapshot whose chunks are all durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) group: GroupId,
    /// Which of the group's snapshots, counted from 1.
    pub(crate) sequence: u64,
    pub(crate) meta: SnapshotMeta,
    /// Number of chunks.
    pub(crate) parts: u32,
    /// Bytes of the whole.
    pub(crate) length: u64,
    /// crc32c of the whole.
    pub(crate) checksum: u32,
}

impl Published {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put(out, Kind::Published, |out| {
            put_u64(out, self.group);
            put_u64(out, self.sequence);
            out.extend_from_slice(&self.parts.to_le_bytes());
            put_u64(out, self.length);
            out.extend_from_slice(&self.checksum.to_le_bytes());
            put_snapshot_meta(out, &self.meta);
        });
    }

    pub(crate) fn decode(payload: &[u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(payload);
        let (group, sequence, parts) = (from.u64()?, from.u64()?, from.u32()?);
        let (length, checksum) = (from.u64()?, from.u32()?);
        let meta = take_snapshot_meta(&mut from)?;
        from.finish()?;
        Ok(Self { group, sequence, meta, parts, length, checksum })
    }
}

/// What the witness knows of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) group: GroupId,
    pub(crate) vote: Option<Vote>,
    pub(crate) last: Option<u64>,
    /// Sequence of the published snapshot; 0 for none.
    pub(crate) snapshot: u64,
}

/// How far the frames had come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct WitnessNote {
    /// Counts the notes: of the two files the one with the larger number is newer.
    pub(crate) generation: u64,
    /// The last frame; 0 for none.
    pub(crate) frame: u64,
    /// Checksum of its body.
    pub(crate) body: u32,
    pub(crate) groups: Vec<Note>,
}

impl WitnessNote {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.groups.len() * 64);
        put(&mut out, Kind::Witness, |out| {
            put_u64(out, self.generation);
            put_u64(out, self.frame);
            out.extend_from_slice(&self.body.to_le_bytes());
            put_length(out, self.groups.len());
            for note in &self.groups {
                put_u64(out, note.group);
                put_option(out, note.vote, put_vote);
                put_option(out, note.last, put_u64);
                put_u64(out, note.snapshot);
            }
        });
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut file = Reader::new(bytes);
        let record = take(&mut file)?;
        file.finish()?;
        if record.kind != Kind::Witness {
            return Err(Malformed("not a witness"));
        }
        let mut from = Reader::new(record.payload);
        let (generation, frame, body) = (from.u64()?, from.u64()?, from.u32()?);
        let count = from.count(18)?;
        let groups = (0..count).map(|_| take_note(&mut from)).collect::<Result<_, _>>()?;
        from.finish()?;
        Ok(Self { generation, frame, body, groups })
    }
}

fn take_note(from: &mut Reader<'_>) -> Result<Note, Malformed> {
    Ok(Note {
        group: from.u64()?,
        vote: from.option(take_vote)?,
        last: from.option(Reader::u64)?,
        snapshot: from.u64()?,
    })
}

/// Whose store this is, as a record.
pub(crate) fn encode_identity(identity: &Identity) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, Kind::Identity, |out| {
        put_u64(out, identity.node);
        put_length(out, identity.cluster_id.len());
        out.extend_from_slice(identity.cluster_id.as_bytes());
    });
    out
}

pub(crate) fn decode_identity(bytes: &[u8]) -> Result<Identity, Malformed> {
    let record = take(&mut Reader::new(bytes))?;
    if record.kind != Kind::Identity {
        return Err(Malformed("not an identity"));
    }
    let mut from = Reader::new(record.payload);
    let node = from.u64()?;
    let length = from.count(1)?;
    let cluster_id = std::str::from_utf8(from.bytes(length)?).map_err(|_| Malformed("not text"))?.to_owned();
    from.finish()?;
    Ok(Identity { cluster_id, node })
}
