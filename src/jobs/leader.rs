//! Runs the jobs of a facility on the node that leads it, for as long as it does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cluster::{Facility, Node, Request};
use machine::{Actor, Command, FacilityId, RequestId};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{calendar, tick};
use crate::edge;

/// How long a job's proposal may take.
const PROPOSE_TIMEOUT: Duration = Duration::from_secs(8);

/// The token of one term of leadership.
#[derive(Clone, Debug)]
pub(super) struct Term {
    term: u64,
    leadership: watch::Receiver<Option<u64>>,
}

impl Term {
    /// Whether this node still leads under it.
    pub(super) fn is_held(&self) -> bool {
        *self.leadership.borrow() == Some(self.term)
    }

    /// Proposes in the name of the program itself; the log index, or `None` where it was not decided.
    pub(super) async fn propose(&self, facility: &Facility, key: String, command: Command) -> Option<u64> {
        if !self.is_held() {
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
        match facility.propose(request, Instant::now() + PROPOSE_TIMEOUT).await {
            Ok(answer) => match answer.reply {
                Ok(_) => Some(answer.index),
                Err(rejection) => {
                    tracing::warn!(facility = %facility.id(), key, ?rejection, "a job was refused");
                    None
                }
            },
            Err(error) => {
                tracing::debug!(facility = %facility.id(), key, %error, "a job was not decided");
                None
            }
        }
    }
}

/// Keeps one task for every facility that is served here, until `stop`.
pub(crate) async fn run(node: Arc<Node>, stop: CancellationToken) {
    let tasks = TaskTracker::new();
    let mut running: BTreeMap<FacilityId, CancellationToken> = BTreeMap::new();
    let mut directory = node.directory_changes();
    loop {
        directory.borrow_and_update();
        let mut kept = BTreeMap::new();
        for facility in edge::facilities_here(&node) {
            let token = running.remove(facility.id()).unwrap_or_else(|| {
                let token = stop.child_token();
                tasks.spawn(lead(Arc::clone(&node), facility.clone(), token.clone()));
                token
            });
            kept.insert(facility.id().clone(), token);
        }
        running.into_values().for_each(|gone| gone.cancel());
        running = kept;
        tokio::select! {
            () = stop.cancelled() => break,
            changed = directory.changed() => if changed.is_err() { break },
        }
    }
    running.into_values().for_each(|gone| gone.cancel());
    tasks.close();
    tasks.wait().await;
}

/// Runs the jobs of one facility whenever this node leads it.
async fn lead(node: Arc<Node>, facility: Facility, stop: CancellationToken) {
    let mut leadership = facility.leadership();
    loop {
        let term = *leadership.borrow_and_update();
        let jobs = async {
            let Some(term) = term else { return std::future::pending().await };
            let term = Term { term, leadership: leadership.clone() };
            tokio::join!(tick::run(&node, &facility, &term), calendar::run(&node, &facility, &term));
        };
        let mut changes = leadership.clone();
        tokio::select! {
            () = stop.cancelled() => return,
            changed = changes.changed() => if changed.is_err() { return },
            () = jobs => return,
        }
        leadership = changes;
    }
}
