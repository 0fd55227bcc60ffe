//! The product from outside: real `courtd` processes, real sockets, `kill -9`.
//!
//! Every test starts nodes of its own on free ports and ends them by their ids.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(unreachable_pub, reason = "a test has no outside: pub is for its other modules")]

#[path = "../harness/mod.rs"]
#[allow(dead_code, unused_imports, reason = "what the other test binaries use of it is not used here")]
mod harness;

mod formation;
mod keys;
mod manual_flow;
mod race;
mod secrets;
mod sockets;
mod sync;
