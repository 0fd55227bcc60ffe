//! What can be had when: the grid of a day, and the search for a free court.

mod slots;

pub(crate) mod grid;
pub(crate) mod search;
