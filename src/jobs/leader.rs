//! Runs the jobs of a facility on the node that leads it, for as long as it does.

use std::collections::BTreeMap;
use std::sync::Arc;

use cluster::{Facility, Node};
use machine::FacilityId;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::group::{Group, Led};
use super::{calendar, deliver, retention, tick};
use crate::edge;
use crate::outside::Outside;

/// Keeps one task for every facility that is served here, until `stop`.
pub(crate) async fn run(node: Arc<Node>, outside: Arc<Outside>, stop: CancellationToken) {
    let tasks = TaskTracker::new();
    let mut running: BTreeMap<FacilityId, CancellationToken> = BTreeMap::new();
    let mut directory = node.directory_changes();
    loop {
        directory.borrow_and_update();
        let mut kept = BTreeMap::new();
        for facility in edge::facilities_here(&node) {
            let token = running.remove(facility.id()).unwrap_or_else(|| {
                let token = stop.child_token();
                tasks.spawn(lead(Arc::clone(&node), facility.clone(), Arc::clone(&outside), token.clone()));
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
async fn lead(node: Arc<Node>, facility: Facility, outside: Arc<Outside>, stop: CancellationToken) {
    let mut leadership = facility.leadership();
    loop {
        let term = *leadership.borrow_and_update();
        let jobs = async {
            let Some(term) = term else { return std::future::pending().await };
            work(&Led { node: &node, facility: &facility, term, leadership: leadership.clone() }, &outside).await;
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

/// Does all the work of one term; it never ends by itself.
pub async fn work(group: &impl Group, outside: &Arc<Outside>) {
    tokio::join!(tick::run(group), deliver::run(group, outside), calendar::run(group), retention::run(group));
}
