//! A leader takes deliveries that are due, to send them.
//!
//! The claim is in the log before anything is sent, so that whoever leads next knows what may have been sent.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::{
    Accepted, Actor, Delivery, DeliveryId, DeliveryState, Event, Facility, Instant, Medium, Outcome, Rejection, Urgency,
};

/// How long a claim stands: no provider is waited for longer than half a minute.
const CLAIM_MILLIS: i64 = 2 * 60 * 1000;

/// Takes deliveries that are due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimDeliveries {
    /// The term of the leader that sends. What an earlier term claimed and did not settle is unknown.
    pub term: u64,
    /// By which way.
    pub medium: Medium,
    /// Only those that are at least as urgent.
    pub up_to: Urgency,
    /// How many at most.
    pub max: u32,
}

/// A delivery that is claimed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// Which.
    pub delivery_id: DeliveryId,
    /// The number of the try.
    pub attempt: u32,
}

impl ClaimDeliveries {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        let mut events = Vec::new();
        let mut claimed = Vec::new();
        // A leader that was followed by another one sends nothing any more.
        if self.term >= facility.outbox.term() {
            facility.outbox.raise_term(self.term);
            end_stale_claims(facility, self.term, &mut events);
            self.claim(facility, &mut claimed, &mut events);
        }
        Ok(Done { accepted: Accepted::DeliveriesClaimed(claimed), events })
    }

    fn claim(&self, facility: &mut Facility, claimed: &mut Vec<Claimed>, events: &mut Vec<Event>) {
        let now = facility.now;
        while u32::try_from(claimed.len()).is_ok_and(|count| count < self.max) {
            let Some(id) = facility.outbox.first_due(self.medium, self.up_to, now) else { return };
            let Some(delivery) = facility.delivery_to_change(&id) else { return };
            match deliverable(facility, &delivery) {
                Ok(()) => claimed.push(self.begin(facility, delivery, now)),
                Err(why) => events.push(facility.drop_delivery(delivery, why, now)),
            }
        }
    }

    fn begin(&self, facility: &mut Facility, mut delivery: Delivery, now: Instant) -> Claimed {
        let (delivery_id, attempt) = (delivery.id.clone(), delivery.next_attempt());
        delivery.begin_attempt(now, self.term);
        (delivery.state, delivery.claimed_until) = (DeliveryState::Claimed, Some(now.plus(CLAIM_MILLIS)));
        facility.put_delivery(delivery);
        Claimed { delivery_id, attempt }
    }
}

/// Whoever claimed them under an earlier term leads no longer: nobody knows what came of them.
fn end_stale_claims(facility: &mut Facility, term: u64, events: &mut Vec<Event>) {
    let earlier = |it: &&std::sync::Arc<Delivery>| it.attempts.last().is_some_and(|attempt| attempt.term < term);
    let stale: Vec<Delivery> = facility.outbox.claimed().filter(earlier).map(|it| Delivery::clone(it)).collect();
    for delivery in stale {
        let detail = "leader_changed".to_owned();
        let outcome = Outcome::Unknown { detail };
        #[cfg(feature = "planted-bugs")]
        let outcome = if crate::planted::is(crate::Planted::StaleClaimTakenForSent) {
            Outcome::Accepted { provider_id: None }
        } else {
            outcome
        };
        let now = facility.now;
        events.extend(facility.settle_attempt(delivery, outcome, now));
    }
}

/// Whether there is still somebody to send it to.
fn deliverable(facility: &Facility, delivery: &Delivery) -> Result<(), crate::DropReason> {
    match &delivery.member_id {
        Some(member) => facility.reachable(member, delivery.medium),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::cases::{Case, at, person, run};
    use crate::Medium::{Email, Sms};
    use crate::outbox::cases::{again, booked, call_off, claim, settle, taken, unknown};
    use crate::{Actor, Command, Instant};

    const EMAIL: &str = "claimed ntf_confirmation-email-1-r1 try 1";
    const NONE: &str = "claimed";

    fn case(name: &'static str, given: Vec<(Instant, Command)>, when: (Instant, Command), then: &'static str) -> Case {
        Case { name, given: booked(given), when: (when.0, Actor::System, when.1), then }
    }

    #[test]
    fn a_delivery_is_claimed_once_it_is_due_by_one_leader() {
        let (soon, later) = (at(8, 1), at(8, 1).plus(120_000));
        let sent = || vec![(soon, claim(1, Email))];
        run(vec![
            case("what is due", vec![], (soon, claim(1, Email)), EMAIL),
            case("the other medium", vec![], (soon, claim(1, Sms)), "claimed ntf_confirmation-sms-1-r1 try 1"),
            case("what is being sent", sent(), (soon, claim(1, Email)), NONE),
            case("a term that is over", vec![(soon, claim(2, Sms))], (soon, claim(1, Email)), NONE),
            case(
                "what was sent",
                vec![(soon, claim(1, Email)), (soon, settle(Email, 1, taken()))],
                (soon, claim(1, Email)),
                NONE,
            ),
            case(
                "nobody said what came of it",
                sent(),
                (later, claim(1, Email)),
                "claimed ntf_confirmation-email-1-r1 try 2",
            ),
            case(
                "not yet due again",
                vec![(soon, claim(1, Email)), (soon, settle(Email, 1, again(at(8, 5))))],
                (at(8, 5).plus(-1), claim(1, Email)),
                NONE,
            ),
            case(
                "due again",
                vec![(soon, claim(1, Email)), (soon, settle(Email, 1, again(at(8, 5))))],
                (at(8, 5), claim(1, Email)),
                "claimed ntf_confirmation-email-1-r1 try 2",
            ),
        ]);
        let given = booked(vec![]);
        run(vec![Case { name: "a member", given, when: (soon, person("eve"), claim(1, Email)), then: "NotYours" }]);
    }

    #[test]
    fn what_an_earlier_leader_claimed_is_unknown_and_an_email_is_sent_again_but_no_text() {
        let soon = at(8, 1);
        run(vec![
            case(
                "email",
                vec![(soon, claim(1, Email))],
                (soon, claim(2, Email)),
                "claimed ntf_confirmation-email-1-r1 try 2",
            ),
            case(
                "text",
                vec![(soon, claim(1, Sms))],
                (soon, claim(2, Sms)),
                "claimed | ntf_confirmation-sms-1-r1 unknown",
            ),
        ]);
    }

    #[test]
    fn an_email_of_which_nobody_ever_knows_is_not_sent_for_ever() {
        let tries = (1..=4).flat_map(|term| {
            [(at(8, 1), claim(term, Email)), (at(8, 1), settle(Email, u32::try_from(term).unwrap(), unknown()))]
        });
        run(vec![case("after four", tries.collect(), (at(9, 0), claim(5, Email)), NONE)]);
    }

    #[test]
    fn what_is_urgent_goes_before_what_is_not() {
        run(vec![case(
            "a cancellation before a confirmation",
            vec![(at(8, 1), call_off())],
            (at(8, 1), claim(1, Email)),
            "claimed ntf_cancellation-email-2-r1 try 1 ntf_confirmation-email-1-r1 try 1",
        )]);
    }
}
