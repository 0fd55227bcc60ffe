//! A hold waits for its payment, under a deadline of its own.
//!
//! A hold is enough to choose and not enough to pay. From here on the slot is kept for as long as the
//! payment page is given, and no longer than the slot itself.

use serde::{Deserialize, Serialize};

use super::{Done, HoldRef};
use crate::view::View;
use crate::{Accepted, Actor, Event, Facility, PaymentStatus, Rejection, Status};

/// Has a hold wait for its payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginPayment {
    /// Which hold.
    pub hold: HoldRef,
    /// How long it waits from now on, in seconds; 600 unless set.
    pub seconds: u32,
}

impl BeginPayment {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let view = View::new(facility, facility.now);
        view.settings()?;
        let found = self.hold.find(&view).ok_or(Rejection::HoldUnknown)?;
        let hold = &found.reservation;
        actor.must_act_for(&hold.member_id)?;
        match hold.status {
            Status::Held => {}
            Status::PaymentPending => return Ok(Done::already(Accepted::PaymentBegun(Box::new(hold.clone())))),
            Status::Expired => {
                return Err(Rejection::HoldExpired { at: hold.ended_at.unwrap_or(view.now) });
            }
            Status::Released => return Err(Rejection::HoldUnknown),
            status => return Err(Rejection::InvalidTransition { status }),
        }
        if hold.rate_cents.is_none_or(|cents| cents == 0) {
            return Err(Rejection::NothingToPay);
        }
        let expiry = facility.now.plus(i64::from(self.seconds.max(1)) * 1000).min(hold.slot.end);
        let mut record = found.clone();
        let reservation = &mut record.reservation;
        (reservation.status, reservation.payment) = (Status::PaymentPending, PaymentStatus::Required);
        // Whoever holds longer already loses nothing by paying.
        reservation.hold_expiry = reservation.hold_expiry.max(Some(expiry));
        reservation.version += 1;
        let reservation = Box::new(reservation.clone());
        facility.put_record(record);
        Ok(Done::changed(Accepted::PaymentBegun(reservation.clone()), Event::PaymentBegun(reservation)))
    }
}
