//! The way between nodes: two connections per ordered pair, shared by all groups.
//!
//! Nothing here knows what a facility is. Requests carry a group and a kind; what they mean is
//! decided by whoever implements [`serve::Answers`].

mod frame;
mod handshake;
mod link;
mod network;
mod peers;
mod refusal;
mod serve;
mod snapshot;
mod wire;

pub(crate) use frame::{Frame, Kind};
pub(crate) use handshake::{Hello, Identity, Lane, RELEASE};
pub(crate) use link::CallError;
pub(crate) use network::Network;
pub(crate) use peers::{Peer, Peers};
pub(crate) use refusal::Refusal;
pub(crate) use serve::{Answers, serve};
pub(crate) use snapshot::{Assembled, Assembly, Piece, Received};
pub(crate) use wire::{WireAppend, WireAppended, WireTransfer, WireTransferred, WireVoteRequest, WireVoted};
