//! Faults that a process alone cannot show: the power of all three nodes goes at once; providers that misbehave
//! while the leader dies (`told`).
//!
//! `COURTD_TEST_CUTS=20 cargo test --test faults` cuts twenty times, each time into the store that
//! the cut before it left behind; without it a few. With the feature `planted-bugs` the same cut is
//! made with `fdatasync` left out, and must lose something: the harness proves itself.
//!
//! It needs root and loop devices, and says so loudly where it has none.

#![allow(unreachable_pub, reason = "a test has no outside: pub is for its other modules")]

#[path = "../harness/mod.rs"]
#[allow(dead_code, unused_imports, reason = "what the other test binaries use of it is not used here")]
mod harness;

mod platter;
mod power_cut;
mod told;
