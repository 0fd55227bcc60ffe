//! What is already a fact elsewhere comes in: many things a request, each with its outcome.
//!
//! Whatever is here already is left as it is, however long ago it ended: the original id says so. So an
//! import that was interrupted is sent again, and one that is sent twice is one.

mod entry_body;
mod log_body;
mod log_view;
mod outcome;
mod reservation_body;

pub(crate) mod reservations;
pub(crate) mod waitlist;

pub(crate) use log_view::LineView;
pub(crate) use outcome::ImportOutcome;

/// The largest body, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 8 << 20;
/// Things of one request: what is decided well within its ten seconds.
const ITEMS_MAX: usize = 500;
/// The longest text, in characters.
const TEXT_CHARS_MAX: usize = 2000;
