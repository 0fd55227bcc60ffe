//! What happens by itself: work that each facility's leader does, and nobody else.
//!
//! The contract of a job: it works on a [`Group`], one facility under one term of leadership, and is dropped
//! when the term ends, at whatever point it is; it takes no input but the state, what it proposes is
//! idempotent, and it does not retry within one run: the next run is the retry. A new leader goes on from the
//! state alone, without a hand-over. A facility with nothing due costs nothing.

mod group;

mod calendar;
mod deliver;
mod parcel;
#[cfg(feature = "planted-bugs")]
mod planted;
mod retention;
mod tick;

mod leader;

pub use group::Group;
pub(crate) use leader::run;
pub use leader::work;
