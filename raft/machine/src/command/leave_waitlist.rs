//! Leaves the waitlist. What was offered to the entry goes to the next in the same log entry.
//!
//! Leaving again is answered again; an entry that has ended otherwise stays as it ended.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::{Accepted, Actor, Facility, Rejection, WaitlistId, waitlist};

/// Leaves the waitlist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaveWaitlist {
    /// Which entry.
    pub waitlist_id: WaitlistId,
}

impl LeaveWaitlist {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        facility.settings().ok_or(Rejection::FacilityUnknown)?;
        let entry = facility.waitlist_entry(&self.waitlist_id).ok_or(Rejection::WaitlistUnknown)?;
        actor.must_act_for(&entry.member_id)?;
        let mut events = Vec::new();
        if entry.status.is_open() {
            waitlist::leave(facility, &self.waitlist_id, &mut events);
        }
        let entry = facility.waitlist_entry(&self.waitlist_id).ok_or(Rejection::WaitlistUnknown)?.clone();
        Ok(Done { accepted: Accepted::WaitlistLeft(Box::new(entry)), events })
    }
}
