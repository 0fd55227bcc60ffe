//! `courtd import`: a club that ran on the original system brings everything it has: its facility, courts and
//! members, reservations with their history, blocks, the waitlist, and what its logs say.
//!
//! Reading the file and deciding what to bring is pure ([`plan`](self)); everything that changes
//! state goes through the public HTTP interface, so an import has no rights that a client lacks.
//! It removes nothing and overwrites nothing: run twice, it leaves the state of running it once.

mod args;
mod source;

mod blocks;
mod counts;
mod logs;
mod people;
mod plan;
mod waiting;

mod api;
mod body;
mod bookings;
mod bring;
mod foretell;
mod send;
mod taken;

mod print;
mod report;
mod run;

#[cfg(test)]
mod whole;

pub use args::{D1Args, ImportArgs, Output};
pub use run::run;
