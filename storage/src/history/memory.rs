//! Rows that are not durable yet: accepted, then on their way to the writer, then gone from here.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use raft::{Cursor, Family, GroupId, Row};

use super::index;
use super::page::{Packing, Values, row_bytes};

/// Rows that are written in one go: about a hundred values, less than a millisecond of sled. As
/// much waits, at most, for somebody who needs it durable.
const PIECE_BYTES: usize = 64 << 10;

/// Rows that may wait when the writer does not keep up: then whoever brings more waits for it.
const WAITING_BYTES_MAX: usize = 4 << 20;

/// The rows of one group that are not durable.
#[derive(Debug, Default)]
pub(super) struct Memory {
    rows: VecDeque<Arc<Row>>,
    /// Of `rows`, in bytes.
    bytes: usize,
    /// The first rows, which are on their way, and their bytes.
    submitted: usize,
    submitted_bytes: usize,
    /// How many rows are durable, from the first of the group on.
    durable: u64,
    /// The last row that was accepted.
    end: Cursor,
    /// What rows up to here erase is gone from the store.
    erased: Cursor,
}

/// What has to be done next for everything to be durable.
pub(super) enum Next {
    /// Write this.
    Write(Piece),
    /// Take what is personal to this member out of the rows before the cursor; see
    /// [`Memory::has_erased`].
    Erase(String, Cursor),
    /// Nothing; `under_way` if some of it is being written.
    Nothing { under_way: bool },
}

/// Rows on their way to the writer, as values, or values that replace older ones.
pub(crate) struct Piece {
    pub(crate) values: Values,
    rows: usize,
    memory: SharedMemory,
}

/// Shared by those who apply, read and write. Never locked across an await.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedMemory(Arc<Mutex<Memory>>);

impl SharedMemory {
    /// With `durable` rows in the store, of which `end` is the last.
    pub(super) fn new(durable: u64, end: Cursor) -> Self {
        Self(Arc::new(Mutex::new(Memory { durable, end, erased: end, ..Memory::default() })))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Memory> {
        // What is written was encoded before: a panic while it was held reaches no disk.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next rows up to the log index `upto`, if some wait; `whole`: only if they fill
    /// whole pages, so that nobody's waiting makes small ones.
    pub(super) fn next(&self, group: GroupId, upto: u64, whole: bool) -> Next {
        let mut memory = self.lock();
        let first = memory.rows.get(memory.submitted).filter(|row| row.cursor.index <= upto);
        if let Some(row) = first
            && let Some(member) = memory.must_erase(row)
        {
            return Next::Erase(member.clone(), row.cursor);
        }
        let (mut values, rows, bytes) = memory.pack(group, upto, whole);
        if rows == 0 {
            return Next::Nothing { under_way: memory.submitted > 0 };
        }
        let taken = memory.rows.range(memory.submitted..memory.submitted + rows);
        values.extend(index::entries(group, taken.map(Arc::as_ref)));
        memory.submitted += rows;
        memory.submitted_bytes += bytes;
        Next::Write(Piece { values, rows, memory: self.clone() })
    }

    /// A piece that is no new row.
    pub(super) fn replacement(&self, values: Values) -> Piece {
        Piece { values, rows: 0, memory: self.clone() }
    }
}

impl Piece {
    /// It is durable.
    pub(crate) fn written(&self) {
        let mut memory = self.memory.lock();
        for _ in 0..self.rows {
            let bytes = memory.rows.pop_front().map_or(0, |row| row_bytes(&row));
            memory.bytes -= bytes;
            memory.submitted_bytes -= bytes;
        }
        memory.submitted -= self.rows;
        memory.durable += self.rows as u64;
    }

    pub(crate) fn bytes(&self) -> usize {
        self.values.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len)).sum()
    }
}

impl Memory {
    /// Takes rows in, but those that are there already.
    // Invariant: rows come in the order of the log, and a replay brings the same ones again.
    pub(super) fn append(&mut self, rows: Vec<Row>) {
        for row in rows {
            if row.cursor <= self.end && self.count() > 0 {
                continue;
            }
            if let Some(member) = &row.told.erases {
                self.strip(member);
            }
            self.end = row.cursor;
            self.bytes += row_bytes(&row);
            self.rows.push_back(Arc::new(row));
        }
    }

