//! Sends what is due: claims a delivery through the log, hands it to its medium, settles it through the log.
//!
//! The claim is decided before anything leaves, so whoever leads next knows what may have been sent; whoever
//! stops leading stops at once, in the middle of whatever it is sending. Nothing is claimed that the gate of
//! its medium would not let through now, so that offers never wait behind what is ordinary.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::select_all;
use machine::{
    Accepted, ClaimDeliveries, Claimed, Command, Delivery, DeliveryAttempt, Medium, Outcome, Refusal, SettleDeliveries,
    Settlement, Urgency,
};
use tokio::task::{self, JoinError, JoinSet};
use tokio::time::Instant;

use super::Group;
use super::parcel::Contents;
use super::tick::until;
use crate::notify::{Gate, Permit};
use crate::outside::Outside;

/// Deliveries that one command claims at the most.
const CLAIMED_AT_ONCE_MAX: usize = 32;
/// Outcomes that one command settles at the most.
const SETTLED_AT_ONCE_MAX: usize = 64;
/// After a proposal that was not decided.
const RETRY_AFTER: Duration = Duration::from_millis(200);
/// After a claim that found nothing to send.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(10);
/// The longest sleep: a wall clock that was set does not hold a delivery up for longer.
const SLEEP_MAX: Duration = Duration::from_secs(10);

/// What goes by one medium, offers alone or everything: the gates keep room for the offers.
#[derive(Clone, Copy)]
struct Lane {
    medium: Medium,
    up_to: Urgency,
}

/// Runs until the caller drops it: when the term ends.
pub(super) async fn run(group: &impl Group, outside: &Arc<Outside>) {
    take_over(group).await;
    let mut courier = Courier { group, outside, underway: JoinSet::new(), claims: HashMap::new(), proposals: 0 };
    let mut applied = group.applied();
    loop {
        applied.borrow_and_update();
        // Order: what came of what was sent is said before more is sent, or a long queue keeps it from being said.
        if let Some(done) = courier.underway.try_join_next_with_id() {
            courier.settle(done).await;
        }
        let looks = courier.look();
        courier.give_back().await;
        if courier.claim(&looks).await {
            continue;
        }
        let waiting = looks.iter().filter(|look| look.is_due()).map(|look| look.gate.opened(look.lane.up_to));
        // Where nothing waits, only what is applied can change that.
        let next = looks.iter().filter(|look| !look.is_due()).map(|look| look.wait.min(SLEEP_MAX)).min();
        tokio::select! {
            // Order: what is known is said first, and the same run is the same run again.
            biased;
            Some(done) = courier.underway.join_next_with_id(), if !courier.underway.is_empty() => {
                courier.settle(done).await;
            }
            changed = applied.changed() => if changed.is_err() { return },
            () = any(waiting) => {}
            () = tokio::time::sleep(next.unwrap_or_default()), if next.is_some() => {}
        }
    }
}

/// Has the machine end what an earlier leader claimed and did not settle: nobody knows what came of it.
async fn take_over(group: &impl Group) {
    #[cfg(feature = "planted-bugs")]
    if super::planted::is(super::planted::Planted::ClaimsGivenBack) {
        return;
    }
    let nothing = ClaimDeliveries { term: group.term(), medium: Medium::Email, up_to: Urgency::Offer, max: 0 };
    let earlier = |delivery: &Delivery| delivery.attempts.last().is_some_and(|attempt| attempt.term < group.term());
    while group.read(|state| state.claimed_deliveries().any(earlier)) {
        if group.propose("take-over".to_owned(), Command::ClaimDeliveries(nothing.clone())).await.is_none() {
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }
}

struct Courier<'a, G> {
    group: &'a G,
    outside: &'a Arc<Outside>,
    /// Dropped with the courier, and with it what is being sent.
    underway: JoinSet<Outcome>,
    /// What each of those tasks sends.
    claims: HashMap<task::Id, Claimed>,
    proposals: u64,
}

/// What a lane has to do.
struct Look<'a> {
    lane: Lane,
    gate: &'a Gate,
    /// Until the next of it is due.
    wait: Duration,
}

impl Look<'_> {
    fn is_due(&self) -> bool {
        self.wait.is_zero()
    }
}

