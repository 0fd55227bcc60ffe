//! Text commands: what a member does on the way, by answering a text.
//!
//! A telephone may be of several members of several clubs. Each answer is made from what the facilities have
//! decided, so that the same text delivered again, to any node, acts once and is answered the same.

mod command;

mod saying;

mod membership;

mod bookings;
mod code;
mod offers;

mod conversation;

pub(crate) use conversation::{Incoming, answer};
pub(crate) use membership::Membership;
