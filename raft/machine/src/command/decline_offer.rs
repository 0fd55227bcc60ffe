//! Declines what is offered to an entry of the waitlist: the slot goes to the next, in the same log entry.
//!
//! The entry goes on waiting for something else; this slot is not given to it again. Releasing the offer's
//! hold the ordinary way is the same.

use serde::{Deserialize, Serialize};

use super::{Done, accept_offer};
use crate::{Accepted, Actor, Facility, Rejection, WaitlistId, waitlist};

/// Declines what is offered to an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclineOffer {
    /// Which entry.
    pub waitlist_id: WaitlistId,
}

impl DeclineOffer {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        facility.settings().ok_or(Rejection::FacilityUnknown)?;
        let entry = facility.waitlist_entry(&self.waitlist_id).ok_or(Rejection::WaitlistUnknown)?;
        actor.must_act_for(&entry.member_id)?;
        let Some(offered) = facility.offered(&self.waitlist_id).and_then(|entry| entry.reservation_id) else {
            return Err(accept_offer::none(entry));
        };
        let mut events = Vec::new();
        waitlist::end_offer(facility, &offered, true, &mut events);
        Ok(Done { accepted: Accepted::OfferDeclined(self.waitlist_id.clone()), events })
    }
}
