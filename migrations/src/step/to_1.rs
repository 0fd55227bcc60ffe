//! Nothing → 1: the trees of the first release, empty.
//!
//! Frozen: never edited after its release. `frames` holds the log frames of all groups (key:
//! frame number and part, big endian), `snapshots` the chunks of snapshots (key: group, sequence
//! and part, big endian).

use crate::MigrateError;

const TREES: [&str; 2] = ["frames", "snapshots"];

pub(crate) fn run(db: &sled::Db) -> Result<(), MigrateError> {
    for tree in TREES {
        db.open_tree(tree)?;
    }
    Ok(())
}
