//! The rules of an attempt or booking, listed in order in one place.
//!
//! A rule is one line of the list and one function that looks at an [`Attempt`] and names what is
//! in the way. It changes nothing, so the same list answers "may I" and "why not".

mod blocks;
mod finding;
mod grant;
mod house;
mod limits;
mod list;
mod occupancy;
mod override_rules;
#[cfg(test)]
mod tests;
mod warnings;
mod when;
mod who;

pub(crate) use finding::Finding;
pub use finding::Verdict;
pub use grant::explain;
pub(crate) use grant::grant;
pub(crate) use list::Attempt;
pub use list::SlotRequest;
pub(crate) use occupancy::in_the_way;
pub use override_rules::Override;
pub(crate) use when::wrong_length;
