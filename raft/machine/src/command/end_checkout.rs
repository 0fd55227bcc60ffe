//! A page to pay on takes no payment any more: its provider has closed it, or the payment on it failed.
//!
//! Whoever waits for that payment waits no longer: the slot is free at once, and not only at its deadline.
//! A page that somebody closed because its hold was over is no news.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::view::View;
use crate::{Accepted, Actor, Event, Facility, PaymentStatus, Rejection, ReservationId, Status};

/// Says that a page to pay on takes no payment any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndCheckout {
    /// What was to be paid for on it.
    pub reservation_id: ReservationId,
    /// What its provider calls it.
    pub session_id: String,
    /// Why.
    pub why: CheckoutEnd,
}

/// Why a page to pay on takes no payment any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CheckoutEnd {
    /// It is closed, and nobody has paid on it.
    Expired,
    /// The payment that was begun on it came to nothing.
    Failed,
}

impl EndCheckout {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        let view = View::new(facility, facility.now);
        view.settings()?;
        let Some(found) = view.reservation(&self.reservation_id) else {
            return Ok(Done::already(Accepted::PaymentNoted(None)));
        };
        let is_another = found.checkout.as_ref().is_some_and(|known| *known != self.session_id);
        let status = found.reservation.status;
        let failed = self.why == CheckoutEnd::Failed && found.reservation.payment == PaymentStatus::Required;
        let over = matches!(status, Status::Expired | Status::Released);
        if is_another || !(status == Status::PaymentPending || over && failed) {
            return Ok(Done::already(Accepted::PaymentNoted(Some(Box::new(found.reservation.clone())))));
        }
        let mut record = found.clone();
        // It is closed: there is nothing left to be closed with the hold.
        record.checkout = None;
        if failed {
            record.reservation.payment = PaymentStatus::Failed;
        }
        if over {
            record.reservation.version += 1;
        } else {
            record.end(Status::Released, facility.now);
        }
        let reservation = Box::new(record.reservation.clone());
        facility.put_record(record);
        let mut events = Vec::new();
        events.extend((!over).then(|| Event::HoldReleased(reservation.clone())));
        events.extend(failed.then(|| Event::PaymentFailed(reservation.clone())));
        Ok(Done { accepted: Accepted::PaymentNoted(Some(reservation)), events })
    }
}

#[cfg(test)]
mod tests {
    use super::super::begin_payment::tests::{begin, held, paid};
    use super::super::cases::{Case, at, by_id, person, release, run, service};
    use super::super::words::{checkout_ends as ends, note_checkout as note};
    use super::CheckoutEnd::{Expired, Failed};

    #[test]
    fn a_hold_whose_payment_comes_to_nothing_frees_its_slot_at_once() {
        let paying = || vec![begin(), note("r1", "cs_1")];
        let case = |name, given, now, when, then| Case { name, given: held(given), when: (now, service(), when), then };
        let then = |mut given: Vec<_>, one| {
            given.push(one);
            given
        };
        let (soon, late) = (at(8, 1), at(8, 30));
        run(vec![
            case("closed early", paying(), soon, ends("r1", "cs_1", Expired), "noted r1 Released | r1 Released"),
            case(
                "failed",
                paying(),
                soon,
                ends("r1", "cs_1", Failed),
                "noted r1 Released | r1 Released, r1 payment Failed",
            ),
            case(
                "its page is not known yet",
                vec![begin()],
                soon,
                ends("r1", "cs_1", Expired),
                "noted r1 Released | r1 Released",
            ),
            case("another page", paying(), soon, ends("r1", "cs_2", Expired), "noted r1 PaymentPending"),
            case(
                "again",
                then(paying(), ends("r1", "cs_1", Failed)),
                soon,
                ends("r1", "cs_1", Failed),
                "noted r1 Released",
            ),
            case(
                "given up",
                then(paying(), release(by_id("h1"))),
                soon,
                ends("r1", "cs_1", Expired),
                "noted r1 Released",
            ),
            case("paid", then(paying(), paid("p1", 2000)), soon, ends("r1", "cs_1", Expired), "noted r1 Confirmed"),
            case("no hold for a payment", vec![], at(8, 0), ends("r1", "cs_1", Expired), "noted r1 Held"),
            case("of nothing", vec![], soon, ends("r9", "cs_1", Failed), "noted nothing | r1 Expired"),
            case(
                "failed when it was over",
                paying(),
                late,
                ends("r1", "cs_1", Failed),
                "noted r1 Expired | r1 Expired, r1 payment Failed",
            ),
        ]);
        let by_ana = (soon, person("ana"), ends("r1", "cs_1", Expired));
        run(vec![Case { name: "a member", given: held(paying()), when: by_ana, then: "NotYours" }]);
    }
}
