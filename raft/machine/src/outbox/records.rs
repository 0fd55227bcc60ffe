//! The verbs through which deliveries change, and what readers ask of the outbox.
//!
//! Each keeps the outbox and the deadlines in step. A delivery that ends is told as an event, which the
//! history keeps when the state has forgotten it.

use std::sync::Arc;

use super::{Delivery, DeliveryAttempt, DeliveryKind, DeliveryState, DropReason, Medium, Outcome, Refusal, Urgency};
use crate::{DeliveryId, Event, Facility, Instant, MemberId, Status, Unreachable};

/// How often a delivery is sent again although nobody knows whether it has been taken: a provider that
/// takes everything and answers nothing must not make one email a hundred.
const UNKNOWN_ATTEMPTS_MAX: usize = 3;
/// Tries of one delivery that are remembered.
pub(super) const ATTEMPTS_KEPT: usize = 10;

impl Facility {
    /// One delivery, open or ended and still remembered.
    pub fn delivery(&self, id: &DeliveryId) -> Option<&Delivery> {
        self.outbox.get(id).map(Arc::as_ref)
    }

    /// All deliveries, open or ended and still remembered, by id, after `after`.
    pub fn deliveries(&self, after: Option<&DeliveryId>) -> impl Iterator<Item = &Delivery> {
        self.outbox.after(after).map(Arc::as_ref)
    }

    /// When the next delivery of a medium that is at least as urgent as `up_to` is due; `None` where none
    /// waits.
    pub fn next_delivery(&self, medium: Medium, up_to: Urgency) -> Option<Instant> {
        let urgencies = Urgency::ALL.into_iter().filter(|urgency| *urgency <= up_to);
        urgencies.filter_map(|urgency| self.outbox.next_due(medium, urgency)).min()
    }

    /// The deliveries that somebody is sending, or was when it was heard of last, by id.
    pub fn claimed_deliveries(&self) -> impl Iterator<Item = &Delivery> {
        self.outbox.claimed().map(Arc::as_ref)
    }
}

impl Facility {
    /// Puts a delivery in, in place of the one of its id.
    pub(crate) fn put_delivery(&mut self, delivery: Delivery) {
        let deadline = delivery.deadline();
        let old = self.outbox.put(Arc::new(delivery));
        self.change_deadline(old.map(|old| old.deadline()), Some(deadline));
    }

    /// A copy of a delivery to change.
    pub(crate) fn delivery_to_change(&self, id: &DeliveryId) -> Option<Delivery> {
        self.delivery(id).cloned()
    }

    /// A delivery is of no use any more by the clock.
    pub(crate) fn give_up(&mut self, id: &DeliveryId) -> Option<Event> {
        let delivery = self.delivery_to_change(id)?;
        let at = delivery.not_after;
        Some(self.drop_delivery(delivery, DropReason::TooLate, at))
    }

    /// Takes a delivery out of the queue that is not to be sent.
    pub(crate) fn drop_delivery(&mut self, mut delivery: Delivery, why: DropReason, at: Instant) -> Event {
        delivery.dropped = Some(why);
        self.end_delivery(delivery, DeliveryState::Dropped, at)
    }

    /// Takes a delivery out that has ended long ago.
    pub(crate) fn forget_delivery(&mut self, id: &DeliveryId) {
        self.outbox.remove(id);
    }

    /// Drops the open messages to a member that `which` are.
    pub(crate) fn drop_open(
        &mut self,
        member: &MemberId,
        why: DropReason,
        events: &mut Vec<Event>,
        which: impl Fn(&Delivery) -> bool,
    ) {
        // What is being sent already is the business of whoever sends it.
        let waits = |it: &&Arc<Delivery>| it.state == DeliveryState::Scheduled && it.medium != Medium::Payment;
        let these = self.outbox.open_of(member).filter(waits).filter(|it| which(it));
        let these: Vec<Delivery> = these.map(|it| Delivery::clone(it)).collect();
        let now = self.now;
        events.extend(these.into_iter().map(|delivery| self.drop_delivery(delivery, why, now)).collect::<Vec<_>>());
    }

    /// Nobody said in time what came of a claimed delivery.
    pub(crate) fn claim_over(&mut self, id: &DeliveryId, at: Instant) -> Vec<Event> {
        let Some(delivery) = self.delivery_to_change(id) else { return Vec::new() };
        let detail = "claim_over".to_owned();
        self.settle_attempt(delivery, Outcome::Unknown { detail }, at)
    }

