//! The export as rows: tables of the original read into memory, whatever they hold.
//!
//! SQL text is run in an SQLite database in memory, in the order given and with foreign keys off,
//! because an export lists tables and rows in no helpful order. Cells keep SQLite's own types: what
//! a cell should have been is decided where it is used, so that one broken row costs one row.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use crate::original::Record;

/// How an SQLite file begins.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";

/// Tables that every export has.
const REQUIRED: [&str; 4] = ["facilities", "courts", "members", "reservations"];

/// The tables of an export.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) facilities: Vec<Record>,
    pub(super) courts: Vec<Record>,
    pub(super) members: Vec<Record>,
    pub(super) reservations: Vec<Record>,
    pub(super) waitlist: Vec<Record>,
    pub(super) blocks: Vec<Record>,
    pub(super) cancellations: Vec<Record>,
    pub(super) no_shows: Vec<Record>,
    pub(super) notifications: Vec<Record>,
}

impl Tables {
    /// All of them, by the original's names, in the order of import.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, &Vec<Record>)> {
        let logs = [
            ("cancellation_log", &self.cancellations),
            ("no_show_log", &self.no_shows),
            ("notification_log", &self.notifications),
        ];
        std::iter::once(("facilities", &self.facilities)).chain(self.of_facilities()).chain(logs)
    }

    /// Those whose rows name their facility and are created under it.
    pub(super) fn of_facilities(&self) -> [(&'static str, &Vec<Record>); 5] {
        [
            ("courts", &self.courts),
            ("members", &self.members),
            ("reservations", &self.reservations),
            ("availability_blocks", &self.blocks),
            ("waitlist", &self.waitlist),
        ]
    }
}

/// Reads an export, SQL text or SQLite file.
pub(super) fn open(file: &Path) -> Result<Tables> {
    let mut head = Vec::new();
    let opened = std::fs::File::open(file).with_context(|| format!("failed to open {}", file.display()))?;
    opened.take(SQLITE_MAGIC.len() as u64).read_to_end(&mut head)?;
    if head == SQLITE_MAGIC {
        let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        return tables(&db);
    }
    let sql = std::fs::read_to_string(file).with_context(|| format!("failed to read {} as text", file.display()))?;
    from_sql(&sql).with_context(|| format!("failed to run the statements of {}", file.display()))
}

/// Reads an export from its SQL text.
pub(super) fn from_sql(sql: &str) -> Result<Tables> {
    let db = Connection::open_in_memory()?;
    // An export is somebody else's program: it may fill its own memory, never reach a file.
    db.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    db.pragma_update(None, "foreign_keys", false)?;
    db.execute_batch(sql)?;
    tables(&db)
}

fn tables(db: &Connection) -> Result<Tables> {
    let names: Vec<String> = db
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let has = |table: &str| names.iter().any(|name| name == table);
    if let Some(table) = REQUIRED.into_iter().find(|table| !has(table)) {
        bail!("this is no export of the original system: there is no table {table}");
    }
    // A club that never used them may be without the others.
    let if_there = |table| if has(table) { records(db, table) } else { Ok(Vec::new()) };
    Ok(Tables {
        facilities: records(db, "facilities")?,
        courts: records(db, "courts")?,
        members: records(db, "members")?,
        reservations: records(db, "reservations")?,
        waitlist: if_there("waitlist")?,
        blocks: if_there("availability_blocks")?,
        cancellations: if_there("cancellation_log")?,
        no_shows: if_there("no_show_log")?,
        notifications: if_there("notification_log")?,
    })
}

/// All rows of a table in the order they were written. The name is one of ours, never the file's.
fn records(db: &Connection, table: &'static str) -> Result<Vec<Record>> {
    let rows = Record::query(db, &format!("SELECT * FROM {table}"), &[]);
    rows.with_context(|| format!("failed to read table {table}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "CREATE TABLE facilities (id TEXT); CREATE TABLE courts (id TEXT, n); \
                         CREATE TABLE members (id TEXT REFERENCES facilities(id)); CREATE TABLE reservations (id TEXT);";

    #[test]
    fn cells_keep_what_they_hold() {
        let tables =
            from_sql(&format!("{EMPTY} INSERT INTO courts VALUES ('a', 7), ('b', '8'), ('c', NULL), ('d', 'x');"))
                .unwrap();
        let seen: Vec<_> = tables.courts.iter().map(|row| (row.text("n"), row.int("n"))).collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(seen, [(text("7"), Some(7)), (text("8"), Some(8)), (None, None), (text("x"), None)]);
        assert_eq!(tables.courts[0].text("no_such_column"), None);
    }

    #[test]
    fn rows_may_come_before_what_they_refer_to() {
        let tables = from_sql(&format!("{EMPTY} INSERT INTO members VALUES ('nowhere');")).unwrap();
        assert_eq!(tables.members.len(), 1);
    }

    #[test]
    fn an_export_cannot_touch_files() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("planted.db");
        let attach = from_sql(&format!("{EMPTY} ATTACH DATABASE '{}' AS planted;", target.display()));
        let vacuum = from_sql(&format!("{EMPTY} VACUUM INTO '{}';", target.display()));
        assert!(attach.is_err() && vacuum.is_err() && !target.exists(), "{attach:?} {vacuum:?}");
    }

    #[test]
    fn a_file_that_is_something_else_says_so() {
        let error = from_sql("CREATE TABLE other (id);").unwrap_err().to_string();
        assert!(error.contains("no table facilities"), "{error}");
    }

    #[test]
    fn an_sqlite_file_reads_like_its_sql() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("export.sqlite");
        let db = Connection::open(&file).unwrap();
        db.execute_batch(&format!("{EMPTY} INSERT INTO courts VALUES ('a', 7);")).unwrap();
        drop(db);
        assert_eq!(open(&file).unwrap().courts.len(), 1);
    }
}
