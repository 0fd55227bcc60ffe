//! What every handler, socket and job of one node shares: the node, who may ask, and the stop.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::HeaderValue;
use cluster::{Facility, Lookup, Node, Request};
use machine::{Accepted, Command, FacilityId};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::{Caller, Gate};
use crate::callbacks::FloodGate;
use crate::http::idempotency::Named;
use crate::http::params::{Freshness, Params};
use crate::http::problem::Problem;
use crate::http::refusal;
use crate::metrics::Metrics;
use crate::outside::Outside;
use crate::server::EdgeSettings;
use crate::socket::{Hubs, Workers};
use crate::sync::Source;

/// How long a proposal may take: within the ten seconds of a request, with room to say so.
pub(crate) const PROPOSE_TIMEOUT: Duration = Duration::from_secs(8);
/// How long a read waits for its index (`api.md` 1).
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(2);

/// Facilities looked up in one go.
const FACILITIES_A_LOOK: usize = 256;

/// All facilities that are served on this node, by id.
pub(crate) fn facilities_here(node: &Node) -> Vec<Facility> {
    let (mut all, mut after): (Vec<Facility>, Option<FacilityId>) = (Vec::new(), None);
    loop {
        let records = node.facilities(after.as_ref(), FACILITIES_A_LOOK);
        for record in &records {
            if let Lookup::Here(facility) = node.facility(record.id.as_str()) {
                all.push(facility);
            }
        }
        match records.last() {
            Some(last) if records.len() == FACILITIES_A_LOOK => after = Some(last.id.clone()),
            _ => return all,
        }
    }
}

/// One node's edge.
pub(crate) struct Edge {
    pub(crate) node: Arc<Node>,
    pub(crate) gate: Gate,
    /// The club's system of record, if it has one.
    pub(crate) sync: Option<Source>,
    /// What lies outside of the cluster.
    pub(crate) outside: Arc<Outside>,
    pub(crate) hubs: Hubs,
    pub(crate) metrics: Metrics,
    /// Sockets and streams end when this is cancelled.
    pub(crate) stop: CancellationToken,
    /// Owns the tasks of hubs, and of sockets that are no plain ones.
    pub(crate) tasks: TaskTracker,
    /// Own the plain sockets.
    pub(crate) workers: Arc<Workers>,
    /// How many texts of one number are answered.
    pub(crate) texts: FloodGate,
    /// The value of `Court-Node`.
    pub(crate) node_header: HeaderValue,
    opened: watch::Receiver<bool>,
    stopping: AtomicBool,
}

impl Edge {
    /// Fails where the system has no room for the threads that write to sockets.
    pub(crate) fn new(node: Arc<Node>, settings: EdgeSettings, stop: CancellationToken) -> io::Result<Arc<Self>> {
        let (tasks, workers) = (TaskTracker::new(), Workers::start()?);
        let gate = Gate::new(Arc::clone(&node), settings.access, &tasks, &stop);
        Ok(Arc::new(Self {
            node_header: HeaderValue::from(node.id()),
            metrics: Metrics::new(node.id()),
            hubs: Hubs::new(Arc::clone(&workers), stop.clone(), tasks.clone()),
            node,
            gate,
            sync: settings.sync,
            outside: Arc::new(settings.outside),
            texts: FloodGate::new(),
            opened: settings.opened,
            stop,
            tasks,
            workers,
            stopping: AtomicBool::new(false),
        }))
    }

    /// From now on `/readyz` says no.
    pub(crate) fn begin_stopping(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Whether what clients are to find is there.
    pub(crate) fn is_opened(&self) -> bool {
        *self.opened.borrow()
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// The facility of that id or slug, if the caller may do there what it was let in for. One that was
    /// just created is waited for: whoever created it through another node may be here before the
    /// directory of this one or its replica has it.
    pub(crate) async fn find(&self, caller: &Caller, id_or_slug: &str) -> Result<Facility, Problem> {
        let facility = self.look_up(id_or_slug).await?;
        caller.must_reach(facility.id())?;
        Ok(facility)
    }

    async fn look_up(&self, id_or_slug: &str) -> Result<Facility, Problem> {
        let mut changes = self.node.directory_changes();
        let deadline = Instant::now() + CATCH_UP_TIMEOUT;
        let mut is_confirmed = false;
        loop {
            changes.borrow_and_update();
            match self.node.facility(id_or_slug) {
                Lookup::Here(facility) => return Ok(facility),
                Lookup::Unknown if is_confirmed => {
                    return Err(Problem::not_found("facility_not_found", "There is no such facility."));
                }
                Lookup::Unknown => {
                    let caught_up = self.node.catch_up_with_directory(deadline).await;
                    caught_up.map_err(|error| refusal::unread(&error))?;
                    is_confirmed = true;
                    continue;
                }
                Lookup::NotServing(_) => {}
            }
            if !matches!(timeout_at(deadline, changes.changed()).await, Ok(Ok(()))) {
                return Err(Problem::unavailable("not_serving", "The facility is not serving on this node yet."));
            }
        }
    }

    /// The same, of exactly that id.
    pub(crate) async fn find_by_id(&self, caller: &Caller, id: &FacilityId) -> Result<Facility, Problem> {
        let facility = self.find(caller, id.as_str()).await?;
        if facility.id() == id {
            Ok(facility)
        } else {
            Err(Problem::not_found("facility_not_found", "There is no such facility."))
        }
    }

    /// The same, for a look: its replica here is as fresh as the query asks for.
    pub(crate) async fn find_fresh(
        &self,
        caller: &Caller,
        id_or_slug: &str,
        params: &Params,
    ) -> Result<Facility, Problem> {
        let freshness = Freshness::of(params)?;
        let facility = self.find(caller, id_or_slug).await?;
        self.freshen(&facility, freshness).await?;
        Ok(facility)
    }

    /// Waits until the replica here is as fresh as asked for.
    pub(crate) async fn freshen(&self, facility: &Facility, freshness: Freshness) -> Result<(), Problem> {
        let deadline = Instant::now() + CATCH_UP_TIMEOUT;
        if freshness.linearizable {
            facility.read_barrier(deadline).await.map_err(|error| refusal::unread(&error))?;
        }
        if let Some(index) = freshness.min_index {
            facility.wait_for(index, deadline).await.map_err(|error| refusal::unread(&error))?;
        }
        Ok(())
    }

    /// Has the facility decide; a refusal is a problem.
    pub(crate) async fn propose(
        &self,
        facility: &Facility,
        caller: &Caller,
        named: Named,
        command: Command,
    ) -> Result<(u64, Accepted), Problem> {
        // However its handler came to the facility: nothing is changed where the caller may not.
        caller.must_reach(facility.id())?;
        let actor = caller.actor().ok_or_else(Problem::unauthorized)?;
        let request = Request {
            actor: actor.clone(),
            request: named.request,
            fingerprint: named.fingerprint,
            remember_millis: named.remember_millis,
            command,
        };
        match facility.propose(request, Instant::now() + PROPOSE_TIMEOUT).await {
            Ok(answer) => match answer.reply {
                Ok(accepted) => Ok((answer.index, accepted)),
                Err(rejection) => Err(refusal::problem(rejection, answer.index)),
            },
            Err(error) => Err(refusal::unanswered(&error)),
        }
    }
}