    /// What is here loses what is personal to `member`. Rows on their way were encoded before:
    /// they are erased with what is in the store.
    fn strip(&mut self, member: &str) {
        for (place, row) in self.rows.iter_mut().enumerate() {
            if row.told.subject.as_deref() == Some(member) {
                let before = row_bytes(row);
                let told = &mut Arc::make_mut(row).told;
                (told.personal, told.subject) = (Bytes::new(), None);
                let less = before - row_bytes(row);
                self.bytes -= less;
                self.submitted_bytes -= if place < self.submitted { less } else { 0 };
            }
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.durable + self.rows.len() as u64
    }

    pub(super) fn durable(&self) -> u64 {
        self.durable
    }

    pub(super) fn end(&self) -> Cursor {
        self.end
    }

    /// Enough waits to be worth writing.
    pub(super) fn is_worth_writing(&self) -> bool {
        self.bytes - self.submitted_bytes >= PIECE_BYTES
    }

    /// Nobody may bring more before some of it is written.
    pub(super) fn is_full(&self) -> bool {
        self.bytes >= WAITING_BYTES_MAX
    }

    /// Whether every row after `after` is here, so that the store has nothing to add.
    pub(super) fn reaches(&self, after: Cursor) -> bool {
        let oldest = self.rows.front().map_or(self.end, |row| row.cursor);
        self.durable == 0 || oldest <= after
    }

    /// The rows after `after` up to the log index `upto`, at most `limit`.
    pub(super) fn rows(&self, after: Cursor, upto: u64, limit: usize) -> Vec<Arc<Row>> {
        let start = self.rows.partition_point(|row| row.cursor <= after);
        let rows = self.rows.range(start..).take_while(|row| row.cursor.index <= upto);
        rows.take(limit).cloned().collect()
    }

    /// All rows, the last first.
    pub(super) fn latest(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.rows.iter().rev()
    }

    /// The last row here that ended this record.
    pub(super) fn ended(&self, family: Family, id: &str) -> Option<&Arc<Row>> {
        let ends = |row: &&Arc<Row>| row.told.ends.iter().any(|ended| ended.family == family && ended.id == id);
        self.latest().find(ends)
    }

    /// Members that were erased and whose rows in the store may still have a personal part, with
    /// the row that erased them.
    pub(super) fn erasures(&self) -> Vec<(String, Cursor)> {
        let erasing = self.rows.iter().filter_map(|row| Some((row.told.erases.clone()?, row.cursor)));
        erasing.collect()
    }

    /// What the row at `cursor` and those before erase is gone from the store.
    pub(super) fn has_erased(&mut self, cursor: Cursor) {
        self.erased = self.erased.max(cursor);
    }

    fn must_erase<'a>(&self, row: &'a Row) -> Option<&'a String> {
        row.told.erases.as_ref().filter(|_| row.cursor > self.erased)
    }

    /// Pages of the first rows that wait: their values, how many rows, and those rows' bytes.
    fn pack(&self, group: GroupId, upto: u64, whole: bool) -> (Values, usize, usize) {
        let mut packing = Packing::after(group, self.durable + self.submitted as u64);
        let (mut values, mut rows, mut bytes) = (Values::new(), 0, 0);
        let mut open_bytes = 0;
        let mut cut_short = whole;
        for row in self.rows.range(self.submitted..) {
            // Order: an erasing row is written only when what it erases is gone.
            if row.cursor.index > upto || self.must_erase(row).is_some() {
                cut_short = false;
                break;
            }
            if bytes >= PIECE_BYTES {
                cut_short = true;
                break;
            }
            let open = packing.count() as usize;
            if let Some(full) = packing.add(row) {
                values.extend(full);
                rows += open;
                bytes += open_bytes;
                open_bytes = 0;
            }
            open_bytes += row_bytes(row);
        }
        if !cut_short {
            rows += packing.count() as usize;
            bytes += open_bytes;
            values.extend(packing.values());
        }
        (values, rows, bytes)
    }
}
