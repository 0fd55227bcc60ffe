//! Takes what is offered to an entry of the waitlist: its hold becomes a reservation.
//!
//! It is a confirm of the offer's hold under another name, and confirming that hold the ordinary way is the
//! same. Taking it again is answered with the same reservation.

use serde::{Deserialize, Serialize};

use super::{ConfirmHold, Done, HoldRef};
use crate::{Accepted, Actor, Facility, Pay, Rejection, WaitlistEntry, WaitlistId, WaitlistStatus};

/// Takes what is offered to an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptOffer {
    /// Which entry.
    pub waitlist_id: WaitlistId,
    /// How it is to be paid.
    pub pay: Pay,
}

impl AcceptOffer {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        facility.settings().ok_or(Rejection::FacilityUnknown)?;
        let entry = facility.waitlist_entry(&self.waitlist_id).ok_or(Rejection::WaitlistUnknown)?;
        actor.must_act_for(&entry.member_id)?;
        let reservation = entry.reservation_id.as_ref().and_then(|id| facility.reservation(id));
        let hold = reservation.and_then(|it| it.hold_id.clone());
        match (entry.status, hold) {
            (WaitlistStatus::Offered, Some(hold)) => {
                ConfirmHold { hold: HoldRef::Id(hold), reservation_id: None, pay: self.pay }.run(facility, actor)
            }
            (WaitlistStatus::Converted, _) => match reservation {
                Some(reservation) => Ok(Done::already(Accepted::HoldConfirmed(Box::new(reservation.clone())))),
                None => Err(Rejection::NoActiveOffer),
            },
            _ => Err(none(entry)),
        }
    }
}

/// Why there is nothing to take or decline.
pub(super) fn none(entry: &WaitlistEntry) -> Rejection {
    entry.last_expired_at.map_or(Rejection::NoActiveOffer, |at| Rejection::OfferExpired { at })
}

#[cfg(test)]
mod tests {
    use super::super::cases::{Case, Step, at, cancel, hours, import, rsv, run, service};
    use super::super::words::priced;
    use super::super::{BeginPayment, HoldRef, RecordPayment};
    use crate::waitlist::cases::{eight, join, wish};
    use crate::{Command, HoldId, Instant};

    fn paid() -> Command {
        let payment_id = "p1".to_owned();
        Command::RecordPayment(RecordPayment { reservation_id: rsv("rsv_w1-1"), payment_id, amount_cents: 2000 })
    }

    /// Ana is offered `c1` from 12 to 13 at 08:00, goes to pay, and lets it run out at 08:10.
    fn ran_out(until: i64, then: Vec<(Instant, Command)>) -> Vec<Step> {
        let begin = BeginPayment { hold: HoldRef::Id(HoldId::parse("hld_w1-1").unwrap()), seconds: 600 };
        let given = vec![
            priced("c1", 2000, None),
            import("x", "c2", "ben", hours(12, 13)),
            join("w1", "ana", wish(12, until)),
            Command::BeginPayment(begin),
        ];
        let given = given.into_iter().map(|command| (eight(), command));
        given.chain(then).map(|(now, command)| (now, service(), command)).collect()
    }

    #[test]
    fn an_offer_that_is_paid_late_counts_once_and_takes_the_next_one_back() {
        let late = at(8, 40);
        run(vec![
            Case {
                name: "what is offered meanwhile stays, and the money goes back",
                given: ran_out(13, vec![(late, cancel("x", None))]),
                when: (late, service(), paid()),
                then: "paid rsv_w1-1 Expired refund 2000 | rsv_w1-1 Refunded, refund rsv_w1-1 2000",
            },
            Case {
                name: "booked, it is what was waited for",
                given: ran_out(14, vec![(late, Command::Tick)]),
                when: (late, service(), paid()),
                then: "paid rsv_w1-1 Confirmed refund 0 | rsv_w1-1 Confirmed, rsv_w1-1 Paid, rsv_w1-2 Released, \
                       withdrawn w1 Active, accepted w1 Converted",
            },
        ]);
    }
}
