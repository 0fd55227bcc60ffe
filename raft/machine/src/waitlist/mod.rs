//! The waitlist: who waits for a court on a day, and who gets what becomes free.
//!
//! One rule stands behind all of it: *no slot is publicly free while an entry waits that could have
//! it.* So whatever changes that an entry could have something is noted (`changes`), and at the end of
//! every apply what was noted is matched (`promote`): the best pair of an entry and a slot by one total
//! order (`rank`), again and again, until there is none. The commands are in `command`.

mod candidates;
#[cfg(test)]
pub(crate) mod cases;
mod changes;
mod entry;
mod explain;
mod grant;
mod list;
mod looks;
mod offers;
mod promote;
mod rank;
mod records;
mod stretch;

pub(crate) use changes::Changes;
pub use entry::{CourtWish, WaitlistEntry, WaitlistStatus, WaitlistWish};
pub use explain::{Fate, Grant, Ranked};
pub(crate) use grant::TOP_PRIORITY;
pub(crate) use list::Waitlist;
pub(crate) use offers::{end_offer, leave, withdraw};
pub(crate) use promote::promote;
pub use rank::CourtMatch;
