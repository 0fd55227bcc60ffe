//! Says what came of sending deliveries.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::{Accepted, Actor, Delivery, DeliveryId, DeliveryState, Event, Facility, Outcome, Rejection};

/// Says what came of tries at sending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleDeliveries {
    /// Each with what came of it.
    pub settled: Vec<Settlement>,
}

/// What came of one try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Which delivery.
    pub delivery_id: DeliveryId,
    /// The number of the try, as it was claimed.
    pub attempt: u32,
    /// What came of it.
    pub outcome: Outcome,
}

impl SettleDeliveries {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        let mut events = Vec::new();
        for settlement in &self.settled {
            if let Some(delivery) = facility.delivery_to_change(&settlement.delivery_id) {
                events.extend(settlement.settle(facility, delivery));
            }
        }
        Ok(Done { accepted: Accepted::DeliveriesSettled, events })
    }
}

impl Settlement {
    fn settle(&self, facility: &mut Facility, mut delivery: Delivery) -> Vec<Event> {
        let now = facility.now;
        let is_last = delivery.attempts.last().is_some_and(|last| last.number == self.attempt);
        if is_last && delivery.state == DeliveryState::Claimed {
            return facility.settle_attempt(delivery, self.outcome.clone(), now);
        }
        // Somebody else took over meanwhile, or gave it up. What is known now is worth knowing still: what was
        // taken need not be sent again.
        let Some(attempt) = delivery.attempts.iter_mut().find(|attempt| attempt.number == self.attempt) else {
            return Vec::new();
        };
        if !matches!(attempt.outcome, Some(Outcome::Unknown { .. })) {
            return Vec::new();
        }
        attempt.outcome = Some(self.outcome.clone());
        match (&self.outcome, delivery.state) {
            (Outcome::Accepted { provider_id }, DeliveryState::Scheduled | DeliveryState::Unknown) => {
                delivery.provider_id.clone_from(provider_id);
                vec![facility.end_delivery(delivery, DeliveryState::Sent, now)]
            }
            _ => {
                facility.put_delivery(delivery);
                Vec::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cases::{Case, at, person, run};
    use crate::Medium::{Email, Sms};
    use crate::outbox::cases::{again, booked, claim, refused, settle, taken, unknown};
    use crate::{Actor, Command, Instant, Refusal};

    fn case(name: &'static str, given: Vec<Command>, when: Command, then: &'static str) -> Case {
        let given = booked(given.into_iter().map(|command| (at(8, 1), command)).collect());
        Case { name, given, when: (at(8, 1), Actor::System, when), then }
    }

    #[test]
    fn what_came_of_a_try_is_settled_once() {
        let sent = "DeliveriesSettled | ntf_confirmation-email-1-r1 sent";
        let nothing = "DeliveriesSettled";
        run(vec![
            case("taken", vec![claim(1, Email)], settle(Email, 1, taken()), sent),
            case("twice", vec![claim(1, Email), settle(Email, 1, taken())], settle(Email, 1, taken()), nothing),
            case(
                "refused",
                vec![claim(1, Email)],
                settle(Email, 1, refused(Refusal::Message)),
                "DeliveriesSettled | ntf_confirmation-email-1-r1 failed",
            ),
            case("to be tried again", vec![claim(1, Email)], settle(Email, 1, again(at(8, 2))), nothing),
            case(
                "again, but too late then",
                vec![claim(1, Email)],
                settle(Email, 1, again(at(13, 0))),
                "DeliveriesSettled | ntf_confirmation-email-1-r1 dropped too_late",
            ),
            case("an email of which nobody knows", vec![claim(1, Email)], settle(Email, 1, unknown()), nothing),
            case(
                "a text of which nobody knows",
                vec![claim(1, Sms)],
                settle(Sms, 1, unknown()),
                "DeliveriesSettled | ntf_confirmation-sms-1-r1 unknown",
            ),
            case("never claimed", vec![], settle(Email, 1, taken()), nothing),
        ]);
        let when = (at(8, 1), person("eve"), settle(Email, 1, taken()));
        run(vec![Case { name: "a member", given: booked(vec![]), when, then: "NotYours" }]);
    }

    #[test]
    fn a_refusal_may_say_that_the_address_takes_nothing() {
        run(vec![
            case(
                "no such number",
                vec![claim(1, Sms)],
                settle(Sms, 1, refused(Refusal::BadAddress)),
                "DeliveriesSettled | ntf_confirmation-sms-1-r1 failed, eve sms bad_address",
            ),
            case(
                "opted out",
                vec![claim(1, Sms)],
                settle(Sms, 1, refused(Refusal::OptedOut)),
                "DeliveriesSettled | ntf_confirmation-sms-1-r1 failed, eve sms opted_out",
            ),
        ]);
    }

    #[test]
    fn a_leader_that_was_followed_may_still_say_that_it_was_taken() {
        let followed = || vec![claim(1, Email), claim(2, Sms)];
        let taken_over = || vec![claim(1, Email), claim(2, Email)];
        run(vec![
            case(
                "before it is sent again",
                followed(),
                settle(Email, 1, taken()),
                "DeliveriesSettled | ntf_confirmation-email-1-r1 sent",
            ),
            case("while it is sent again", taken_over(), settle(Email, 1, taken()), "DeliveriesSettled"),
            case("and that was refused", followed(), settle(Email, 1, refused(Refusal::Message)), "DeliveriesSettled"),
        ]);
        let late: Vec<(Instant, Command)> =
            vec![(at(8, 1), claim(1, Sms)), (at(8, 2), claim(2, Sms)), (at(8, 2), settle(Sms, 1, taken()))];
        let when = (at(8, 3), Actor::System, claim(2, Sms));
        run(vec![Case { name: "a text", given: booked(late), when, then: "claimed" }]);
    }
}
