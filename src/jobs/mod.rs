//! What happens by itself: work that each facility's leader does, and nobody else.
//!
//! A job holds a [`Term`], the token of the leadership it runs under, takes no input, is
//! idempotent, and does not retry within one run: the next run is the retry.

mod calendar;
mod leader;
mod tick;

use leader::Term;
pub(crate) use leader::run;
