//! What happens to a slot that has become free.
//!
//! Every way in which a live claim stops being one leaves a [`Freed`] behind; once what freed it is done,
//! in the same log entry, the freed slots come here.

use crate::{CourtId, Event, Facility, Interval, MemberId, Promotion};

/// A court that has become free for an interval: a hint where to look, not the whole gap. What it names
/// may be taken again by now, or partly over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Freed {
    pub(crate) court_id: CourtId,
    pub(crate) slot: Interval,
    /// Who gave it up, and so is not eligible for it.
    pub(crate) by: Option<MemberId>,
}

/// Gives freed slots to those who wait for them; says to whom, in order.
pub(crate) fn promote(_facility: &mut Facility, _freed: Vec<Freed>, _events: &mut Vec<Event>) -> Vec<Promotion> {
    Vec::new()
}

/// A member may not book any more: what was offered to it passes on.
pub(crate) fn stand_down(_facility: &mut Facility, _member: &MemberId, _events: &mut Vec<Event>) {}
