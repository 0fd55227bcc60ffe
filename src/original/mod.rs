//! The tables of the original system, and what their rows mean.
//!
//! Times in four spellings, ids of any kind, states in words: here they become values that can be
//! proposed, or are refused with a reason. `import` brings a whole export, `sync` one day.

mod booking;
pub(crate) mod court_time;
pub(crate) mod log;
mod record;
mod refusal;
mod verdict;

pub(crate) use booking::{Booking, Known, found, read, spelling};
pub(crate) use record::Record;
pub(crate) use refusal::Refusal;
pub(crate) use verdict::{Verdict, judge};
