//! `POST /sync`: one day of a facility, brought in from the club's system of record.
//!
//! The original kept its bookings in a Cloudflare D1 database; a club that moves over day by day
//! names that database, or an SQLite file of it, and asks for a day at a time. It is a merge: what
//! lives here stays, and what contradicts it is told. What a row means is read in `original`.

mod day;
mod source;

pub(crate) use day::{Day, Disagreement};
pub use source::{D1, Source, SourceError};
