//! The HTTP edge: one file a resource, and what all of them share.
//!
//! A handler checks the *shape* of a request and puts the machine's answer into words. It decides
//! no rule and keeps no state: whatever node is asked, the same handler gives the same answer.

pub(crate) mod front;

pub(crate) mod answer;
pub(crate) mod check;
mod conflicts;
mod edit;
pub(crate) mod extract;
mod find;
mod guarded;
pub(crate) mod idempotency;
pub(crate) mod params;
mod precondition;
pub(crate) mod problem;
pub(crate) mod refusal;
mod slot_body;
mod upgrade;

mod booking;
mod callbacks;
mod days;
mod facilities;
pub(crate) mod imports;
mod notifications;
mod payment;
pub(crate) mod reservations;
mod waitlist;

mod cluster_status;
mod health;
mod history;
mod home;
mod inbox;
mod keys;

mod routes;

pub(crate) use booking::availability::claim_words;
pub use refusal::refusal_code;
pub(crate) use routes::router;
