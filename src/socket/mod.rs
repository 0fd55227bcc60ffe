//! Who gets told: viewers of a facility, over WebSockets and server-sent events.
//!
//! One [hub](hub) a watched facility turns each change into bytes once and has one verb: *these
//! bytes, at this place, to these viewers*. A viewer is a bounded queue; whatever writes it to a
//! socket slots in beneath.

mod hubs;

mod hub;

mod filter;
mod frames;
mod sse;
mod viewer;
mod websocket;

pub(crate) use filter::Filter;
pub(crate) use hubs::{Hubs, SlotRequest};
pub(crate) use sse::events;
pub(crate) use websocket::serve;
