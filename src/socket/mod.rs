//! Who gets told: viewers of a facility, over WebSockets and server-sent events.
//!
//! One [hub](hub) a watched facility turns each change into bytes once and has one verb: *these
//! bytes, at this place, to these viewers*. Beneath it plain sockets sit in [rows](rows) that a few
//! threads write to [directly](direct); whoever else watches is a task with a bounded
//! [queue](viewer).

mod websocket;

mod hubs;

mod hub;
mod rows;

mod direct;

mod library;
mod sse;
mod viewer;

mod filter;
mod frames;
mod patience;
mod wire;

pub(crate) use direct::Workers;
pub(crate) use filter::Filter;
pub(crate) use hubs::{Hubs, Wish};
pub(crate) use sse::events;
pub(crate) use websocket::serve;
