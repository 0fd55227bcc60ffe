//! The public contract, against three nodes in this process: what `api.md` 1 and 2 promise and
//! what `booking.md` 9 lists as wrong in the original.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod club;
#[path = "../harness/signer.rs"]
#[allow(unreachable_pub, reason = "the scenarios use it as well")]
mod signer;
#[path = "../scenarios/steered.rs"]
#[allow(unreachable_pub, reason = "the scenarios use it as well")]
mod steered;
#[path = "../harness/stripe.rs"]
#[allow(dead_code, unreachable_pub, reason = "the other tests use it as well")]
mod stripe;

mod blocks;
mod bookings;
mod callbacks;
mod cancels;
mod confirms;
mod days;
mod edits;
mod gate;
mod history;
mod holds;
mod horizon;
mod imports;
mod keys;
mod limits;
mod links;
mod lists;
mod long_ago;
mod malformed;
mod notifications;
mod paid_offers;
mod payments;
mod provider;
mod raw_sockets;
mod reads;
mod resources;
mod retries;
mod roles;
mod rules;
mod sockets;
mod stops;
mod texts;
mod tokens;
mod waitlist;
