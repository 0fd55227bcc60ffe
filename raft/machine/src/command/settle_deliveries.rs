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
