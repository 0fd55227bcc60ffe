//! What a job may do, and no more: look at the facility it works for, tell the time, and propose.
//!
//! A job runs under one term of leadership: [`Led`] refuses to propose under any other, and whoever runs
//! the job ends it with the term. A second implementation, in the simulation, has months pass in seconds.

use std::future::Future;

use cluster::{Facility, Node, Request};
use machine::{Accepted, Actor, Command, FacilityId, RequestId};
use tokio::sync::watch;
use tokio::time::Instant;

/// How long a job's proposal may take.
const PROPOSE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(8);

/// One facility under one term of leadership, as its jobs see it.
pub trait Group: Sync {
    /// Which facility.
    fn id(&self) -> &FacilityId;

    /// The term.
    fn term(&self) -> u64;

    /// The node's wall clock.
    fn now(&self) -> machine::Instant;

    /// Looks at the state. Never await inside.
    fn read<T>(&self, look: impl FnOnce(&machine::Facility) -> T) -> T;

    /// The index up to which it has been applied.
    fn applied(&self) -> watch::Receiver<u64>;

    /// Proposes in the name of the program itself. `key` names what is asked for within the term: the same
    /// key again acts once. `None` where it was refused or not decided; the next run of the job is the retry.
    fn propose(&self, key: String, command: Command) -> impl Future<Output = Option<Accepted>> + Send;
}

/// A facility that this node leads.
pub(super) struct Led<'a> {
    pub(super) node: &'a Node,
    pub(super) facility: &'a Facility,
    pub(super) term: u64,
    pub(super) leadership: watch::Receiver<Option<u64>>,
}

impl Group for Led<'_> {
    fn id(&self) -> &FacilityId {
        self.facility.id()
    }

    fn term(&self) -> u64 {
        self.term
    }

    fn now(&self) -> machine::Instant {
        self.node.now()
    }

    fn read<T>(&self, look: impl FnOnce(&machine::Facility) -> T) -> T {
        self.facility.read(|state, _| look(state))
    }

    fn applied(&self) -> watch::Receiver<u64> {
        self.facility.applied()
    }

    async fn propose(&self, key: String, command: Command) -> Option<Accepted> {
        if *self.leadership.borrow() != Some(self.term) {
            return None;
        }
        let request = Request {
            actor: Actor::System,
            request: RequestId { principal: "system".to_owned(), key: format!("{key}-{}", self.term) },
            fingerprint: 0,
            // What a job proposes is idempotent by itself: its answer need not be kept.
            remember_millis: 0,
            command,
        };
        let facility = self.facility.id();
        match self.facility.propose(request, Instant::now() + PROPOSE_TIMEOUT).await {
            Ok(answer) => answer
                .reply
                .inspect_err(|rejection| tracing::warn!(%facility, key, ?rejection, "a job was refused"))
                .ok(),
            Err(error) => {
                tracing::debug!(%facility, key, %error, "a job was not decided");
                None
            }
        }
    }
}
