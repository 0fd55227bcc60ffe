//! Applying an envelope: settle what is due, answer a repeat, else decide.

use crate::{Envelope, Event, Facility, Instant, Rejection, Reply};

/// What an envelope did.
#[derive(Clone, Debug)]
pub struct Applied {
    /// For the caller.
    pub reply: Reply,
    /// For everybody watching, in order.
    pub events: Vec<Event>,
}

/// Applies one envelope of the log entry at `index`.
pub fn apply(_facility: &mut Facility, _index: u64, _envelope: &Envelope) -> Applied {
    todo!()
}

/// Whether `envelope` would be refused at `now`, without changing anything: the same decision as
/// [`apply`]'s, for a leader that answers a refusal without a log entry. `None`: it would be
/// accepted, or answered from a kept answer, and has to go through the log.
pub fn refusal(_facility: &Facility, _envelope: &Envelope) -> Option<Rejection> {
    let _: Option<Instant> = None;
    todo!()
}
