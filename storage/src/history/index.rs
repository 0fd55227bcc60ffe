//! The three indexes of ended records: where the row of an id is, which ids have sort keys near
//! each other, and what is whose. All follow from the rows and are written together with them.

use std::collections::BTreeMap;

use raft::{Cursor, Family, GroupId, Row};

use super::keys;
use super::page::{Values, put_name, read_name};
use crate::codec::{HEAD, Kind, Malformed, Reader, put, take};
use crate::frames::VALUE_BYTES_MAX;

/// Bytes of a bucket's value before its records, head and group included.
const FRONT: usize = HEAD + 8 + 4;

/// An ended record: the row that carries it, its sort key, its id.
type Record<'a> = (Cursor, i64, &'a str);

/// Where the row is that carries an ended record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    pub(super) sort: i64,
    pub(super) cursor: Cursor,
}

impl Pointer {
    fn encode(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD + 20);
        put(&mut out, Kind::HistoryPointer, |out| {
            out.extend_from_slice(&self.sort.to_le_bytes());
            out.extend_from_slice(&self.cursor.index.to_le_bytes());
            out.extend_from_slice(&self.cursor.ordinal.to_le_bytes());
        });
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut from = payload(bytes, Kind::HistoryPointer)?;
        let sort = from.u64()?.cast_signed();
        let cursor = Cursor { index: from.u64()?, ordinal: from.u32()? };
        from.finish()?;
        Ok(Self { sort, cursor })
    }
}

/// The index entries of rows that are written together.
pub(super) fn entries<'a>(group: GroupId, rows: impl Iterator<Item = &'a Row>) -> Values {
    let mut pointers: BTreeMap<Vec<u8>, Pointer> = BTreeMap::new();
    let mut buckets: BTreeMap<(Family, u64), Vec<Record<'_>>> = BTreeMap::new();
    for row in rows {
        for ended in &row.told.ends {
            let pointer = Pointer { sort: ended.sort, cursor: row.cursor };
            pointers.insert(keys::ended(group, ended.family, &ended.id), pointer);
            if let Some(owner) = &ended.owner {
                pointers.insert(keys::owned(group, ended.family, owner, ended.sort, &ended.id), pointer);
            }
            let bucket = buckets.entry((ended.family, keys::bucket_of(ended.sort))).or_default();
            bucket.push((row.cursor, ended.sort, &ended.id));
        }
    }
    let mut values: Values = pointers.into_iter().map(|(key, pointer)| (key, Some(pointer.encode()))).collect();
    for ((family, bucket), records) in buckets {
        let first = records[0].0;
        for (part, value) in (0..).zip(cut_bucket(group, &records)) {
            values.push((keys::bucket(group, family, bucket, first, part), Some(value)));
        }
    }
    values
}

fn cut_bucket(group: GroupId, records: &[Record<'_>]) -> Vec<Vec<u8>> {
    let mut cut = Vec::new();
    let mut rest = records;
    while !rest.is_empty() {
        let mut room = VALUE_BYTES_MAX - FRONT;
        let fit = rest.iter().take_while(|(.., id)| {
            let fits = room >= id.len() + 9;
            room = room.saturating_sub(id.len() + 9);
            fits
        });
        let (now, later) = rest.split_at(fit.count().max(1));
        cut.push(encode_bucket(group, now));
        rest = later;
    }
    cut
}

fn encode_bucket(group: GroupId, records: &[Record<'_>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(VALUE_BYTES_MAX);
    put(&mut out, Kind::HistoryBucket, |out| {
        out.extend_from_slice(&group.to_le_bytes());
        out.extend_from_slice(&u32::try_from(records.len()).unwrap_or(u32::MAX).to_le_bytes());
        for (_, sort, id) in records {
            out.extend_from_slice(&sort.to_le_bytes());
            put_name(out, id);
        }
    });
    out
}

/// The records of one value of a bucket: sort keys and ids.
pub(super) fn decode_bucket(bytes: &[u8], group: GroupId) -> Result<Vec<(i64, String)>, Malformed> {
    let mut from = payload(bytes, Kind::HistoryBucket)?;
    if from.u64()? != group {
        return Err(Malformed("a bucket of another group"));
    }
    let count = from.count(9)?;
    let records = (0..count).map(|_| Ok((from.u64()?.cast_signed(), read_name(&mut from)?)));
    let records = records.collect::<Result<_, _>>()?;
    from.finish()?;
    Ok(records)
}

fn payload(bytes: &[u8], kind: Kind) -> Result<Reader<'_>, Malformed> {
    let mut from = Reader::new(bytes);
    let record = take(&mut from)?;
    from.finish()?;
    if record.kind == kind { Ok(Reader::new(record.payload)) } else { Err(Malformed("another record in its place")) }
}
