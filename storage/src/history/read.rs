//! Reads what is in the store: rows in order, and one ended record.
//!
//! Everything here blocks. Pages are held against each other: they count the rows before them, so
//! a page that is missing is noticed and never left out in silence.

use std::io;

use bytes::Bytes;
use raft::{Cursor, Family, GroupId, Row, RowLimit};

use super::index::Pointer;
use super::keys;
use super::lists::Lately;
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

/// The groups that have an ended record of that id in the store.
pub(crate) fn holders(frames: &dyn FrameStore, family: Family, id: &str) -> io::Result<Vec<GroupId>> {
    let (from, to) = keys::ended_anywhere(family, id);
    let mut groups = Vec::new();
    frames.history_from(&from, &to, &mut |key, _| {
        groups.extend(keys::group_in(key));
        Ok(true)
    })?;
    Ok(groups)
}

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

    /// The row that carries an ended record.
    pub(super) fn ended(&self, family: Family, id: &str) -> io::Result<Option<Row>> {
        let Some(pointer) = self.pointer(&keys::ended(self.group, family, id))? else { return Ok(None) };
        self.row(&mut Lately::default(), pointer.cursor).map(Some)
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

    pub(super) fn pointer(&self, key: &[u8]) -> io::Result<Option<Pointer>> {
        let value = self.frames.history(key)?;
        value.map(|value| Pointer::decode(&value).map_err(|what| self.malformed(&what))).transpose()
    }

    pub(super) fn row(&self, lately: &mut Lately, cursor: Cursor) -> io::Result<Row> {
        let missing = || self.damaged("a row is missing that an ended record is in");
        if let Some(row) = lately.row(cursor) {
            return Ok(self.mask(row));
        }
        let start = keys::pages(self.group).0;
        let (key, _) = self.frames.history_last(&start, &keys::after_page(self.group, cursor))?.ok_or_else(missing)?;
        lately.keep(self.page(&key)?);
        lately.row(cursor).map(|row| self.mask(row)).ok_or_else(missing)
    }

    /// A row without what was erased.
    fn mask(&self, mut row: Row) -> Row {
        let subject = row.told.subject.as_deref();
        if self.erased.iter().any(|(member, at)| subject == Some(member) && row.cursor < *at) {
            (row.told.personal, row.told.subject) = (Bytes::new(), None);
        }
        row
    }

    pub(super) fn malformed(&self, what: &Malformed) -> io::Error {
        self.damaged(&what.to_string())
    }

    pub(super) fn damaged(&self, what: &str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, format!("the history of group {} is damaged: {what}", self.group))
    }
}