impl<'a, G: Group> Courier<'a, G> {
    /// What there is to do, in one look at the state; the offers first.
    fn look(&self) -> Vec<Look<'a>> {
        let now = self.group.now();
        let lanes = [Urgency::Offer, Urgency::Ordinary].into_iter();
        let lanes = lanes.flat_map(|up_to| Medium::ALL.map(|medium| Lane { medium, up_to }));
        let gates = lanes.filter_map(|lane| Some((lane, self.outside.post.gate(lane.medium)?)));
        self.group.read(|state| {
            let due = |(lane, gate): (Lane, &'a Gate)| {
                let at = state.next_delivery(lane.medium, lane.up_to)?;
                Some(Look { lane, gate, wait: until(at.0, now.0) })
            };
            gates.filter_map(due).collect()
        })
    }

    /// Claims what is due and may be sent now, and begins to send it; says whether there was any.
    async fn claim(&mut self, looks: &[Look<'a>]) -> bool {
        let mut begun = false;
        for Look { lane, gate, .. } in looks.iter().filter(|look| look.is_due()) {
            let permits = gate.take_many(lane.up_to, CLAIMED_AT_ONCE_MAX);
            if permits.is_empty() {
                continue;
            }
            let max = u32::try_from(permits.len()).unwrap_or(u32::MAX);
            let command = ClaimDeliveries { term: self.group.term(), medium: lane.medium, up_to: lane.up_to, max };
            match self.propose("claim", Command::ClaimDeliveries(command)).await {
                Some(Accepted::DeliveriesClaimed(claimed)) => {
                    begun = true;
                    if claimed.is_empty() {
                        // Its stamp was a little behind this node's clock, or nobody is left to send it to.
                        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
                    }
                    #[cfg(feature = "planted-bugs")]
                    self.settle_unsent(&claimed).await;
                    claimed.into_iter().zip(permits).for_each(|(claimed, permit)| self.begin(claimed, permit));
                }
                _ => tokio::time::sleep(RETRY_AFTER).await,
            }
        }
        begun
    }

    /// Settles as taken what has not left yet, where that bug is planted.
    #[cfg(feature = "planted-bugs")]
    async fn settle_unsent(&mut self, claimed: &[Claimed]) {
        if super::planted::is(super::planted::Planted::SettledUnsent) {
            let taken = |Claimed { delivery_id, attempt }: &Claimed| Settlement {
                delivery_id: delivery_id.clone(),
                attempt: *attempt,
                outcome: Outcome::Accepted { provider_id: None },
            };
            self.say(claimed.iter().map(taken).collect()).await;
        }
    }

    fn begin(&mut self, claimed: Claimed, permit: Permit) {
        let (now, attempt, outside) = (self.group.now(), claimed.attempt, Arc::clone(self.outside));
        let contents = self.group.read(|state| Contents::of(state, &claimed.delivery_id));
        let parcel = contents.and_then(|contents| contents.pack(&outside, self.group.id(), now));
        let send = async move {
            let Some(parcel) = parcel else {
                // Nothing has left the house; words that cannot be filled in are an operator's to mend.
                return Outcome::Refused { because: Refusal::Message, detail: "not_composed".to_owned() };
            };
            let began = Instant::now();
            let sending = outside.post.send(permit, parcel).await;
            let took = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
            sending.outcome(attempt, now.plus(took), fastrand::f64())
        };
        let task = self.underway.spawn(send).id();
        self.claims.insert(task, claimed);
    }

    /// Says what came of what was sent: this, and whatever else has ended by now.
    async fn settle(&mut self, first: Done) {
        let mut settled: Vec<Settlement> = self.settlement(first).into_iter().collect();
        while settled.len() < SETTLED_AT_ONCE_MAX
            && let Some(done) = self.underway.try_join_next_with_id()
        {
            settled.extend(self.settlement(done));
        }
        self.say(settled).await;
    }

    fn settlement(&mut self, done: Done) -> Option<Settlement> {
        let (task, outcome) = match done {
            Ok((task, outcome)) => (task, outcome),
            Err(error) => {
                tracing::error!(%error, "sending a delivery panicked");
                (error.id(), Outcome::Unknown { detail: "panicked".to_owned() })
            }
        };
        let Claimed { delivery_id, attempt } = self.claims.remove(&task)?;
        Some(Settlement { delivery_id, attempt, outcome })
    }

    /// Gives back what this term has claimed and this courier never heard of: an answer was lost. Nobody else
    /// sends in this term, so it certainly was not sent.
    async fn give_back(&mut self) {
        let at = self.group.now();
        let settled: Vec<Settlement> = self.group.read(|state| {
            let lost = state.claimed_deliveries().filter_map(|delivery| {
                let attempt = delivery.attempts.last().filter(|attempt| self.is_of_this_term(attempt))?;
                let known = self.claims.values().any(|claimed| claimed.delivery_id == delivery.id);
                let outcome = Outcome::Again { at, detail: "not_sent".to_owned() };
                (!known).then(|| Settlement { delivery_id: delivery.id.clone(), attempt: attempt.number, outcome })
            });
            lost.collect()
        });
        if !settled.is_empty() {
            self.say(settled).await;
        }
    }

    fn is_of_this_term(&self, attempt: &DeliveryAttempt) -> bool {
        #[cfg(feature = "planted-bugs")]
        if super::planted::is(super::planted::Planted::ClaimsGivenBack) {
            return true;
        }
        attempt.term == self.group.term()
    }

    /// What is known must not be forgotten: it is said until it is decided, or the term ends.
    async fn say(&mut self, settled: Vec<Settlement>) {
        let command = Command::SettleDeliveries(SettleDeliveries { settled });
        while self.propose("settle", command.clone()).await.is_none() {
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }

    async fn propose(&mut self, what: &str, command: Command) -> Option<Accepted> {
        self.proposals += 1;
        self.group.propose(format!("{what}-{}", self.proposals), command).await
    }
}

/// A task that has sent something, or died of it.
type Done = Result<(task::Id, Outcome), JoinError>;

/// The first of `all` to end; never, where there is none.
async fn any<F: Future<Output = ()>>(all: impl Iterator<Item = F>) {
    let all: Vec<_> = all.map(Box::pin).collect();
    if all.is_empty() { std::future::pending().await } else { select_all(all).await.0 }
}
