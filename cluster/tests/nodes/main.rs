//! Whole nodes on loopback, with real stores: what a cluster promises.

mod booking;
mod creation;
mod crew;
mod failures;
mod leadership;
