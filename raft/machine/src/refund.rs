//! Money that goes back: decided here, sent elsewhere.
//!
//! What was taken by card goes back but for what the policy keeps; each payment is told with its own part.

use crate::ledger::entry_for;
use crate::record::Record;
use crate::{CreditReason, Event, Facility, PaymentStatus};

/// Gives all of it back: cards and credits.
pub(crate) fn give_all_back(facility: &mut Facility, record: &mut Record) -> Vec<Event> {
    let mut events = give_back(record, 0);
    events.extend(give_credits_back(facility, record));
    events
}

/// Gives back the credits that paid for `record`.
pub(crate) fn give_credits_back(facility: &mut Facility, record: &mut Record) -> Option<Event> {
    if record.credits_paid == 0 {
        return None;
    }
    record.reservation.payment = PaymentStatus::Refunded;
    let (credits, reservation) = (i64::from(record.credits_paid), &record.reservation);
    let entry = entry_for(&reservation.member_id, credits, CreditReason::Refund, &reservation.id, facility.now());
    facility.post_credits(entry)
}

/// Has everything that was paid by card for `record` go back but `keep_cents`.
pub(crate) fn give_back(record: &mut Record, keep_cents: u64) -> Vec<Event> {
    let mut keep = keep_cents.min(record.captured_cents());
    if record.captured_cents() == keep {
        return Vec::new();
    }
    let reservation_id = record.reservation.id.clone();
    record.reservation.payment = if keep > 0 { PaymentStatus::PartiallyRefunded } else { PaymentStatus::Refunded };
    let mut events = Vec::new();
    for payment in &mut record.payments {
        let captured = payment.captured_cents();
        let kept = captured.min(keep);
        keep -= kept;
        payment.refund_cents += captured - kept;
        if captured > kept {
            let (payment_id, amount_cents) = (payment.id.clone(), captured - kept);
            events.push(Event::RefundDue { reservation_id: reservation_id.clone(), payment_id, amount_cents });
        }
    }
    events
}
