//! What leaves the state for good: a row for each event, in the order of the log, for years.
//!
//! Rows follow from the log alone, so every replica has the same ones: nothing is ever replaced,
//! only continued. What a row says is the state machine's matter; here it is bytes with what is
//! needed to find, send and erase them.

use std::io;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::Cursor;

/// A kind of record that ends and is still looked for: reservations, and what may follow them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Family(pub u8);

/// A record that an event ended. The event carries it whole; a later event of the same id stands
/// in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Of which kind.
    pub family: Family,
    /// Its name within family and group; at most 128 bytes.
    pub id: String,
    /// What lists are ordered by: the start of a reservation, in milliseconds.
    pub sort: i64,
    /// Whose it is, where there are lists of somebody's: a member's id, at most 128 bytes.
    pub owner: Option<String>,
}

/// One event for the history, before it has its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What stays.
    pub open: Bytes,
    /// Free text; empty where there is none, and once its member is erased.
    pub personal: Bytes,
    /// The member whose text it is.
    pub subject: Option<String>,
    /// The records that it ended.
    pub ends: Vec<Ended>,
    /// The member that it erased: every earlier row loses that member's personal part.
    pub erases: Option<String>,
}

/// One row of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Where it happened: the cursor that watchers see as well.
    pub cursor: Cursor,
    /// What happened.
    pub told: Told,
}

/// How much to read at once; at least one row is.
#[derive(Clone, Copy, Debug)]
pub struct RowLimit {
    /// Rows.
    pub rows: usize,
    /// Bytes of rows.
    pub bytes: usize,
}

/// Which ended records to list: those with the greatest sort key first, and of one sort key by id.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Of which kind.
    pub family: Family,
    /// Only those of this owner.
    pub owner: Option<String>,
    /// Sort keys from here.
    pub from: i64,
    /// To before here.
    pub to: i64,
    /// Only what comes after this one in the list.
    pub after: Option<(i64, String)>,
    /// At most so many.
    pub limit: usize,
}

/// A record of a [`Listing`], with the row that carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its sort key.
    pub sort: i64,
    /// Its id.
    pub id: String,
    /// The event that carries it.
    pub row: Row,
}

/// Keeps the history of one group: in memory what is new, in the store the rest. Readers see both
/// as one.
pub trait HistoryStore: Send + Sync + 'static {
    /// Takes rows in, in order; those that it has already are left out, so that replaying a log
    /// doubles nothing. Touches no disk.
    fn append(&self, rows: Vec<Row>);

    /// Has what waits written along with the log, where it is worth it and nobody has to wait.
    /// True where so much waits that the caller has to [`flush`](HistoryStore::flush).
    fn offer(&self) -> bool;

    /// Returns once all rows up to the log index `upto` are durable, and everything that one of
    /// them erases is gone.
    fn flush(&self, upto: u64) -> BoxFuture<'_, io::Result<()>>;

    /// How many rows there are, from the first of the group on.
    fn count(&self) -> u64;

    /// The last row there is.
    fn end(&self) -> Cursor;

    /// The rows after `after` and up to the log index `upto`, in order.
    fn rows(&self, after: Cursor, upto: u64, limit: RowLimit) -> BoxFuture<'_, io::Result<Vec<Row>>>;

    /// The latest row that ended this record.
    fn ended(&self, family: Family, id: String) -> BoxFuture<'_, io::Result<Option<Row>>>;

    /// Ended records.
    fn list_ended(&self, listing: Listing) -> BoxFuture<'_, io::Result<Vec<Listed>>>;
}
