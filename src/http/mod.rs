//! The HTTP edge: one file a resource, and what all of them share.
//!
//! A handler checks the *shape* of a request and puts the machine's answer into words. It decides
//! no rule and keeps no state: whatever node is asked, the same handler gives the same answer.

pub(crate) mod front;

pub(crate) mod answer;
pub(crate) mod check;
pub(crate) mod extract;
pub(crate) mod idempotency;
pub(crate) mod problem;
pub(crate) mod refusal;

mod attempt;
mod availability;
mod cancel;
mod cluster_status;
mod confirm;
mod courts;
mod facilities;
mod facility_body;
mod guarded;
mod health;
mod home;
mod imports;
mod keys;
mod members;
mod release;
mod reservations;
mod routes;
mod websocket;

pub(crate) use availability::claim_words;
pub use refusal::refusal_code;
pub(crate) use routes::router;
