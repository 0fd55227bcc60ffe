//! Walks a store from the version it has to the newest one, a step at a time.

use crate::{MigrateError, record, step};

/// The tree that holds the version record; storage keeps its identity there as well.
pub const META_TREE: &str = "meta";

/// The version that this program reads and writes.
pub const LATEST: u32 = step::STEPS.len() as u32;

/// Brings `db` to [`LATEST`] and returns the version it had: 0 for a store without anything in it.
///
/// Safe to kill in between: a step writes its outcome before the record says so, and is harmless
/// when run again. Flushes after every step; the caller makes the flush durable.
pub fn migrate(db: &sled::Db) -> Result<u32, MigrateError> {
    let meta = db.open_tree(META_TREE)?;
    let found = match meta.get(record::KEY)? {
        Some(bytes) => record::decode(&bytes)?,
        None if is_empty(db)? => 0,
        None => return Err(MigrateError::Unversioned),
    };
    if found > LATEST {
        return Err(MigrateError::Newer { found, known: LATEST });
    }
    for (version, step) in (1..=LATEST).zip(step::STEPS).skip_while(|(version, _)| *version <= found) {
        step(db)?;
        // Order: what the step wrote is flushed before the record says that it is there.
        db.flush()?;
        meta.insert(record::KEY, &record::encode(version))?;
        db.flush()?;
    }
    Ok(found)
}

fn is_empty(db: &sled::Db) -> Result<bool, MigrateError> {
    for name in db.tree_names() {
        if !db.open_tree(name)?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn db() -> sled::Db {
        sled::Config::new().temporary(true).flush_every_ms(None).open().unwrap()
    }

    #[test]
    fn a_fresh_store_gets_the_newest_version_and_keeps_it() {
        let db = db();
        assert_eq!(migrate(&db).unwrap(), 0);
        assert_eq!(migrate(&db).unwrap(), LATEST);
    }

    #[test]
    fn a_store_of_a_newer_release_is_refused_and_left_alone() {
        let db = db();
        let meta = db.open_tree(META_TREE).unwrap();
        meta.insert(record::KEY, &record::encode(LATEST + 1)).unwrap();
        let refused = migrate(&db).unwrap_err();
        assert!(matches!(refused, MigrateError::Newer { found, known } if found == LATEST + 1 && known == LATEST));
        assert_eq!(meta.get(record::KEY).unwrap().unwrap(), &record::encode(LATEST + 1));
    }

    #[test]
    fn data_without_a_version_is_refused() {
        let db = db();
        db.open_tree("frames").unwrap().insert(b"k", b"v").unwrap();
        assert!(matches!(migrate(&db), Err(MigrateError::Unversioned)));
    }

    #[test]
    fn a_step_that_was_cut_short_is_run_again() {
        let db = db();
        for step in step::STEPS {
            step(&db).unwrap();
        }
        // The record was not written yet: the kill came before it.
        assert_eq!(migrate(&db).unwrap(), 0);
        assert_eq!(migrate(&db).unwrap(), LATEST);
    }

    #[test]
    fn a_damaged_record_is_refused() {
        let db = db();
        migrate(&db).unwrap();
        db.open_tree(META_TREE).unwrap().insert(record::KEY, b"courtd").unwrap();
        assert!(matches!(migrate(&db), Err(MigrateError::Record(_))));
    }
}
