//! Who may ask, and who gets told: the edge of a courtd node.
//!
//! HTTP handlers, sockets and jobs around a [`cluster::Node`], and the command line that starts
//! them. It checks the shape of what comes in and finds the words for what goes out; every rule is
//! decided by the machine, every change goes through `propose`.

pub mod cli;

pub mod dev;
pub mod notify;
pub mod serve;

pub mod server;
pub mod settings;
pub mod sync;

pub mod bench;
pub mod calendar;
pub mod import;
pub mod jobs;

mod auth;
mod callbacks;
mod demo;
mod edge;
mod http;
mod ids;
mod links;
mod metrics;
mod openapi;
mod original;
mod outside;
mod payment;
mod process;
mod recurrence;
mod signals;
mod socket;
mod time;
mod words;

pub use auth::{Access, Claims, JwtAccess, KeySource, Quota, RateLimits, Secret};
pub use callbacks::{Callbacks, EventKey};
pub use http::refusal_code;
pub use links::{Links, LinksError};
pub use outside::Outside;
pub use payment::{Stripe, StripeSettings};
pub use words::{Telling, Words, WordsError};
