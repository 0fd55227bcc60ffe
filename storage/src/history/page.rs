//! A page: rows that follow each other, as one record with a checksum.
//!
//! A page knows how many rows came before it, so that one that is missing is noticed by whoever
//! reads on. A row that is larger than a value of sled has a page of its own, in several values.

use bytes::Bytes;
use raft::{Cursor, Ended, Family, GroupId, Row, Told};

use super::keys;
use crate::codec::{HEAD, Kind, Malformed, Reader, put, put_length, take};
use crate::frames::VALUE_BYTES_MAX;

/// Bytes of a page before its rows, in the payload.
const FRONT: usize = 8 + 8 + 4;

/// Bytes of rows that fit into a page of one value.
const ROWS_BYTES_MAX: usize = VALUE_BYTES_MAX - HEAD - FRONT;

/// Rows as they were read from one page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// How many rows of the group come before.
    pub(super) number: u64,
    pub(super) rows: Vec<Row>,
}

impl Page {
    /// How many rows there are up to its end.
    pub(super) fn end(&self) -> u64 {
        self.number + self.rows.len() as u64
    }

    pub(super) fn encode(&self, group: GroupId) -> Vec<u8> {
        let mut packing = Packing::after(group, self.number);
        self.rows.iter().for_each(|row| packing.put(row));
        packing.bytes()
    }

    pub(super) fn decode(bytes: &[u8], group: GroupId) -> Result<Self, Malformed> {
        let mut from = Reader::new(bytes);
        let record = take(&mut from)?;
        from.finish()?;
        if record.kind != Kind::HistoryPage {
            return Err(Malformed("another record in the place of a page"));
        }
        let mut from = Reader::new(record.payload);
        if from.u64()? != group {
            return Err(Malformed("a page of another group"));
        }
        let number = from.u64()?;
        let rows = (0..from.count(12)?).map(|_| read_row(&mut from)).collect::<Result<_, _>>()?;
        from.finish()?;
        Ok(Self { number, rows })
    }
}

/// A page that is being filled.
#[derive(Debug)]
pub(super) struct Packing {
    group: GroupId,
    number: u64,
    first: Option<Cursor>,
    count: u32,
    rows: Vec<u8>,
}

/// A page with its key, in as many values as it takes.
pub(super) type Values = Vec<(Vec<u8>, Option<Vec<u8>>)>;

impl Packing {
    /// The page after `number` rows.
    pub(super) fn after(group: GroupId, number: u64) -> Self {
        Self { group, number, first: None, count: 0, rows: Vec::new() }
    }

    /// How many rows are in it.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Adds a row; if it does not fit, gives back the page before and begins the next with it.
    pub(super) fn add(&mut self, row: &Row) -> Option<Values> {
        let before = self.rows.len();
        put_row(&mut self.rows, row);
        if before == 0 || self.rows.len() <= ROWS_BYTES_MAX {
            self.count += 1;
            self.first.get_or_insert(row.cursor);
            return None;
        }
        let moved = self.rows.split_off(before);
        let next = Self::after(self.group, self.number + u64::from(self.count));
        let full = std::mem::replace(self, next);
        (self.rows, self.count, self.first) = (moved, 1, Some(row.cursor));
        Some(full.values())
    }

    fn put(&mut self, row: &Row) {
        put_row(&mut self.rows, row);
        self.count += 1;
        self.first.get_or_insert(row.cursor);
    }

    fn bytes(&self) -> Vec<u8> {
        let mut page = Vec::with_capacity(HEAD + FRONT + self.rows.len());
        put(&mut page, Kind::HistoryPage, |out| {
            out.extend_from_slice(&self.group.to_le_bytes());
            out.extend_from_slice(&self.number.to_le_bytes());
            out.extend_from_slice(&self.count.to_le_bytes());
            out.extend_from_slice(&self.rows);
        });
        page
    }

    /// What there is; nothing for an empty page.
    pub(super) fn values(self) -> Values {
        self.first.map_or_else(Vec::new, |first| values(self.group, first, &self.bytes(), 0))
    }
}

/// The values of a page that had `parts` of them before.
pub(super) fn values(group: GroupId, first: Cursor, page: &[u8], parts: u16) -> Values {
    let written = (0..).zip(page.chunks(VALUE_BYTES_MAX)).map(|(part, value)| (part, Some(value.to_vec())));
    let written: Vec<(u16, Option<Vec<u8>>)> = written.collect();
    let gone = (u16::try_from(written.len()).unwrap_or(u16::MAX)..parts).map(|part| (part, None));
    written.into_iter().chain(gone).map(|(part, value)| (keys::page(group, first, part), value)).collect()
}

