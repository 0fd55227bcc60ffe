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
        // Whatever became of the answer that said so: it was taken.
        let taken = Outcome::Accepted { provider_id: Some(self.provider_id.clone()) };
        if let Some(last) = delivery.attempts.last_mut() {
            last.outcome.get_or_insert(taken);
        }
        delivery.provider_id = Some(self.provider_id.clone());
        delivery.receipt = Some(self.receipt.clone());
        let now = facility.now;
        let mut events = match (&self.receipt, self.consequence) {
            (Receipt::Undelivered { .. }, Consequence::AgainOnce(at)) if is_first(&delivery) => {
                (delivery.provider_id, delivery.receipt) = (None, None);
                facility.schedule_again(delivery, at.max(now));
                Vec::new()
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
