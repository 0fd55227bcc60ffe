//! History: what left the state for good, in a tree of its own.
//!
//! Rows come in log order and are packed into pages; records that have ended are found through three
//! small indexes into the pages. Rows that are not durable yet are kept in memory, and readers see
//! both as one.

mod erase;
mod group;
mod index;
mod keys;
mod lists;
mod memory;
mod page;
mod read;

pub use group::GroupHistory;
pub(crate) use memory::Piece;
pub(crate) use read::holders;
