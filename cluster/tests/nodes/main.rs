//! Whole nodes on loopback, with real stores: what a cluster promises.

#![allow(clippy::unwrap_used, reason = "the helpers of a test crate are tests, which the lint does not see")]

mod booking;
mod creation;
mod crew;
mod failures;
mod history;
mod leadership;
