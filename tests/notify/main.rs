//! Messages on their way out, against providers that misbehave: what each answer, and each lack of one,
//! is taken to mean.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(unreachable_pub, reason = "a test has no outside: pub is for its other modules")]

#[path = "../harness/mod.rs"]
#[allow(dead_code, unused_imports, reason = "what the other test binaries use of it is not used here")]
mod harness;

mod inbox;
mod messages;
mod sendgrid;
mod smtp;
mod twilio;
