//! A payment that was taken for a reservation, and what has become of it.
//!
//! Money that goes back by a decision made here is counted when it is decided, and told to the payment
//! provider afterwards. What somebody gives back over there, or a payer fetches back through the bank, is
//! counted when the provider tells of it.

use serde::{Deserialize, Serialize};

use crate::command::Done;
use crate::record::Record;
use crate::view::View;
use crate::{Accepted, Actor, Event, Facility, PaymentStatus, Rejection, Reservation, ReservationId};

/// Where a dispute stands: the payer has asked its bank for the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DisputeState {
    /// The bank looks into it, and has taken the money meanwhile.
    Opened,
    /// The club keeps the money.
    Won,
    /// The payer has it back.
    Lost,
}

/// A payment, and how much of it has gone back or has to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payment {
    /// Its id at its provider.
    pub(crate) id: String,
    pub(crate) amount_cents: u64,
    pub(crate) refund_cents: u64,
    /// Where the dispute about it stands, if there is or was one.
    pub(crate) dispute: Option<DisputeState>,
}

impl Payment {
    /// One that nobody asks back.
    pub(crate) fn new(id: &str, amount_cents: u64, refund_cents: u64) -> Self {
        Self { id: id.to_owned(), amount_cents, refund_cents, dispute: None }
    }

    /// What is kept of it.
    pub(crate) fn captured_cents(&self) -> u64 {
        self.amount_cents - self.refund_cents
    }

    /// Whether `state` is news: what is closed stays closed, whatever is heard of it later.
    pub(crate) fn is_news(&self, state: DisputeState) -> bool {
        match self.dispute {
            None => true,
            Some(DisputeState::Opened) => state != DisputeState::Opened,
            Some(DisputeState::Won | DisputeState::Lost) => false,
        }
    }
}

impl Record {
    /// Follows up that something was given back, or asked back, outside: where the price stands by what is
    /// kept of it. Nothing changes where it was never paid by card.
    fn follow_money(&mut self) {
        use PaymentStatus::{Disputed, Paid, PartiallyRefunded, Refunded};
        if !matches!(self.reservation.payment, Paid | PartiallyRefunded | Disputed) {
            return;
        }
        let captured = self.captured_cents();
        let disputed = |it: &Payment| it.dispute == Some(DisputeState::Opened) && it.captured_cents() > 0;
        self.reservation.payment = if self.payments.iter().any(disputed) {
            Disputed
        } else if captured == 0 {
            Refunded
        } else if captured < self.reservation.rate_cents.unwrap_or(0) {
            PartiallyRefunded
        } else {
            Paid
        };
    }
}

/// Notes what the provider says of a payment that was taken for a reservation. `note` says by what event that
/// is told, or `None` where it is no news.
pub(crate) fn hear<E: FnOnce(Box<Reservation>) -> Event>(
    facility: &mut Facility,
    actor: &Actor,
    reservation_id: &ReservationId,
    note: impl FnOnce(&mut Record) -> Option<E>,
) -> Result<Done, Rejection> {
    actor.must_not_be_member()?;
    let view = View::new(facility, facility.now);
    view.settings()?;
    let Some(found) = view.reservation(reservation_id) else {
        return Ok(Done::already(Accepted::PaymentNoted(None)));
    };
    let mut record = found.clone();
    let Some(event) = note(&mut record) else {
        return Ok(Done::already(Accepted::PaymentNoted(Some(Box::new(found.reservation.clone())))));
    };
    record.follow_money();
    record.reservation.version += 1;
    let reservation = Box::new(record.reservation.clone());
    facility.put_record(record);
    Ok(Done::changed(Accepted::PaymentNoted(Some(reservation.clone())), event(reservation)))
}
