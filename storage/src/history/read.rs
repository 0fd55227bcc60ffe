//! Reads what is in the store: rows in order, one ended record, lists of them.
//!
//! Everything here blocks. Pages are held against each other: they count the rows before them, so
//! a page that is missing is noticed and never left out in silence.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use raft::{Cursor, Family, GroupId, Listed, Listing, Row, RowLimit};

use super::index::{Pointer, decode_bucket};
use super::keys;
use super::page::{Page, row_bytes};
use crate::codec::Malformed;
use crate::frames::FrameStore;

/// The history of one group as it is in the store.
pub(super) struct Shelf<'a> {
    pub(super) frames: &'a dyn FrameStore,
    pub(super) group: GroupId,
    /// Members erased lately, whose rows may still have to be rewritten.
    pub(super) erased: &'a [(String, Cursor)],
}

/// A page with the key of its first value and how many values it has.
pub(super) struct Found {
    pub(super) page: Page,
    pub(super) parts: u16,
}

/// Gets to see one page; says whether to go on.
type VisitPage<'a> = dyn FnMut(Found) -> io::Result<bool> + 'a;

impl Shelf<'_> {
    /// How many rows there are, and the last of them.
    pub(super) fn end(&self) -> io::Result<(u64, Cursor)> {
        let (from, to) = keys::pages(self.group);
        let Some((key, _)) = self.frames.history_last(&from, &to)? else { return Ok((0, Cursor::default())) };
        let page = self.page(&key)?;
        let last = page.rows.last().ok_or_else(|| self.damaged("a page has no rows"))?;
        Ok((page.end(), last.cursor))
    }

    /// The rows after `after` up to the log index `upto`, and whether these are all, of `durable`
    /// that must be there.
    pub(super) fn rows(&self, after: Cursor, upto: u64, limit: RowLimit, durable: u64) -> io::Result<(Vec<Row>, bool)> {
        let (start, end) = keys::pages(self.group);
        let before = self.frames.history_last(&start, &keys::after_page(self.group, after))?;
        let from = before.map_or(start, |(key, _)| keys::whole_page(&key).0);
        let (mut rows, mut bytes, mut is_full, mut is_over) = (Vec::new(), 0, false, false);
        let mut next = None;
        self.pages(&from, &end, &mut |found| {
            if next.is_some_and(|next| next != found.page.number) {
                return Err(self.damaged("a page is missing"));
            }
            next = Some(found.page.end());
            for row in found.page.rows.into_iter().filter(|row| row.cursor > after) {
                bytes += row_bytes(&row);
                is_over = row.cursor.index > upto;
                is_full = !rows.is_empty() && (rows.len() >= limit.rows || bytes > limit.bytes);
                if is_over || is_full {
                    return Ok(false);
                }
                rows.push(self.mask(row));
            }
            Ok(true)
        })?;
        if !is_over && !is_full && next.unwrap_or(0) < durable {
            return Err(self.damaged("its last page is missing"));
        }
        Ok((rows, !is_full))
    }

    /// The row that a pointer leads to.
    pub(super) fn ended(&self, family: Family, id: &str) -> io::Result<Option<(Pointer, Row)>> {
        let Some(value) = self.frames.history(&keys::ended(self.group, family, id))? else { return Ok(None) };
        let pointer = Pointer::decode(&value).map_err(|what| self.malformed(&what))?;
        Ok(Some((pointer, self.row(pointer.cursor)?)))
    }

    /// Ended records, those in `newer` in place of the store's.
    pub(super) fn list(&self, listing: &Listing, newer: &BTreeMap<String, (i64, Arc<Row>)>) -> io::Result<Vec<Listed>> {
        let Listing { family, from, to, after, limit } = listing;
        let mut listed = Vec::new();
        if from >= to {
            return Ok(listed);
        }
        let top = after.as_ref().map_or(*to - 1, |(sort, _)| (*to - 1).min(*sort));
        let mut before = keys::bucket_of(top) + 1;
        let first = keys::bucket_of(*from);
        let wanted = |sort: i64, id: &str| {
            (*from..*to).contains(&sort) && after.as_ref().is_none_or(|(s, i)| (sort, id) < (*s, i.as_str()))
        };
        while listed.len() < *limit {
            let Some(bucket) = self.bucket_before(*family, first, before, newer)? else { break };
            let mut records: BTreeSet<(i64, String)> = self.bucket(*family, bucket)?.into_iter().collect();
            records.extend(newer.iter().map(|(id, (sort, _))| (*sort, id.clone())));
            let here = |sort: i64| keys::bucket_of(sort) == bucket;
            for (sort, id) in records.into_iter().rev().filter(|(sort, id)| here(*sort) && wanted(*sort, id)) {
                if listed.len() == *limit {
                    break;
                }
                let row = match newer.get(&id) {
                    Some((now, row)) => (*now == sort).then(|| Row::clone(row)),
                    // An older version of the record, with another sort key, is in no list.
                    None => self.ended(*family, &id)?.filter(|(now, _)| now.sort == sort).map(|(_, row)| row),
                };
                listed.extend(row.map(|row| Listed { sort, id, row }));
            }
            before = bucket;
        }
        Ok(listed)
    }

    /// All pages that begin from the key `from` to before `to`.
    pub(super) fn pages(&self, from: &[u8], to: &[u8], visit: &mut VisitPage<'_>) -> io::Result<()> {
        let mut values: Vec<Vec<u8>> = Vec::new();
        let mut key_of_page: Vec<u8> = Vec::new();
        let mut go_on = true;
        let whole = |values: &mut Vec<Vec<u8>>| {
            let page = Page::decode(&values.concat(), self.group).map_err(|what| self.malformed(&what))?;
            let parts = u16::try_from(values.len()).unwrap_or(u16::MAX);
            values.clear();
            Ok::<_, io::Error>(Found { page, parts })
        };
        self.frames.history_from(from, to, &mut |key, value| {
            if !values.is_empty() && !keys::same_page(&key_of_page, key) {
                go_on = visit(whole(&mut values)?)?;
            }
            key_of_page = key.to_vec();
            values.push(value.to_vec());
            Ok(go_on)
        })?;
        if go_on && !values.is_empty() {
            visit(whole(&mut values)?)?;
        }
        Ok(())
    }

    /// The page that a part's key is of.
    fn page(&self, key: &[u8]) -> io::Result<Page> {
        let (from, to) = keys::whole_page(key);
        let mut page = None;
        self.pages(&from, &to, &mut |found| {
            page = Some(found.page);
            Ok(true)
        })?;
        page.ok_or_else(|| self.damaged("a page is missing"))
    }

    fn row(&self, cursor: Cursor) -> io::Result<Row> {
        let missing = || self.damaged("a row is missing that an ended record is in");
        let start = keys::pages(self.group).0;
        let (key, _) = self.frames.history_last(&start, &keys::after_page(self.group, cursor))?.ok_or_else(missing)?;
        let row = self.page(&key)?.rows.into_iter().find(|row| row.cursor == cursor);
        row.map(|row| self.mask(row)).ok_or_else(missing)
    }

    /// The last bucket from `first` to before `before` with anything in it.
    fn bucket_before(
        &self,
        family: Family,
        first: u64,
        before: u64,
        newer: &BTreeMap<String, (i64, Arc<Row>)>,
    ) -> io::Result<Option<u64>> {
        if first >= before {
            return Ok(None);
        }
        let (from, to) = (keys::buckets(self.group, family, first).0, keys::buckets(self.group, family, before).0);
        let stored = self.frames.history_last(&from, &to)?.and_then(|(key, _)| keys::bucket_in(&key));
        let newer = newer.values().map(|(sort, _)| keys::bucket_of(*sort));
        Ok(newer.filter(|bucket| (first..before).contains(bucket)).max().max(stored))
    }

    fn bucket(&self, family: Family, bucket: u64) -> io::Result<Vec<(i64, String)>> {
        let (from, to) = keys::buckets(self.group, family, bucket);
        let mut records = Vec::new();
        self.frames.history_from(&from, &to, &mut |_, value| {
            records.extend(decode_bucket(value, self.group).map_err(|what| self.malformed(&what))?);
            Ok(true)
        })?;
        Ok(records)
    }

    /// A row without what was erased.
    fn mask(&self, mut row: Row) -> Row {
        let subject = row.told.subject.as_deref();
        if self.erased.iter().any(|(member, at)| subject == Some(member) && row.cursor < *at) {
            (row.told.personal, row.told.subject) = (Bytes::new(), None);
        }
        row
    }

    fn malformed(&self, what: &Malformed) -> io::Error {
        self.damaged(&what.to_string())
    }

    fn damaged(&self, what: &str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, format!("the history of group {} is damaged: {what}", self.group))
    }
}
