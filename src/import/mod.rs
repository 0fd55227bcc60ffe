//! `courtd import`: a club that ran on the original system brings its facility, its courts, its
//! members and the reservations still to come.
//!
//! Reading the file and deciding what to bring is pure ([`plan`](self)); everything that changes
//! state goes through the public HTTP interface, so an import has no rights that a client lacks.
//! It removes nothing and overwrites nothing: run twice, it leaves the state of running it once.

mod api;
mod args;
mod bookings;
mod people;
mod plan;
mod report;
mod run;
mod source;
mod taken;

pub use args::{D1Args, ImportArgs, Output};
pub use run::run;
