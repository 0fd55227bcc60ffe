//! How it is kept: the logs, snapshots and history of all groups of a node, in one store.
//!
//! One thread writes: whatever waits, of all groups, becomes one *frame*, one flush and one
//! `fdatasync`, and only then is anybody told. Logs live in memory as well, so that replication
//! never reads the store. See `DESIGN.md` for the layout and what it survives.

mod codec;
mod error;
mod failure;
mod frame;
mod frames;
mod history;
mod ledger;
mod log;
mod operation;
mod options;
mod recovery;
mod snapshots;
mod store;
mod view;
mod witness;
mod writer;

pub use error::OpenError;
pub use history::GroupHistory;
pub use log::{GroupLog, GroupLogReader};
pub use options::{Engine, Identity, Options, Stats};
pub use snapshots::GroupSnapshots;
pub use store::Store;