/// About what a row takes.
pub(super) fn row_bytes(row: &Row) -> usize {
    let names = |name: &Option<String>| name.as_ref().map_or(1, |name| name.len() + 1);
    let told = &row.told;
    let ends: usize = told.ends.iter().map(|ended| ended.id.len() + 10 + names(&ended.owner)).sum();
    21 + told.open.len() + told.personal.len() + names(&told.subject) + names(&told.erases) + ends
}

fn put_row(out: &mut Vec<u8>, row: &Row) {
    let Row { cursor, told } = row;
    out.extend_from_slice(&cursor.index.to_le_bytes());
    out.extend_from_slice(&cursor.ordinal.to_le_bytes());
    put_bytes(out, &told.open);
    put_bytes(out, &told.personal);
    put_name(out, told.subject.as_deref().unwrap_or_default());
    put_name(out, told.erases.as_deref().unwrap_or_default());
    out.push(u8::try_from(told.ends.len()).expect("an event ends a few records at most"));
    for ended in &told.ends {
        out.push(ended.family.0);
        put_name(out, &ended.id);
        out.extend_from_slice(&ended.sort.to_le_bytes());
        put_name(out, ended.owner.as_deref().unwrap_or_default());
    }
}

fn read_row(from: &mut Reader<'_>) -> Result<Row, Malformed> {
    let cursor = Cursor { index: from.u64()?, ordinal: from.u32()? };
    let mut bytes = || {
        let length = from.count(1)?;
        from.bytes(length).map(Bytes::copy_from_slice)
    };
    let (open, personal) = (bytes()?, bytes()?);
    let some = |name: String| (!name.is_empty()).then_some(name);
    let (subject, erases) = (some(read_name(from)?), some(read_name(from)?));
    let ends = (0..from.u8()?).map(|_| {
        let family = Family(from.u8()?);
        Ok(Ended { family, id: read_name(from)?, sort: from.u64()?.cast_signed(), owner: some(read_name(from)?) })
    });
    let ends = ends.collect::<Result<_, _>>()?;
    Ok(Row { cursor, told: Told { open, personal, subject, ends, erases } })
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_length(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// A name of up to 255 bytes; the longest there are have 128.
pub(super) fn put_name(out: &mut Vec<u8>, name: &str) {
    out.push(u8::try_from(name.len()).expect("ids are at most 128 bytes"));
    out.extend_from_slice(name.as_bytes());
}

pub(super) fn read_name(from: &mut Reader<'_>) -> Result<String, Malformed> {
    let length = usize::from(from.u8()?);
    let name = std::str::from_utf8(from.bytes(length)?).map_err(|_| Malformed("a name that is no text"))?;
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(index: u64, size: usize) -> Row {
        let told = Told {
            open: vec![7; size].into(),
            personal: Bytes::from_static(b"ill"),
            subject: Some("mbr_1".into()),
            ends: vec![Ended { family: Family(1), id: "rsv_1".into(), sort: -5, owner: Some("mbr_1".into()) }],
            erases: (index == 2).then(|| "mbr_2".into()),
        };
        Row { cursor: Cursor { index, ordinal: 3 }, told }
    }

    #[test]
    fn a_page_has_these_bytes_for_ever() {
        let bytes = Page { number: 6, rows: vec![row(2, 2)] }.encode(9);
        let golden = concat!(
            "010901004f0000000efdf5bf",
            "0900000000000000",
            "0600000000000000",
            "01000000",
            "020000000000000003000000",
            "020000000707",
            "03000000696c6c",
            "056d62725f31",
            "056d62725f32",
            "01010572",
            "73765f31fbffffffffffffff",
            "056d62725f31",
        );
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, golden);
        assert_eq!(Page::decode(&bytes, 9).unwrap(), Page { number: 6, rows: vec![row(2, 2)] });
        assert!(Page::decode(&bytes, 8).is_err(), "a page of another group");
    }

    #[test]
    fn rows_fill_pages_and_a_huge_one_has_several_values() {
        let mut packing = Packing::after(9, 0);
        let mut pages = Vec::new();
        let rows: Vec<Row> = (1..60).map(|index| row(index, if index == 30 { 20_000 } else { 300 })).collect();
        for row in &rows {
            pages.extend(packing.add(row));
        }
        pages.push(packing.values());
        assert!(pages.iter().flatten().all(|(_, value)| value.as_ref().unwrap().len() <= VALUE_BYTES_MAX));
        assert!(pages.iter().any(|page| page.len() == 4), "the huge row");
        let mut read = Vec::new();
        for page in pages {
            let whole: Vec<u8> = page.into_iter().flat_map(|(_, value)| value.unwrap()).collect();
            let page = Page::decode(&whole, 9).unwrap();
            assert_eq!(page.number, read.len() as u64);
            read.extend(page.rows);
        }
        assert_eq!(read, rows);
    }
}
