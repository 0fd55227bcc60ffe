//! The hub of one facility: pulls its changes, encodes each once, hands the bytes to its viewers.
//!
//! Invariant: a viewer gets every change after `seen` exactly once and in order. It starts at the
//! index its first frame was read at; what the hub pulls later and is not after it is skipped.

use std::time::{Duration, Instant};

use axum::extract::ws::Utf8Bytes;
use cluster::{Cursor, Facility};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::filter::Filter;
use super::frames::{self, Frame};
use super::hubs::{Ended, SlotRequest};
use super::viewer::{self, Admission, Delivery, Viewer};

/// How long a first frame is shared by those who join at its index: its `serverTime` ages meanwhile.
const INITIAL_SHARED_FOR: Duration = Duration::from_millis(250);
/// Filters whose first frame is kept at once: the days and courts that pages show.
const INITIAL_KINDS_MAX: usize = 16;

/// What viewers tell a hub.
#[derive(Debug)]
pub(crate) enum Note {
    /// Somebody wants to watch.
    Join { id: u64, wish: SlotRequest, answer: oneshot::Sender<Admission> },
    /// Somebody has gone.
    Left(u64),
}

/// Runs until the last viewer has gone, or the node stops.
pub(super) async fn run(
    facility: Facility,
    inbox_sender: mpsc::Sender<Note>,
    mut inbox: mpsc::Receiver<Note>,
    stop: CancellationToken,
    ended: Ended,
) {
    let applied = facility.applied();
    let mut hub = Hub::new(facility, inbox_sender, applied);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            changed = hub.applied.changed() => match changed {
                Ok(()) => hub.pull(),
                // The replica is gone from this node: its viewers reconnect elsewhere.
                Err(_) => return,
            },
            note = inbox.recv() => match note {
                Some(Note::Join { id, wish, answer }) => hub.admit(id, &wish, answer),
                Some(Note::Left(id)) => hub.viewers.retain(|viewer| viewer.id != id),
                None => return,
            },
        }
        if hub.viewers.is_empty() && ended.try_leave(&mut inbox) {
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
    initial: Initial,
}

impl Hub {
    fn new(facility: Facility, inbox: mpsc::Sender<Note>, mut applied: watch::Receiver<u64>) -> Self {
        let pulled = Cursor::after(*applied.borrow_and_update());
        Self { facility, inbox, applied, pulled, viewers: Vec::new(), initial: Initial::default() }
    }

    /// Pulls what is new and delivers it.
    fn pull(&mut self) {
        // Order: the index first, then the changes: those of an applied index are there to be pulled.
        let applied = Cursor::after(*self.applied.borrow_and_update());
        match self.facility.changes_since(self.pulled) {
            Some(changes) => {
                for change in &changes {
                    self.pulled = self.pulled.max(change.cursor);
                    if let Some(frame) = Frame::of(change) {
                        deliver(&frame, &mut self.viewers);
                    }
                }
                self.pulled = self.pulled.max(applied);
            }
            None => self.reset(),
        }
    }

    /// The replica has leapt over changes, by a snapshot: everybody starts anew from the state.
    fn reset(&mut self) {
        let Self { facility, viewers, pulled, .. } = self;
        viewers.retain_mut(|viewer| {
            let (text, index) = initial_state(facility, &viewer.filter, true);
            *pulled = (*pulled).max(Cursor::after(index));
            viewer.offer(&Delivery { cursor: Cursor::after(index), kind: "initial_state", text })
        });
        // Nobody left to tell: the next pull begins at what is applied by now.
        self.pulled = self.pulled.max(Cursor::after(*self.applied.borrow()));
    }

    fn admit(&mut self, id: u64, wish: &SlotRequest, answer: oneshot::Sender<Admission>) {
        let (first, seen) = match wish.since.and_then(|since| self.resume(since, &wish.filter)) {
            Some(resumed) => resumed,
            None => {
                let (text, index) = self.initial.get(&self.facility, &wish.filter, wish.since.is_some());
                let cursor = Cursor::after(index);
                (vec![Delivery { cursor, kind: "initial_state", text }], cursor)
            }
        };
        let (viewer, admission) = viewer::pair(id, wish.filter.clone(), seen, first, self.inbox.clone());
        if answer.send(admission).is_ok() {
            self.viewers.push(viewer);
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
        Some((wanted.map(delivery).collect(), seen))
    }
}

/// These bytes, at this place, to these viewers.
fn deliver(frame: &Frame, viewers: &mut Vec<Viewer>) {
    let delivery = delivery(frame.clone());
    viewers.retain_mut(|viewer| {
        let wanted = frame.cursor > viewer.seen && viewer.filter.admits(&frame.court, &frame.slot);
        !wanted || viewer.offer(&delivery)
    });
}

fn delivery(frame: Frame) -> Delivery {
    Delivery { cursor: frame.cursor, kind: frame.kind, text: frame.text }
}

fn initial_state(facility: &Facility, filter: &Filter, reset: bool) -> (Utf8Bytes, u64) {
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
    text: Utf8Bytes,
}

impl Initial {
    fn get(&mut self, facility: &Facility, filter: &Filter, reset: bool) -> (Utf8Bytes, u64) {
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
