//! The clock that proposals are stamped with, and when not to believe it.

mod guard;
mod stamps;

pub(crate) use stamps::Stamps;
