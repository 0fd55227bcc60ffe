//! The payment provider says how much of a payment has gone back.
//!
//! What was decided here is counted already. What somebody gives back over there is counted now: the booking
//! stands, for that is about money and not about the slot, and the price is shown as given back.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::payment::{self, Payment};
use crate::record::Record;
use crate::{Actor, Event, Facility, Rejection, ReservationId};

/// Says how much of a payment has gone back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRefund {
    /// What it was for.
    pub reservation_id: ReservationId,
    /// The payment's id at its provider.
    pub payment_id: String,
    /// How much of it has gone back in all, in minor units.
    pub refunded_cents: u64,
}

impl RecordRefund {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        payment::hear(facility, actor, &self.reservation_id, |record| {
            let (amount_cents, payment_id) = (self.note(record), self.payment_id.clone());
            let event = move |reservation| Event::RefundRecorded { reservation, payment_id, amount_cents };
            (amount_cents > 0).then_some(event)
        })
    }

    /// How much more has gone back than was known.
    fn note(&self, record: &mut Record) -> u64 {
        let Some(payment) = record.payments.iter_mut().find(|payment| payment.id == self.payment_id) else {
            // News comes out of order: the payment is remembered by what went back of it until it is told.
            if self.refunded_cents > 0 {
                record.payments.push(Payment::new(&self.payment_id, self.refunded_cents, self.refunded_cents));
            }
            return self.refunded_cents;
        };
        let before = payment.refund_cents;
        payment.refund_cents = before.max(self.refunded_cents.min(payment.amount_cents));
        payment.refund_cents - before
    }
}

#[cfg(test)]
mod tests {
    use super::super::begin_payment::tests::{begin, held, paid};
    use super::super::cases::{Case, Step, at, cancel, person, run, service};
    use super::super::words::refunded;
    use crate::Command;

    /// Ana has paid for `r1` at 10:00: to call it off costs 500 from 06:00 on.
    fn booked(then: Vec<Command>) -> Vec<Step> {
        held([begin(), paid("p1", 2000)].into_iter().chain(then).collect())
    }

    #[test]
    fn what_went_back_is_counted_once_and_never_less() {
        let case =
            |name, given, when, then| Case { name, given: booked(given), when: (at(8, 5), service(), when), then };
        run(vec![
            case("a part", vec![], refunded("r1", "p1", 500), "noted r1 Confirmed | r1 PartiallyRefunded 500"),
            case("all", vec![], refunded("r1", "p1", 2000), "noted r1 Confirmed | r1 Refunded 2000"),
            case("more than there is", vec![], refunded("r1", "p1", 9000), "noted r1 Confirmed | r1 Refunded 2000"),
            case("again", vec![refunded("r1", "p1", 500)], refunded("r1", "p1", 500), "noted r1 Confirmed"),
            case("less", vec![refunded("r1", "p1", 500)], refunded("r1", "p1", 300), "noted r1 Confirmed"),
            case(
                "more",
                vec![refunded("r1", "p1", 500)],
                refunded("r1", "p1", 700),
                "noted r1 Confirmed | r1 PartiallyRefunded 200",
            ),
            case("what was decided here", vec![cancel("r1", None)], refunded("r1", "p1", 1500), "noted r1 Cancelled"),
            case(
                "the fee as well",
                vec![cancel("r1", None)],
                refunded("r1", "p1", 2000),
                "noted r1 Cancelled | r1 Refunded 500",
            ),
            case("a second payment", vec![paid("p2", 2000)], refunded("r1", "p2", 2000), "noted r1 Confirmed"),
            case("of nothing", vec![], refunded("r9", "p1", 2000), "noted nothing"),
        ]);
        let by_ana = (at(8, 5), person("ana"), refunded("r1", "p1", 1));
        run(vec![Case { name: "a member", given: booked(vec![]), when: by_ana, then: "NotYours" }]);
    }

    #[test]
    fn a_payment_that_is_heard_of_after_it_went_back_books_nothing() {
        let case = |name, given, when, then| Case { name, given: held(given), when: (at(8, 5), service(), when), then };
        let gone = |cents| vec![begin(), refunded("r1", "p1", cents)];
        run(vec![
            case("first", vec![begin()], refunded("r1", "p1", 2000), "noted r1 PaymentPending | r1 Required 2000"),
            case("all of it", gone(2000), paid("p1", 2000), "paid r1 PaymentPending refund 2000"),
            case(
                "a part of it",
                gone(500),
                paid("p1", 2000),
                "paid r1 PaymentPending refund 2000 | r1 Required, refund r1 1500",
            ),
            case("nothing of it", vec![begin()], refunded("r1", "p1", 0), "noted r1 PaymentPending"),
        ]);
    }
}
