//! The rules of an attempt or booking, listed in order in one place.
//!
//! A rule is one line of the list and one function that looks at an [`Attempt`] and names what is
//! in the way. It changes nothing, so the same list answers "may I" and "why not".

mod blocks;
mod house;
mod limits;
mod list;
mod occupancy;
mod when;

pub(crate) use list::{Attempt, violations};
pub(crate) use occupancy::in_the_way;
pub(crate) use when::length;
