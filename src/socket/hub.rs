//! The hub of one facility: pulls its changes, encodes each once, hands the bytes to its viewers.
//!
//! Invariant: a viewer gets every change after `seen` exactly once and in order. It starts at the
//! index its first frame was read at; what the hub pulls later and is not after it is skipped.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cluster::{Cursor, Facility};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::direct::{Arrival, Workers};
use super::filter::Filter;
use super::frames::{self, Frame};
use super::hubs::{Ended, Wish};
use super::rows::Rows;
use super::viewer::{self, Admission, Delivery, Viewer};
use super::wire::TextFrame;

/// How long a first frame is shared by those who join at its index: its `serverTime` ages meanwhile.
const INITIAL_SHARED_FOR: Duration = Duration::from_millis(250);
/// Filters whose first frame is kept at once: the days and courts that pages show.
const INITIAL_KINDS_MAX: usize = 16;

/// What viewers tell a hub.
pub(crate) enum Note {
    /// Somebody wants to watch.
    Join { wish: Wish, seat: Seat },
    /// Somebody has gone.
    Left(u64),
    /// A row has nobody left.
    RowEmpty,
}

/// What is to be filled with frames.
pub(crate) enum Seat {
    /// The queue of a task.
    Queue { id: u64, answer: oneshot::Sender<Admission> },
    /// A plain socket.
    Direct(Arrival),
}

/// Runs until the last viewer has gone, or the node stops.
pub(super) async fn run(
    facility: Facility,
    workers: Arc<Workers>,
    inbox_sender: mpsc::Sender<Note>,
    mut inbox: mpsc::Receiver<Note>,
    stop: CancellationToken,
    ended: Ended,
) {
    let mut hub = Hub::new(facility, workers, inbox_sender);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            changed = hub.applied.changed() => match changed {
                Ok(()) => hub.pull().await,
                // The replica is gone from this node: its viewers reconnect elsewhere.
                Err(_) => return hub.rows.dismiss().await,
            },
            note = inbox.recv() => match note {
                Some(Note::Join { wish, seat }) => hub.admit(wish, seat).await,
                Some(Note::Left(id)) => hub.viewers.retain(|viewer| viewer.id != id),
                Some(Note::RowEmpty) => hub.rows.clear(),
                None => return,
            },
        }
        if hub.viewers.is_empty() && hub.rows.is_empty() && ended.try_leave(&mut inbox) {
            return;
        }
    }
}

struct Hub {
    facility: Facility,
    inbox: mpsc::Sender<Note>,
    applied: watch::Receiver<u64>,
    /// Up to where changes were pulled.
    pulled: Cursor,
    viewers: Vec<Viewer>,
    rows: Rows,
    initial: Initial,
}

impl Hub {
    fn new(facility: Facility, workers: Arc<Workers>, inbox: mpsc::Sender<Note>) -> Self {
        let mut applied = facility.applied();
        let pulled = Cursor::after(*applied.borrow_and_update());
        let rows = Rows::new(workers, inbox.clone());
        Self { facility, inbox, applied, pulled, viewers: Vec::new(), rows, initial: Initial::default() }
    }

    /// Pulls what is new and delivers it.
    async fn pull(&mut self) {
        // Order: the index first, then the changes: those of an applied index are there to be pulled.
        let applied = Cursor::after(*self.applied.borrow_and_update());
        match self.facility.changes_since(self.pulled) {
            Some(changes) => {
                let last = changes.last().map_or(applied, |change| change.cursor);
                self.pulled = self.pulled.max(applied).max(last);
                let frames: Vec<Frame> = changes.iter().filter_map(|change| Frame::of(change)).collect();
                for frame in &frames {
                    deliver(frame, &mut self.viewers);
                }
                self.rows.deliver(&frames).await;
            }
            None => self.reset().await,
        }
    }

