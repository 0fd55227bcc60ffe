//! What comes back from those who carry messages: what became of them, and what people answer.
//!
//! A provider shows who it is by a signature over what it sends, and nothing else is looked at before that.
//! Here is what its words mean; how they come in over HTTP is in `http/callbacks`. Nothing is decided here:
//! what a word means becomes a command like any other.

mod config;
mod signature;

mod sendgrid;
mod twilio;

mod flood;
mod text;

pub use config::Callbacks;
pub(crate) use flood::FloodGate;
pub(crate) use sendgrid::EmailEvent;
pub use signature::EventKey;
pub(crate) use text::{Incoming, Membership, answer};
pub(crate) use twilio::{consequence, receipt};
