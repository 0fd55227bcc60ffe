//! All hubs of a node: one a facility that somebody watches, from its first viewer to its last.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cluster::{Cursor, Facility};
use machine::FacilityId;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::direct::{Arrival, Plain, Workers};
use super::filter::Filter;
use super::hub::{self, Note, Seat};
use super::viewer::Admission;

/// Notes that wait for a hub: joins are answered in microseconds, so a crowd waits its turn here.
const INBOX_NOTES_MAX: usize = 1024;
/// How long a viewer that saw more elsewhere waits for this replica to catch up.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(2);

/// What a viewer wants to see, and from where on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wish {
    /// The last change it has seen.
    pub(crate) since: Option<Cursor>,
    /// What it wants to see.
    pub(crate) filter: Filter,
}

/// All hubs of a node.
#[derive(Clone)]
pub(crate) struct Hubs {
    inboxes: Inboxes,
    workers: Arc<Workers>,
    ids: Arc<AtomicU64>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

type Inboxes = Arc<Mutex<HashMap<FacilityId, mpsc::Sender<Note>>>>;

impl Hubs {
    pub(crate) fn new(workers: Arc<Workers>, stop: CancellationToken, tasks: TaskTracker) -> Self {
        Self { inboxes: Arc::default(), workers, ids: Arc::default(), stop, tasks }
    }

    /// Admits a viewer that is a task; `None` when the node is stopping.
    pub(crate) async fn join(&self, facility: &Facility, wish: Wish) -> Option<Admission> {
        catch_up(facility, &wish).await;
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        while !self.stop.is_cancelled() {
            let (answer, admitted) = oneshot::channel();
            let note = Note::Join { wish: wish.clone(), seat: Seat::Queue { id, answer } };
            // A hub that ends between the look-up and the note leaves it unanswered: the next one takes it.
            let _ = self.inbox(facility).send(note).await;
            if let Ok(admission) = admitted.await {
                return Some(admission);
            }
        }
        None
    }

    /// Hands a plain socket over; it comes back when the node is stopping.
    pub(crate) async fn hand_over(&self, facility: &Facility, wish: Wish, mut socket: Plain) -> Result<(), Plain> {
        catch_up(facility, &wish).await;
        while !self.stop.is_cancelled() {
            let (arrival, returned) = Arrival::new(socket);
            let note = Note::Join { wish: wish.clone(), seat: Seat::Direct(arrival) };
            // As above: a hub that ends drops the note, and the socket comes back.
            let _ = self.inbox(facility).send(note).await;
            match returned.await {
                Ok(again) => socket = again,
                Err(_) => return Ok(()),
            }
        }
        Err(socket)
    }

    fn inbox(&self, facility: &Facility) -> mpsc::Sender<Note> {
        let mut inboxes = self.inboxes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(inbox) = inboxes.get(facility.id()).filter(|inbox| !inbox.is_closed()) {
            return inbox.clone();
        }
        let (sender, receiver) = mpsc::channel(INBOX_NOTES_MAX);
        inboxes.insert(facility.id().clone(), sender.clone());
        let ended = Ended { inboxes: Arc::clone(&self.inboxes), facility: facility.id().clone() };
        let running =
            hub::run(facility.clone(), Arc::clone(&self.workers), sender.clone(), receiver, self.stop.clone(), ended);
        self.tasks.spawn(running);
        sender
    }
}

/// Waits for a replica that is behind what a viewer saw elsewhere.
async fn catch_up(facility: &Facility, wish: &Wish) {
    if let Some(since) = wish.since {
        // A replica that stays behind answers with a reset instead.
        let _ = facility.wait_for(since.index, Instant::now() + CATCH_UP_TIMEOUT).await;
    }
}

/// Lets a hub leave the table, unless somebody has just written to it.
pub(super) struct Ended {
    inboxes: Inboxes,
    facility: FacilityId,
}

impl Ended {
    /// True when the hub may end: nothing waits in its inbox, and nothing can come any more.
    pub(super) fn try_leave(&self, inbox: &mut mpsc::Receiver<Note>) -> bool {
        let mut inboxes = self.inboxes.lock().unwrap_or_else(PoisonError::into_inner);
        // Under the lock nobody new finds the inbox. A note from somebody who found it before, and that
        // comes between this look and the close, is dropped unanswered, and its sender asks again.
        if !inbox.is_empty() {
            return false;
        }
        inboxes.remove(&self.facility);
        inbox.close();
        true
    }
}
