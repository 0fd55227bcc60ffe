//! Takes what is offered to an entry of the waitlist: its hold becomes a reservation.
//!
//! It is a confirm of the offer's hold under another name, and confirming that hold the ordinary way is the
//! same. Taking it again is answered with the same reservation.

use serde::{Deserialize, Serialize};

use super::{ConfirmHold, Done, HoldRef};
use crate::{Accepted, Actor, Facility, Pay, Rejection, WaitlistEntry, WaitlistId, WaitlistStatus};

/// Takes what is offered to an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptOffer {
    /// Which entry.
    pub waitlist_id: WaitlistId,
    /// How it is to be paid.
    pub pay: Pay,
}

impl AcceptOffer {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        facility.settings().ok_or(Rejection::FacilityUnknown)?;
        let entry = facility.waitlist_entry(&self.waitlist_id).ok_or(Rejection::WaitlistUnknown)?;
        actor.must_act_for(&entry.member_id)?;
        let reservation = entry.reservation_id.as_ref().and_then(|id| facility.reservation(id));
        let hold = reservation.and_then(|it| it.hold_id.clone());
        match (entry.status, hold) {
            (WaitlistStatus::Offered, Some(hold)) => {
                ConfirmHold { hold: HoldRef::Id(hold), reservation_id: None, pay: self.pay }.run(facility, actor)
            }
            (WaitlistStatus::Converted, _) => match reservation {
                Some(reservation) => Ok(Done::already(Accepted::HoldConfirmed(Box::new(reservation.clone())))),
                None => Err(Rejection::NoActiveOffer),
            },
            _ => Err(none(entry)),
        }
    }
}

/// Why there is nothing to take or decline.
pub(super) fn none(entry: &WaitlistEntry) -> Rejection {
    entry.last_expired_at.map_or(Rejection::NoActiveOffer, |at| Rejection::OfferExpired { at })
}
