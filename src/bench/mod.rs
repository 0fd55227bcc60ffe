//! `courtd bench`: load, and the proof that what was answered under it is true.
//!
//! Every bench makes its own clubs through the public interface, loads them, and then reads all
//! nodes back: a figure whose bookings do not hold is a failure, not a figure. The generator shares
//! the machine with the nodes it measures, so it does as little as it can for each request.

mod args;
mod below;
mod book;
mod changes;
mod check;
mod club;
mod commits;
mod contend;
mod cpu;
mod disk;
mod fleet;
mod measure;
mod offers;
mod provider;
mod report;
mod run;
mod socket;
mod suite;
mod usage;
mod watch;
mod wire;

pub use args::{Bench, BenchArgs, Load, OffersArgs, Output, SuiteArgs, WatchArgs};
pub use run::run;
