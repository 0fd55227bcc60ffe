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

#[cfg(test)]
pub(crate) mod tests {
    use super::super::cases::{Case, Step, at, by_id, confirm, hours, person, place, release, run, service};
    use super::super::words::priced;
    use super::super::{Command, RecordPayment};
    use super::BeginPayment;
    use crate::ReservationId;

    pub(crate) fn begin() -> Command {
        Command::BeginPayment(BeginPayment { hold: by_id("h1"), seconds: 600 })
    }

    /// `c1` costs 2000 a slot; Ana holds it at 10:00 since 08:00.
    pub(crate) fn held(then: Vec<Command>) -> Vec<Step> {
        let all = [priced("c1", 2000, None), place(1, "c1", "ana", hours(10, 11))];
        all.into_iter().chain(then).map(|command| (at(8, 0), service(), command)).collect()
    }

    /// A payment for `r1`.
    pub(crate) fn paid(id: &str, amount_cents: u64) -> Command {
        let reservation_id = ReservationId::parse("r1").unwrap();
        Command::RecordPayment(RecordPayment { reservation_id, payment_id: id.to_owned(), amount_cents })
    }

    #[test]
    fn a_hold_waits_ten_minutes_for_its_payment() {
        let case = |name, given, when, then| Case { name, given: held(given), when: (at(8, 0), service(), when), then };
        let paying = "paying r1 until 29400";
        run(vec![
            case("a hold", vec![], begin(), "paying r1 until 29400 | r1 PaymentPending"),
            case("again", vec![begin()], begin(), paying),
            case("none", vec![release(by_id("h1"))], begin(), "HoldUnknown"),
            case("given up", vec![begin()], release(by_id("h1")), "released r1 Released | r1 Released"),
            case("unpaid", vec![begin()], confirm(by_id("h1"), None), "PaymentRequired { cents: 2000 }"),
        ]);
        let by_ben = (at(8, 0), person("ben"), begin());
        run(vec![Case { name: "another's", given: held(vec![]), when: by_ben, then: "NotYours" }]);
        let free = vec![(at(8, 0), service(), place(1, "c2", "ana", hours(10, 11)))];
        run(vec![Case { name: "free", given: free, when: (at(8, 0), service(), begin()), then: "NothingToPay" }]);
        let tick = |now, then| Case {
            name: "the deadline",
            given: held(vec![begin()]),
            when: (now, service(), Command::Tick),
            then,
        };
        run(vec![tick(at(8, 10).plus(-1), "Ticked"), tick(at(8, 10), "Ticked | r1 Expired")]);
    }

    #[test]
    fn a_payment_books_what_it_was_for_or_goes_back() {
        let case = |name, given, now, when, then| Case { name, given: held(given), when: (now, service(), when), then };
        let (soon, late) = (at(8, 5), at(8, 30));
        let books = "paid r1 Confirmed refund 0 | r1 Confirmed, r1 Paid";
        let late_books = "paid r1 Confirmed refund 0 | r1 Expired, r1 Confirmed, r1 Paid";
        run(vec![
            case("in time", vec![begin()], soon, paid("p1", 2000), books),
            case(
                "the same again",
                vec![begin(), paid("p1", 2000)],
                soon,
                paid("p1", 2000),
                "paid r1 Confirmed refund 0",
            ),
            case(
                "another one",
                vec![begin(), paid("p1", 2000)],
                soon,
                paid("p2", 2000),
                "paid r1 Confirmed refund 2000 | r1 Paid, refund r1 2000",
            ),
            case(
                "too little",
                vec![begin()],
                soon,
                paid("p1", 1999),
                "paid r1 PaymentPending refund 1999 | r1 Required, refund r1 1999",
            ),
            case(
                "too much",
                vec![begin()],
                soon,
                paid("p1", 2001),
                "paid r1 Confirmed refund 1 | r1 Confirmed, r1 Paid, refund r1 1",
            ),
            case("late, still free", vec![begin()], late, paid("p1", 2000), late_books),
            case(
                "when the slot has begun",
                vec![begin()],
                at(10, 1),
                paid("p1", 2000),
                "paid r1 Expired refund 2000 | r1 Expired, r1 Refunded, refund r1 2000",
            ),
        ]);
        let mut taken = held(vec![begin()]);
        taken.push((at(8, 10), service(), place(2, "c1", "ben", hours(10, 11))));
        let when = (at(8, 10), service(), paid("p1", 2000));
        let back = "paid r1 Expired refund 2000 | r1 Refunded, refund r1 2000";
        run(vec![Case { name: "late and taken", given: taken, when, then: back }]);
        let stranger = (at(8, 0), service(), paid("p1", 700));
        run(vec![Case {
            name: "for nothing",
            given: vec![],
            when: stranger,
            then: "paid nothing refund 700 | refund r1 700",
        }]);
    }
}
