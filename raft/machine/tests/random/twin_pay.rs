//! The twin's third part: what a slot costs, who pays how, and what goes back.
//!
//! As dumb as the others: a price is looked up by the name of the court, and payments are a list.

use machine::{Actor, BeginPayment, HoldRef, Interval, Pay, PaymentStatus, RecordPayment, Status};

use crate::twin::{Booking, Outcome, Twin, live, may, named_by, no};
use crate::world::{HALF_HOUR, PRICED, SLOT_CENTS};

const PAYING_MILLIS: i64 = 600_000;

/// What the twin knows of the money of a booking.
#[derive(Clone, Default)]
pub(crate) struct Money {
    pub(crate) cents: u64,
    pub(crate) status: PaymentStatus,
    pub(crate) credits: u32,
    /// Each by its name: how much, and how much of it went back.
    pub(crate) payments: Vec<(String, u64, u64)>,
}

impl Money {
    /// Of a slot that nobody has paid for.
    pub(crate) fn owed(court: &str, slot: Interval) -> Self {
        Self { cents: cents(court, slot), ..Self::default() }
    }

    fn captured(&self) -> u64 {
        self.payments.iter().map(|(_, amount, back)| amount - back).sum()
    }

    /// Gives back all but a fee.
    pub(crate) fn give_back(&mut self, id: &str, fee: u32) -> Vec<String> {
        let mut keep = u64::from(fee).min(self.captured());
        if keep == self.captured() {
            return Vec::new();
        }
        self.status = if keep == 0 { PaymentStatus::Refunded } else { PaymentStatus::PartiallyRefunded };
        let mut told = Vec::new();
        for (payment, amount, back) in &mut self.payments {
            let held = *amount - *back;
            let kept = held.min(keep);
            keep -= kept;
            *back += held - kept;
            if held > kept {
                told.push(format!("refund {id} {payment} {}", held - kept));
            }
        }
        told
    }

    /// What it is after a move there, or why it is not moved.
    pub(crate) fn moved(&self, court: &str, slot: Interval, actor: &Actor) -> Result<PaymentStatus, String> {
        use PaymentStatus::{Failed, None, Required, Waived};
        let (cents, captured) = (cents(court, slot), self.captured());
        let covered = match self.status {
            None | Required | Failed => cents == 0,
            Waived => true,
            _ if self.credits > 0 => credits(court, slot) <= self.credits,
            _ => cents <= captured,
        };
        match self.status {
            None | Required if covered => Ok(None),
            status if covered => Ok(status),
            Required => Ok(Required),
            None if matches!(actor, Actor::Staff(_)) => Ok(Required),
            _ => Err(format!("PaymentRequired {{ cents: {} }}", cents.saturating_sub(captured))),
        }
    }
}

pub(crate) fn cents(court: &str, slot: Interval) -> u64 {
    if court == PRICED { u64::from(SLOT_CENTS) * u64::from(halves(slot)) } else { 0 }
}

pub(crate) fn credits(court: &str, slot: Interval) -> u32 {
    if court == PRICED { halves(slot) } else { 0 }
}

fn halves(slot: Interval) -> u32 {
    u32::try_from((slot.end.0 - slot.start.0) / HALF_HOUR).expect("a slot ends after it begins")
}

/// How a booking is paid, and with how many credits.
pub(crate) fn paid(pay: Pay, court: &str, slot: Interval, actor: &Actor) -> Result<(PaymentStatus, u32), String> {
    let desk = matches!(actor, Actor::Staff(_));
    match (cents(court, slot), pay) {
        (0, _) => Ok((PaymentStatus::None, 0)),
        (_, Pay::Credits) => Ok((PaymentStatus::Paid, credits(court, slot))),
        (_, Pay::Waived) if desk => Ok((PaymentStatus::Waived, 0)),
        (_, Pay::Later) if desk => Ok((PaymentStatus::Required, 0)),
        (_, Pay::Waived) => Err("OverrideNotAllowed".to_owned()),
        (cents, Pay::Later) => Err(format!("PaymentRequired {{ cents: {cents} }}")),
    }
}

