//! Groups of three replicas in one process, with a network that can be cut and a log in memory:
//! what a caller of [`raft::Group`] is promised, with and without faults.

#![allow(clippy::unwrap_used, reason = "tests may unwrap, and so may what they are built of")]

mod changes;
mod faults;
mod history;
mod leadership;
mod network;
mod proposals;
mod reads;
mod snapshots;
mod store;
mod trio;
