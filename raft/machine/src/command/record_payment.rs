//! A payment arrived: it books what it was for, or has to go back in full.
//!
//! Money is never kept without a booking. A payment that comes after the deadline books the slot if it is
//! still free and the rules pass; what is more than its price goes back. The same payment again is answered
//! again, whatever it was told by.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::booking::{self, Paid};
use crate::payment::Payment;
use crate::record::Record;
use crate::rules::{self, SlotRequest};
use crate::view::View;
use crate::{
    Accepted, Actor, Event, Facility, PaymentStatus, PaymentTaken, Rejection, Reservation, ReservationId, Status,
};

/// Says that a payment was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordPayment {
    /// What it was for.
    pub reservation_id: ReservationId,
    /// Its id at its provider.
    pub payment_id: String,
    /// How much, in minor units.
    pub amount_cents: u64,
}

/// What a payment does.
enum Effect {
    /// It books what it was for.
    Books,
    /// It pays what is booked already.
    Settles,
    /// It goes back.
    GoesBack,
}

impl RecordPayment {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        let view = View::new(facility, facility.now);
        view.settings()?;
        let Some(found) = view.reservation(&self.reservation_id) else {
            return Ok(Done::changed(self.taken(None, self.amount_cents), self.refund(self.amount_cents)));
        };
        let known = found.payments.iter().find(|payment| payment.id == self.payment_id);
        // A lower amount is of a payment of which nothing is known but what went back of it.
        if let Some(payment) = known.filter(|payment| payment.amount_cents >= self.amount_cents) {
            return Ok(Done::already(self.taken(Some(found.reservation.clone()), payment.refund_cents)));
        }
        let gone = known.map_or(0, |payment| payment.refund_cents);
        let owed = found.reservation.rate_cents.unwrap_or(0).saturating_sub(found.captured_cents());
        let effect = self.effect(&view, found, (owed, self.amount_cents - gone), actor);
        let mut record = found.clone();
        let kept = if matches!(effect, Effect::GoesBack) { 0 } else { owed };
        let refund_cents = self.amount_cents - kept;
        record.payments.retain(|payment| payment.id != self.payment_id);
        record.payments.push(Payment::new(&self.payment_id, self.amount_cents, refund_cents));
        record.reservation.version += 1;
        let mut events = self.put(facility, record, &effect);
        if refund_cents > gone {
            events.push(self.refund(refund_cents - gone));
        }
        let reservation = facility.known_reservation(&self.reservation_id)?;
        Ok(Done { accepted: self.taken(Some(reservation), refund_cents), events })
    }

    fn put(&self, facility: &mut Facility, mut record: Record, effect: &Effect) -> Vec<Event> {
        match effect {
            Effect::Books => {
                // It was paid on its page, which takes nothing more.
                record.checkout = None;
                return self.book(facility, record);
            }
            Effect::Settles => record.reservation.payment = PaymentStatus::Paid,
            Effect::GoesBack if record.reservation.status.is_live() || record.captured_cents() > 0 => {}
            Effect::GoesBack => record.reservation.payment = PaymentStatus::Refunded,
        }
        put(facility, record)
    }

    fn effect(&self, view: &View<'_>, found: &Record, (owed, amount): (u64, u64), actor: &Actor) -> Effect {
        let reservation = &found.reservation;
        if owed == 0 || amount < owed {
            return Effect::GoesBack;
        }
        match reservation.status {
            Status::Held | Status::PaymentPending => Effect::Books,
            Status::Confirmed | Status::CheckedIn | Status::Completed | Status::NoShow
                if reservation.payment == PaymentStatus::Required =>
            {
                Effect::Settles
            }
            Status::Expired | Status::Released if is_still_free(view, reservation, actor) => Effect::Books,
            _ => Effect::GoesBack,
        }
    }

    fn book(&self, facility: &mut Facility, record: Record) -> Vec<Event> {
        let paid = Paid { status: PaymentStatus::Paid, credits: 0 };
        let mut events = booking::book(facility, None, record, paid);
        if let Some(Event::ReservationConfirmed(reservation)) = events.first() {
            events.push(Event::PaymentRecorded(reservation.clone()));
        }
        events
    }

    fn taken(&self, reservation: Option<Reservation>, refund_cents: u64) -> Accepted {
        Accepted::PaymentRecorded(Box::new(PaymentTaken { reservation, refund_cents }))
    }

    fn refund(&self, amount_cents: u64) -> Event {
        Event::RefundDue {
            reservation_id: self.reservation_id.clone(),
            payment_id: self.payment_id.clone(),
            amount_cents,
        }
    }
}

fn is_still_free(view: &View<'_>, reservation: &Reservation, actor: &Actor) -> bool {
    let wish = SlotRequest {
        court: &reservation.court_id,
        member: &reservation.member_id,
        slot: reservation.slot,
        instead_of: Some(&reservation.id),
        with_credits: false,
    };
    rules::grant(view, actor, wish, None).is_ok()
}

fn put(facility: &mut Facility, record: Record) -> Vec<Event> {
    let reservation = Box::new(record.reservation.clone());
    facility.put_record(record);
    vec![Event::PaymentRecorded(reservation)]
}
