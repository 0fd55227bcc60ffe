//! The original's endpoints at their own paths: a slot is held, confirmed, released, cancelled, watched.

pub(crate) mod attempt;
pub(crate) mod availability;
pub(crate) mod cancel;
pub(crate) mod confirm;
pub(crate) mod release;
pub(crate) mod sync;
pub(crate) mod websocket;