    /// Writes what came of the last try at a claimed delivery, and what follows.
    // Replicated: what is sent again, and what is not.
    pub(crate) fn settle_attempt(&mut self, mut delivery: Delivery, outcome: Outcome, at: Instant) -> Vec<Event> {
        if let Some(attempt) = delivery.attempts.last_mut() {
            attempt.outcome = Some(outcome.clone());
        }
        match outcome {
            Outcome::Accepted { provider_id } => {
                delivery.provider_id = provider_id;
                vec![self.end_delivery(delivery, DeliveryState::Sent, at)]
            }
            Outcome::Refused { because, .. } => {
                let reach = self.note_refusal(&delivery, because);
                std::iter::once(self.end_delivery(delivery, DeliveryState::Failed, at)).chain(reach).collect()
            }
            Outcome::Again { at: again, .. } => self.schedule_again(delivery, again.max(at)).into_iter().collect(),
            Outcome::Unknown { .. } if delivery.may_be_sent_twice() => {
                self.schedule_again(delivery, at).into_iter().collect()
            }
            Outcome::Unknown { .. } => vec![self.end_delivery(delivery, DeliveryState::Unknown, at)],
        }
    }

    /// Puts a delivery back into the queue, unless there is nothing left to tell by then.
    pub(crate) fn schedule_again(&mut self, mut delivery: Delivery, at: Instant) -> Option<Event> {
        let now = self.now;
        if at.max(now) >= delivery.not_after {
            return Some(self.drop_delivery(delivery, DropReason::TooLate, now));
        }
        if !self.is_still_so(&delivery) {
            return Some(self.drop_delivery(delivery, DropReason::Obsolete, now));
        }
        let is_to_nobody = delivery.medium != Medium::Payment
            && delivery.member_id.as_ref().is_none_or(|member| self.known_member(member).is_none());
        if is_to_nobody {
            return Some(self.drop_delivery(delivery, DropReason::NotWanted, now));
        }
        (delivery.state, delivery.due_at, delivery.claimed_until) = (DeliveryState::Scheduled, at, None);
        (delivery.ended_at, delivery.dropped) = (None, None);
        self.put_delivery(delivery);
        None
    }

    /// Whether what a delivery asks its member to do can still be done; what has happened has happened.
    fn is_still_so(&self, delivery: &Delivery) -> bool {
        let reservation = delivery.reservation_id.as_ref().and_then(|id| self.reservation(id));
        let slot = delivery.facts.booking.as_ref().map(|booking| booking.slot);
        match delivery.kind {
            DeliveryKind::Reminder { .. } => {
                reservation.is_some_and(|it| it.status == Status::Confirmed && Some(it.slot) == slot)
            }
            DeliveryKind::WaitlistOffer => reservation.is_some_and(|it| it.status.is_hold()),
            _ => true,
        }
    }

    /// Ends a delivery and tells of it.
    pub(crate) fn end_delivery(&mut self, mut delivery: Delivery, state: DeliveryState, at: Instant) -> Event {
        (delivery.state, delivery.ended_at, delivery.claimed_until) = (state, Some(at), None);
        self.put_delivery(delivery.clone());
        Event::DeliveryEnded(Box::new(delivery))
    }

    /// What a refusal says of its member's address.
    fn note_refusal(&mut self, delivery: &Delivery, because: Refusal) -> Option<Event> {
        let unreachable = match because {
            Refusal::Message => return None,
            Refusal::BadAddress => Unreachable::BadAddress,
            Refusal::OptedOut => Unreachable::OptedOut,
        };
        self.note_reach(delivery.member_id.as_ref()?, delivery.medium, Some(unreachable))
    }

    /// Notes whether an address of a member takes messages.
    pub(crate) fn note_reach(&mut self, id: &MemberId, by: Medium, unreachable: Option<Unreachable>) -> Option<Event> {
        let mut member = self.known_member(id)?;
        let reach = match by {
            Medium::Email => &mut member.reach.email,
            Medium::Sms => &mut member.reach.sms,
            Medium::Payment => return None,
        };
        if std::mem::replace(reach, unreachable) == unreachable {
            return None;
        }
        self.change_member(member);
        Some(Event::ReachChanged { member_id: id.clone(), medium: by, unreachable })
    }
}

impl Delivery {
    /// The number that its next try has.
    pub(crate) fn next_attempt(&self) -> u32 {
        self.attempts.last().map_or(1, |last| last.number + 1)
    }

    /// Begins a try.
    pub(crate) fn begin_attempt(&mut self, at: Instant, term: u64) {
        let attempt = DeliveryAttempt { number: self.next_attempt(), at, term, outcome: None };
        if self.attempts.len() == ATTEMPTS_KEPT {
            self.attempts.remove(0);
        }
        self.attempts.push(attempt);
    }

    /// Whether it is sent once more where nobody knows whether it has been taken: emails and offers are, any
    /// other text is not; what the payment provider is told twice it does once.
    fn may_be_sent_twice(&self) -> bool {
        let unknown = |attempt: &&DeliveryAttempt| matches!(attempt.outcome, Some(Outcome::Unknown { .. }));
        let few = self.attempts.iter().filter(unknown).count() <= UNKNOWN_ATTEMPTS_MAX;
        #[cfg(feature = "planted-bugs")]
        if crate::planted::is(crate::Planted::TextSentAgain) {
            return few;
        }
        match self.medium {
            Medium::Payment => true,
            Medium::Email => few,
            Medium::Sms => few && self.kind == DeliveryKind::WaitlistOffer,
        }
    }
}
