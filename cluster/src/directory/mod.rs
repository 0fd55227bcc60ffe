//! Group 0: which nodes there are, which facilities exist and on which nodes they live, and which
//! keys open what.
//!
//! A second state machine beside the facility's, as pure as that one: it knows no network and no
//! clock. What its records lead to on a node is in `groups`.

mod command;
mod keys;
mod record;
mod slugs;
mod snapshot;
mod state;

pub(crate) use command::{DirectoryCommand, DirectoryRefusal, DirectoryReply, Entered, decode_reply};
pub use keys::{Grant, KeyRecord};
pub use record::{FacilityRecord, NodeRecord};
pub(crate) use state::Directory;
