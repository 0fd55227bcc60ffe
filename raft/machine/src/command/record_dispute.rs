//! A payer has asked its bank for the money, or the bank has decided.
//!
//! What is won is paid again; what is lost has gone back, whatever was decided here. The booking stands:
//! what it means for the member is for the club to say.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::payment::{self, Payment};
use crate::{Actor, DisputeState, Event, Facility, Rejection, ReservationId};

/// Says where a dispute about a payment stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordDispute {
    /// What was paid for.
    pub reservation_id: ReservationId,
    /// The payment's id at its provider.
    pub payment_id: String,
    /// Where it stands.
    pub state: DisputeState,
}

impl RecordDispute {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        payment::hear(facility, actor, &self.reservation_id, |record| {
            let is_it = |payment: &&mut Payment| payment.id == self.payment_id && payment.is_news(self.state);
            let payment = record.payments.iter_mut().find(is_it)?;
            payment.dispute = Some(self.state);
            let lost_cents = if self.state == DisputeState::Lost { payment.captured_cents() } else { 0 };
            payment.refund_cents += lost_cents;
            let (payment_id, state) = (self.payment_id.clone(), self.state);
            Some(move |reservation| Event::DisputeRecorded { reservation, payment_id, state, lost_cents })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::begin_payment::tests::{begin, held, paid};
    use super::super::cases::{Case, at, cancel, person, run, service};
    use super::super::words::{disputed, refunded};
    use crate::Command;
    use crate::DisputeState::{Lost, Opened, Won};

    #[test]
    fn a_dispute_is_opened_and_closed_once() {
        let case = |name, given: Vec<Command>, when, then| Case {
            name,
            given: held([begin(), paid("p1", 2000)].into_iter().chain(given).collect()),
            when: (at(8, 5), service(), when),
            then,
        };
        let open = || disputed("r1", "p1", Opened);
        run(vec![
            case("opened", vec![], open(), "noted r1 Confirmed | r1 Disputed Opened 0"),
            case("again", vec![open()], open(), "noted r1 Confirmed"),
            case("won", vec![open()], disputed("r1", "p1", Won), "noted r1 Confirmed | r1 Paid Won 0"),
            case("lost", vec![open()], disputed("r1", "p1", Lost), "noted r1 Confirmed | r1 Refunded Lost 2000"),
            case("closed first", vec![disputed("r1", "p1", Lost)], open(), "noted r1 Confirmed"),
            case(
                "lost and then won",
                vec![disputed("r1", "p1", Lost)],
                disputed("r1", "p1", Won),
                "noted r1 Confirmed",
            ),
            case(
                "won when a part had gone back",
                vec![refunded("r1", "p1", 500), open()],
                disputed("r1", "p1", Won),
                "noted r1 Confirmed | r1 PartiallyRefunded Won 0",
            ),
            case(
                "lost when it was called off",
                vec![open(), cancel("r1", None)],
                disputed("r1", "p1", Lost),
                "noted r1 Cancelled | r1 Refunded Lost 500",
            ),
            case(
                "what went back already",
                vec![paid("p2", 2000)],
                disputed("r1", "p2", Opened),
                "noted r1 Confirmed | r1 Paid Opened 0",
            ),
            case("a payment of nothing", vec![], disputed("r1", "p9", Opened), "noted r1 Confirmed"),
            case("of nothing", vec![], disputed("r9", "p1", Opened), "noted nothing"),
        ]);
        let by_ana = (at(8, 5), person("ana"), open());
        run(vec![Case { name: "a member", given: held(vec![begin()]), when: by_ana, then: "NotYours" }]);
    }
}