    /// The replica has leapt over changes, by a snapshot: everybody starts anew from the state.
    async fn reset(&mut self) {
        let Self { facility, viewers, rows, pulled, .. } = self;
        viewers.retain_mut(|viewer| {
            let (text, index) = initial_state(facility, &viewer.filter, true);
            *pulled = (*pulled).max(Cursor::after(index));
            viewer.offer(&Delivery { cursor: Cursor::after(index), kind: "initial_state", text })
        });
        let index = rows.reset(|filter| initial_state(facility, filter, true)).await;
        // Nobody left to tell: the next pull begins at what is applied by now.
        self.pulled = self.pulled.max(Cursor::after(index)).max(Cursor::after(*self.applied.borrow()));
    }

    async fn admit(&mut self, wish: Wish, seat: Seat) {
        let resumed = wish.since.and_then(|since| self.resume(since, &wish.filter));
        let (first, seen) = resumed.unwrap_or_else(|| {
            let (text, index) = self.initial.get(&self.facility, &wish.filter, wish.since.is_some());
            let cursor = Cursor::after(index);
            (vec![Delivery { cursor, kind: "initial_state", text }], cursor)
        });
        match seat {
            Seat::Queue { id, answer } => {
                let (viewer, admission) = viewer::pair(id, wish.filter, seen, first, self.inbox.clone());
                if answer.send(admission).is_ok() {
                    self.viewers.push(viewer);
                }
            }
            Seat::Direct(arrival) => self.rows.admit(wish.filter, arrival, &first, seen).await,
        }
    }

    /// What came after `since`, and up to where; `None` where the replica does not remember that
    /// far, or has not come that far itself.
    fn resume(&self, since: Cursor, filter: &Filter) -> Option<(Vec<Delivery>, Cursor)> {
        if since.index > *self.applied.borrow() {
            return None;
        }
        let changes = self.facility.changes_since(since)?;
        let seen = changes.last().map_or(since, |change| change.cursor);
        let frames = changes.iter().filter_map(|change| Frame::of(change));
        let wanted = frames.filter(|frame| filter.admits(&frame.court, &frame.slot));
        Some((wanted.map(Delivery::from).collect(), seen))
    }
}

/// These bytes, at this place, to these viewers.
fn deliver(frame: &Frame, viewers: &mut Vec<Viewer>) {
    let delivery = Delivery::from(frame.clone());
    viewers.retain_mut(|viewer| {
        let wanted = frame.cursor > viewer.seen && viewer.filter.admits(&frame.court, &frame.slot);
        !wanted || viewer.offer(&delivery)
    });
}

fn initial_state(facility: &Facility, filter: &Filter, reset: bool) -> (TextFrame, u64) {
    let look =
        |state: &machine::Facility, index| (state.claims(filter.court.as_ref(), filter.span), state.now(), index);
    let (claims, now, index) = facility.read(look);
    (frames::initial_state(claims, index, now, reset), index)
}

/// First frames, shared by those who join at the same index.
#[derive(Default)]
struct Initial {
    kept: Vec<Kept>,
}

struct Kept {
    filter: Filter,
    reset: bool,
    index: u64,
    since: Instant,
    text: TextFrame,
}

impl Initial {
    fn get(&mut self, facility: &Facility, filter: &Filter, reset: bool) -> (TextFrame, u64) {
        let index = facility.read(|_, index| index);
        self.kept.retain(|kept| kept.index == index && kept.since.elapsed() < INITIAL_SHARED_FOR);
        if let Some(kept) = self.kept.iter().find(|kept| kept.reset == reset && kept.filter == *filter) {
            return (kept.text.clone(), kept.index);
        }
        let (text, index) = initial_state(facility, filter, reset);
        if self.kept.len() < INITIAL_KINDS_MAX {
            let kept = Kept { filter: filter.clone(), reset, index, since: Instant::now(), text: text.clone() };
            self.kept.push(kept);
        }
        (text, index)
    }
}
