//! How a claim becomes a booking, whoever asked for it: the terms it is bound by, what is paid, what counts.
//!
//! Confirms, bookings in one step, late payments and accepted offers all end here, so that a booking is
//! the same thing however it came to be.

use serde::{Deserialize, Serialize};

use crate::ledger::entry_for;
use crate::record::Record;
use crate::{
    Actor, Conflict, CreditReason, Event, Facility, Member, PaymentStatus, Rejection, Reservation, ReservationId,
    Settings, Status, price,
};

/// How a booking is to be paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pay {
    /// Not now. A member has to pay a price first; what staff book is owed at the desk.
    #[default]
    Later,
    /// With credits, one for each slot.
    Credits,
    /// Not at all: staff let it go.
    Waived,
}

/// What a booking is paid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paid {
    pub(crate) status: PaymentStatus,
    pub(crate) credits: u32,
}

impl Paid {
    /// How `reservation` is paid, or why it is not; whether the credits suffice is a rule of its own.
    pub(crate) fn of(
        pay: Pay,
        reservation: &Reservation,
        settings: &Settings,
        actor: &Actor,
    ) -> Result<Self, Rejection> {
        let Some(cents) = reservation.rate_cents.filter(|cents| *cents > 0) else {
            return Ok(Self { status: PaymentStatus::None, credits: 0 });
        };
        let desk = actor.is_staff() || *actor == Actor::System;
        match pay {
            Pay::Credits => {
                let credits = price::credits_of_priced(settings, &reservation.slot);
                Ok(Self { status: PaymentStatus::Paid, credits })
            }
            Pay::Waived if desk => Ok(Self { status: PaymentStatus::Waived, credits: 0 }),
            Pay::Later if desk => Ok(Self { status: PaymentStatus::Required, credits: 0 }),
            Pay::Waived => Err(Rejection::OverrideNotAllowed),
            Pay::Later => Err(Rejection::PaymentRequired { cents }),
        }
    }

    /// Whether the member has the credits.
    pub(crate) fn must_be_covered(self, member: &Member) -> Result<Self, Rejection> {
        let (balance, needed) = (member.credits_balance, self.credits);
        if needed > 0 && balance < i64::from(needed) {
            return Err(Rejection::Conflicts(vec![Conflict::InsufficientCredit { balance, needed }]));
        }
        Ok(self)
    }
}

/// Books `record`, which was `held` under that id before if it was: says what happened, first the booking.
pub(crate) fn book(
    facility: &mut Facility,
    held: Option<&ReservationId>,
    mut record: Record,
    paid: Paid,
) -> Vec<Event> {
    let now = facility.now;
    if let Some(settings) = facility.settings() {
        record.bind(settings, now);
    }
    record.credits_paid = paid.credits;
    let reservation = &mut record.reservation;
    (reservation.status, reservation.confirmed_at, reservation.ended_at) = (Status::Confirmed, Some(now), None);
    reservation.payment = paid.status;
    let reservation = record.reservation.clone();
    facility.rename_record(held.unwrap_or(&reservation.id), record);
    facility.count_booking(&reservation.member_id);
    let cost = -i64::from(paid.credits);
    let debit =
        facility.post_credits(entry_for(&reservation.member_id, cost, CreditReason::Booking, &reservation.id, now));
    std::iter::once(Event::ReservationConfirmed(Box::new(reservation))).chain(debit).collect()
}