impl Twin {
    pub(crate) fn begin_payment(&mut self, it: &BeginPayment, actor: &Actor) -> Outcome {
        let now = self.now;
        let by_slot = matches!(it.hold, HoldRef::Slot { .. });
        let Some(found) = self.all.iter_mut().find(|b| named_by(&it.hold, b) && (live(b) || !by_slot)) else {
            return no("HoldUnknown");
        };
        if !may(actor, &found.member) {
            return no("NotYours");
        }
        let said = format!("paying {} PaymentPending", found.id);
        match (found.status, found.ended) {
            (Status::Held, _) if found.money.cents == 0 => no("NothingToPay"),
            (Status::Held, _) => {
                (found.status, found.money.status) = (Status::PaymentPending, PaymentStatus::Required);
                found.hold_end = found.hold_end.max(now.plus(PAYING_MILLIS).min(found.slot.end));
                (said, vec![format!("{} PaymentPending", found.id)])
            }
            (Status::PaymentPending, _) => no(&said),
            (Status::Expired, Some(at)) => no(&format!("HoldExpired {{ at: {at:?} }}")),
            (Status::Released, _) => no("HoldUnknown"),
            (status, _) => no(&format!("InvalidTransition {{ status: {status:?} }}")),
        }
    }

    pub(crate) fn record_payment(&mut self, it: &RecordPayment, actor: &Actor) -> Outcome {
        let (id, payment, amount) = (it.reservation_id.as_str(), &it.payment_id, it.amount_cents);
        if matches!(actor, Actor::Member(_)) {
            return no("NotYours");
        }
        let refund = |cents| format!("refund {id} {payment} {cents}");
        let Some(place) = self.all.iter().position(|b| b.id == id) else {
            return (format!("paid nothing refund {amount}"), vec![refund(amount)]);
        };
        let found = self.all[place].clone();
        if let Some((_, _, back)) = found.money.payments.iter().find(|(known, _, _)| known == payment) {
            return no(&format!("paid {id} {:?} refund {back}", found.status));
        }
        let owed = found.money.cents.saturating_sub(found.money.captured());
        let enough = owed > 0 && amount >= owed;
        let ran_out = matches!(found.status, Status::Expired | Status::Released);
        let is_free = ran_out && self.broken(&found.court, &found.member, found.slot, Some(id)).is_empty();
        let books = enough && (found.status == Status::Held || found.status == Status::PaymentPending || is_free);
        let stands = !ran_out && found.status != Status::Cancelled;
        let settles = enough && !books && stands && found.money.status == PaymentStatus::Required;
        let back = if books || settles { amount - owed } else { amount };
        let now = self.now;
        let booking = &mut self.all[place];
        booking.money.payments.push((payment.clone(), amount, back));
        let mut told = Vec::new();
        if books {
            (booking.status, booking.ended) = (Status::Confirmed, None);
            booking.bind(now);
            told.push(format!("{id} Confirmed"));
        }
        if books || settles {
            booking.money.status = PaymentStatus::Paid;
        } else if !live(booking) && booking.money.captured() == 0 {
            booking.money.status = PaymentStatus::Refunded;
        }
        told.push(format!("{id} {:?}", booking.money.status));
        if back > 0 {
            told.push(refund(back));
        }
        let reply = format!("paid {id} {:?} refund {back}", booking.status);
        if books {
            self.count(&found.member);
        }
        (reply, told)
    }
}

impl Booking {
    /// How long it is remembered once it has ended, in milliseconds.
    pub(crate) fn remembered(&self) -> i64 {
        const DAY: i64 = 48 * HALF_HOUR;
        match (self.status, self.money.status) {
            (Status::Expired | Status::Released, PaymentStatus::None) => 2 * HALF_HOUR,
            (Status::Expired | Status::Released, _) => 2 * DAY,
            _ => 35 * DAY,
        }
    }
}
