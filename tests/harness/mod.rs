//! Real nodes and those who use them: what the tests of the whole product stand on.
//!
//! A [`Cluster`] is three `courtd serve` processes on loopback; an [`Api`] asks them as a patient
//! client does; a [`Viewer`] is a model of a page that watches a socket. Nothing here knows how
//! courtd works inside: it has the public contract and the operating system.

mod api;
mod club;
mod cluster;
mod eventually;
mod journal;
mod load;
mod mail_server;
mod ports;
mod process;
mod provider;
mod signer;
mod socket;
pub mod stripe;
mod witness;

pub use api::{Answer, Api, Request};
pub use club::{Club, Slot};
pub use cluster::Cluster;
pub use eventually::{eventually, look_until, now_millis, until};
pub use journal::Journal;
pub use load::Load;
pub use mail_server::{HANG_UP, MailServer, SILENCE};
pub use ports::free_ports;
pub use process::Process;
pub use provider::{Mood, Provider, Taken};
pub use signer::Signer;
pub use socket::{Socket, Viewer};
pub use witness::{bookings_on, replicas_agree};
