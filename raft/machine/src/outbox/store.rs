//! The outbox itself: every delivery that is open or still remembered, and the queue of those to be sent.
//!
//! Deliveries go in and out through two verbs, which keep the indexes in step. The indexes follow from the
//! deliveries and are never stored.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Delivery, DeliveryState, Medium, Urgency};
use crate::deadline::{Deadline, Due};
use crate::shelves::Shelves;
use crate::time::DAY_MILLIS;
use crate::{DeliveryId, Instant, MemberId};

/// How long a delivery that has ended is remembered, for what its provider has to say of it: a provider of
/// email tries for three days.
const ENDED_DELIVERY_KEPT_MILLIS: i64 = 4 * DAY_MILLIS;

/// The place of a delivery in the queue.
// Replicated: its order is the order in which deliveries of a medium are claimed.
type Turn = (Medium, Urgency, Instant, DeliveryId);

/// Every delivery of a facility that is open or still remembered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox {
    /// The highest term that has claimed anything.
    term: u64,
    deliveries: Shelves<DeliveryId, Arc<Delivery>>,
    queue: Shelves<Turn, ()>,
    claimed: Shelves<DeliveryId, ()>,
    open_of: Shelves<(MemberId, DeliveryId), ()>,
}

/// The outbox in a snapshot.
// Replicated: the order and types of these fields are version 1.
#[derive(Serialize, Deserialize)]
pub(crate) struct OutboxImage {
    term: u64,
    deliveries: Vec<Arc<Delivery>>,
}

impl OutboxImage {
    /// The deadline of each delivery.
    pub(crate) fn deadlines(&self) -> impl Iterator<Item = Deadline> {
        self.deliveries.iter().map(|delivery| delivery.deadline())
    }
}

impl Outbox {
    /// The highest term that has claimed anything.
    pub(crate) fn term(&self) -> u64 {
        self.term
    }

    /// Takes note of a term that claims.
    pub(crate) fn raise_term(&mut self, term: u64) {
        self.term = self.term.max(term);
    }

    /// One delivery.
    pub(crate) fn get(&self, id: &DeliveryId) -> Option<&Arc<Delivery>> {
        self.deliveries.get(id)
    }

    /// The deliveries after `after`, by id.
    pub(crate) fn after(&self, after: Option<&DeliveryId>) -> impl Iterator<Item = &Arc<Delivery>> {
        self.deliveries.seek(move |id| after.is_some_and(|after| id <= after)).map(|(_, delivery)| delivery)
    }

    /// The open deliveries to a member, by id.
    pub(crate) fn open_of(&self, member: &MemberId) -> impl Iterator<Item = &Arc<Delivery>> {
        let from = self.open_of.seek(move |(of, _)| of < member);
        from.take_while(move |((of, _), ())| of == member).filter_map(|((_, id), ())| self.get(id))
    }

    /// Those that are claimed, by id.
    pub(crate) fn claimed(&self) -> impl Iterator<Item = &Arc<Delivery>> {
        self.claimed.iter().filter_map(|(id, ())| self.get(id))
    }

    /// When the next delivery of a medium and urgency is due.
    pub(crate) fn next_due(&self, medium: Medium, urgency: Urgency) -> Option<Instant> {
        self.waiting(medium, urgency).next().map(|(at, _)| at)
    }

    /// The first of those that are due at `now`, of a medium and at least as urgent as `up_to`.
    pub(crate) fn first_due(&self, medium: Medium, up_to: Urgency, now: Instant) -> Option<DeliveryId> {
        let urgencies = Urgency::ALL.into_iter().filter(|urgency| *urgency <= up_to);
        let mut first = urgencies.filter_map(|urgency| self.waiting(medium, urgency).next());
        first.find(|(at, _)| *at <= now).map(|(_, id)| id.clone())
    }

    /// Puts a delivery in, in place of the one of its id, which it gives back.
    pub(crate) fn put(&mut self, delivery: Arc<Delivery>) -> Option<Arc<Delivery>> {
        let old = self.deliveries.insert(delivery.id.clone(), Arc::clone(&delivery));
        if let Some(old) = &old {
            self.unindex(old);
        }
        self.index(&delivery);
        old
    }

    /// Takes a delivery out.
    pub(crate) fn remove(&mut self, id: &DeliveryId) {
        if let Some(old) = self.deliveries.remove(id) {
            self.unindex(&old);
        }
    }

    pub(crate) fn image(&self) -> OutboxImage {
        OutboxImage { term: self.term, deliveries: self.after(None).cloned().collect() }
    }

    pub(crate) fn from_image(image: OutboxImage) -> Self {
        let mut outbox = Self { term: image.term, ..Self::default() };
        outbox.deliveries =
            image.deliveries.iter().map(|delivery| (delivery.id.clone(), Arc::clone(delivery))).collect();
        image.deliveries.iter().for_each(|delivery| outbox.index(delivery));
        outbox
    }

    fn waiting(&self, medium: Medium, urgency: Urgency) -> impl Iterator<Item = (Instant, &DeliveryId)> {
        let from = self.queue.seek(move |(of, how, _, _)| (*of, *how) < (medium, urgency));
        let these = from.take_while(move |((of, how, _, _), ())| (*of, *how) == (medium, urgency));
        these.map(|((_, _, at, id), ())| (*at, id))
    }

    fn index(&mut self, delivery: &Delivery) {
        match delivery.state {
            DeliveryState::Scheduled => drop(self.queue.insert(delivery.turn(), ())),
            DeliveryState::Claimed => drop(self.claimed.insert(delivery.id.clone(), ())),
            _ => return,
        }
        if let Some(member) = &delivery.member_id {
            self.open_of.insert((member.clone(), delivery.id.clone()), ());
        }
    }

    fn unindex(&mut self, delivery: &Delivery) {
        match delivery.state {
            DeliveryState::Scheduled => drop(self.queue.remove(&delivery.turn())),
            DeliveryState::Claimed => drop(self.claimed.remove(&delivery.id)),
            _ => return,
        }
        if let Some(member) = &delivery.member_id {
            self.open_of.remove(&(member.clone(), delivery.id.clone()));
        }
    }
}

impl Delivery {
    /// Its one deadline: being of no use, the end of its claim, or once it has ended, being forgotten.
    pub(crate) fn deadline(&self) -> Deadline {
        let id = self.id.clone();
        match (self.state, self.claimed_until) {
            (DeliveryState::Scheduled, _) => (self.not_after, Due::GiveUp(id)),
            (DeliveryState::Claimed, Some(until)) => (until, Due::ClaimOver(id)),
            _ => (self.ended_at.unwrap_or(self.due_at).plus(ENDED_DELIVERY_KEPT_MILLIS), Due::ForgetDelivery(id)),
        }
    }

    fn turn(&self) -> Turn {
        (self.medium, self.kind.urgency(), self.due_at, self.id.clone())
    }
}
