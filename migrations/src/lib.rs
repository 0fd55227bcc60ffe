//! How old bytes become new bytes: the version of a store, and the steps between versions.
//!
//! Each step is one file with frozen structs of its own, never edited after its release, so that
//! a store of any age walks through the same steps. Knows nothing of the live types of the
//! machine, of raft, or of the log engine: it sees trees of bytes.

mod error;
mod record;
mod run;
mod step;

pub use error::MigrateError;
pub use run::{LATEST, META_TREE, migrate};
