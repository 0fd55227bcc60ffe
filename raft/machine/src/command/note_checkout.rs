//! A page to pay on is open at the payment provider.
//!
//! It is known from here on, so that it is closed with its hold. One that was opened too late, because the
//! hold was over by then or another page was first, must take no payment and is closed at once.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::view::View;
use crate::{Accepted, Actor, Event, Facility, Rejection, ReservationId};

/// Says that a page to pay on is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteCheckout {
    /// What is paid for on it.
    pub reservation_id: ReservationId,
    /// What its provider calls it.
    pub session_id: String,
}

impl NoteCheckout {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let view = View::new(facility, facility.now);
        view.settings()?;
        let opened =
            Event::CheckoutOpened { reservation_id: self.reservation_id.clone(), session_id: self.session_id.clone() };
        let Some(found) = view.reservation(&self.reservation_id) else {
            return Ok(Done::changed(Accepted::PaymentNoted(None), opened));
        };
        actor.must_act_for(&found.reservation.member_id)?;
        let accepted = Accepted::PaymentNoted(Some(Box::new(found.reservation.clone())));
        // Whoever has paid already was faster than this news: such a page takes nothing any more.
        if found.checkout.as_ref() == Some(&self.session_id) || !found.payments.is_empty() {
            return Ok(Done::already(accepted));
        }
        if found.checkout.is_none() {
            let mut record = found.clone();
            record.checkout = Some(self.session_id.clone());
            facility.put_record(record);
        }
        Ok(Done::changed(accepted, opened))
    }
}

#[cfg(test)]
mod tests {
    use super::super::begin_payment::tests::{begin, held, paid};
    use super::super::cases::{Case, Step, at, by_id, club, envelope, person, release, run, service, staff};
    use super::super::words::{checkout_ends as ends, note_checkout as note};
    use crate::{CheckoutEnd, Command, ConfirmHold, MoreFacts, Pay, apply};

    #[test]
    fn a_page_is_closed_with_its_hold_and_one_that_comes_too_late_at_once() {
        let case = |name, given, now, when, then| Case { name, given: held(given), when: (now, service(), when), then };
        let (soon, late) = (at(8, 1), at(8, 30));
        run(vec![
            case("in time", vec![begin()], soon, note("r1", "cs_1"), "noted r1 PaymentPending | r1 pays on cs_1"),
            case("again", vec![begin(), note("r1", "cs_1")], soon, note("r1", "cs_1"), "noted r1 PaymentPending"),
            case(
                "when it has run out",
                vec![begin()],
                late,
                note("r1", "cs_1"),
                "noted r1 Expired | r1 Expired, r1 pays on cs_1",
            ),
            case(
                "when it was given up",
                vec![begin(), release(by_id("h1"))],
                soon,
                note("r1", "cs_1"),
                "noted r1 Released | r1 pays on cs_1",
            ),
            case(
                "a second page",
                vec![begin(), note("r1", "cs_1")],
                soon,
                note("r1", "cs_2"),
                "noted r1 PaymentPending | r1 pays on cs_2",
            ),
            case("paid before", vec![begin(), paid("p1", 2000)], soon, note("r1", "cs_1"), "noted r1 Confirmed"),
            case("for nothing", vec![], at(8, 0), note("r9", "cs_9"), "noted nothing | r9 pays on cs_9"),
        ]);
        let by_ben = (soon, person("ben"), note("r1", "cs_1"));
        run(vec![Case { name: "another's", given: held(vec![begin()]), when: by_ben, then: "NotYours" }]);
    }

    /// Which pages are to be closed after all that.
    fn closed(then: Vec<Step>) -> Vec<String> {
        let mut facility = club();
        for (step, (now, actor, command)) in (1..).zip(held(vec![begin()]).into_iter().chain(then)) {
            apply(&mut facility, step, &envelope(step, now, actor, command));
        }
        let closed = facility.deliveries(None).filter_map(|delivery| match &delivery.facts.more {
            MoreFacts::Checkout { session_id } => Some(session_id.clone()),
            _ => None,
        });
        closed.collect()
    }

    #[test]
    fn a_page_takes_no_payment_once_its_hold_is_over() {
        let (soon, late) = (at(8, 1), at(8, 30));
        let by_service = |now, command| (now, service(), command);
        let noted = || by_service(soon, note("r1", "cs_1"));
        assert_eq!(closed(vec![noted()]), [""; 0]);
        assert_eq!(closed(vec![noted(), by_service(late, Command::Tick)]), ["cs_1"]);
        assert_eq!(closed(vec![noted(), by_service(soon, release(by_id("h1")))]), ["cs_1"]);
        assert_eq!(closed(vec![noted(), by_service(soon, note("r1", "cs_2"))]), ["cs_2"]);
        assert_eq!(closed(vec![by_service(late, note("r1", "cs_1"))]), ["cs_1"]);
        assert_eq!(closed(vec![by_service(late, note("r9", "cs_9"))]), ["cs_9"]);
        assert_eq!(closed(vec![noted(), by_service(soon, paid("p1", 2000)), by_service(late, Command::Tick)]), [""; 0]);
        assert_eq!(closed(vec![noted(), by_service(soon, ends("r1", "cs_1", CheckoutEnd::Expired))]), [""; 0]);
        let waived = ConfirmHold { hold: by_id("h1"), reservation_id: None, pay: Pay::Waived };
        assert_eq!(closed(vec![noted(), (soon, staff(), Command::ConfirmHold(waived))]), ["cs_1"]);
    }
}
