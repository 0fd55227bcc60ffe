//! A provider says what became of a delivery after it had taken it.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::{
    Accepted, Actor, Consequence, Delivery, DeliveryAttempt, DeliveryId, DeliveryState, Event, Facility, Outcome,
    Receipt, Rejection, Unreachable,
};

/// What a provider says of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteReceipt {
    /// Which delivery.
    pub delivery_id: DeliveryId,
    /// What the provider calls it; another than the one that took it is no news.
    pub provider_id: String,
    /// What it says.
    pub receipt: Receipt,
    /// What follows.
    pub consequence: Consequence,
}

impl NoteReceipt {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        let already = Ok(Done::already(Accepted::ReceiptNoted));
        let Some(mut delivery) = facility.delivery_to_change(&self.delivery_id) else { return already };
        // Receipts come twice and out of order: the rank never goes back.
        if self.is_of_another(&delivery) || delivery.receipt.as_ref() >= Some(&self.receipt) {
            return already;
        }
        let reach = self.note_reach(facility, &delivery);
        // It was taken, whatever became of the answer that said so.
        if let Some(attempt) = delivery.attempts.last_mut() {
            attempt.outcome = Some(Outcome::Accepted { provider_id: Some(self.provider_id.clone()) });
        }
        delivery.provider_id = Some(self.provider_id.clone());
        delivery.receipt = Some(self.receipt.clone());
        let now = facility.now;
        let mut events = match (&self.receipt, self.consequence) {
            (Receipt::Undelivered { .. }, Consequence::AgainOnce(at)) if is_first(&delivery) => {
                (delivery.provider_id, delivery.receipt) = (None, None);
                facility.schedule_again(delivery, at.max(now)).into_iter().collect()
            }
            (Receipt::Undelivered { .. }, _) => vec![facility.end_delivery(delivery, DeliveryState::Failed, now)],
            _ => vec![facility.end_delivery(delivery, DeliveryState::Sent, now)],
        };
        events.extend(reach);
        Ok(Done { accepted: Accepted::ReceiptNoted, events })
    }

    /// Whether it is about a try that was not the last one to be taken: a late word of what was given up and
    /// sent once more since says nothing of what became of that.
    fn is_of_another(&self, delivery: &Delivery) -> bool {
        let id = Some(&self.provider_id);
        let taken_as = |attempt: &DeliveryAttempt| match &attempt.outcome {
            Some(Outcome::Accepted { provider_id }) => provider_id.as_ref() == id,
            _ => false,
        };
        match &delivery.provider_id {
            Some(known) => *known != self.provider_id,
            None => delivery.attempts.iter().any(taken_as),
        }
    }

    fn note_reach(&self, facility: &mut Facility, delivery: &Delivery) -> Option<Event> {
        let unreachable = match self.consequence {
            Consequence::Nothing | Consequence::AgainOnce(_) => return None,
            Consequence::BadAddress => Unreachable::BadAddress,
            Consequence::OptedOut => Unreachable::OptedOut,
        };
        facility.note_reach(delivery.member_id.as_ref()?, delivery.medium, Some(unreachable))
    }
}

/// Whether it has been tried once only.
fn is_first(delivery: &Delivery) -> bool {
    delivery.next_attempt() <= 2
}

#[cfg(test)]
mod tests {
    use super::super::cases::{Case, at, person, run};
    use crate::Medium::Sms;
    use crate::outbox::cases::{booked, claim, receipt, settle, taken, undelivered, unknown};
    use crate::{Actor, Command, Consequence, Receipt};

    const NOTHING: &str = "ReceiptNoted";

    fn sent(then: Vec<Command>) -> Vec<Command> {
        [claim(1, Sms), settle(Sms, 1, taken())].into_iter().chain(then).collect()
    }

    fn case(name: &'static str, given: Vec<Command>, when: Command, then: &'static str) -> Case {
        let given = booked(given.into_iter().map(|command| (at(8, 1), command)).collect());
        Case { name, given, when: (at(8, 2), Actor::System, when), then }
    }

    #[test]
    fn receipts_come_twice_and_out_of_order() {
        let delivered = || receipt(Sms, Receipt::Delivered, Consequence::Nothing);
        let underway = || receipt(Sms, Receipt::Underway, Consequence::Nothing);
        let lost = || receipt(Sms, undelivered(), Consequence::Nothing);
        let told = "ReceiptNoted | ntf_confirmation-sms-1-r1 sent";
        run(vec![
            case("delivered", sent(vec![]), delivered(), told),
            case("twice", sent(vec![delivered()]), delivered(), NOTHING),
            case("underway after it", sent(vec![delivered()]), underway(), NOTHING),
            case("not delivered", sent(vec![underway()]), lost(), "ReceiptNoted | ntf_confirmation-sms-1-r1 failed"),
            case("before its taking is settled", vec![claim(1, Sms)], delivered(), told),
            case("of one of which nobody knew", vec![claim(1, Sms), settle(Sms, 1, unknown())], delivered(), told),
        ]);
        let when = (at(8, 2), person("eve"), delivered());
        run(vec![Case { name: "a member", given: booked(vec![]), when, then: "NotYours" }]);
    }

    #[test]
    fn what_did_not_arrive_may_be_sent_once_more_or_say_that_the_address_takes_nothing() {
        let once = || receipt(Sms, undelivered(), Consequence::AgainOnce(at(8, 5)));
        let again = || sent(vec![once(), claim(1, Sms)]);
        let underway = || receipt(Sms, Receipt::Underway, Consequence::Nothing);
        let lost = || receipt(Sms, undelivered(), Consequence::Nothing);
        let bad = receipt(Sms, undelivered(), Consequence::BadAddress);
        run(vec![
            case("once more", sent(vec![]), once(), NOTHING),
            case("not twice", again(), once(), NOTHING),
            // The first try was given up: what is said of it later says nothing of the one to come.
            case("given up, and then said to be on its way", sent(vec![once()]), underway(), NOTHING),
            case("given up, and said once more not to have arrived", sent(vec![once()]), lost(), NOTHING),
            case("bad", sent(vec![]), bad, "ReceiptNoted | ntf_confirmation-sms-1-r1 failed, eve sms bad_address"),
        ]);
    }
}
