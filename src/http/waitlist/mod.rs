//! Who waits for a court: entries, and the offers made to them.

mod view;
pub(crate) mod wish;

pub(crate) mod entries;
pub(crate) mod join;
pub(crate) mod offers;
pub(crate) mod page;
pub(crate) mod ranking;

pub(crate) use view::EntryStatus;
