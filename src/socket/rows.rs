//! The plain sockets of one hub, in rows by what they want to see: each row gets its own bytes.

use std::sync::Arc;

use cluster::Cursor;
use tokio::sync::mpsc;

use super::direct::{Arrival, Batch, Row, Workers};
use super::filter::Filter;
use super::frames::Frame;
use super::hub::Note;
use super::viewer::Delivery;
use super::wire::TextFrame;

/// The plain sockets of one hub.
pub(super) struct Rows {
    workers: Arc<Workers>,
    hub: mpsc::Sender<Note>,
    rows: Vec<(Filter, Arc<Row>)>,
}

impl Rows {
    pub(super) fn new(workers: Arc<Workers>, hub: mpsc::Sender<Note>) -> Self {
        Self { workers, hub, rows: Vec::new() }
    }

    /// Whether nobody watches.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.iter().all(|(_, row)| row.is_empty())
    }

    /// Forgets rows in which nobody is left.
    pub(super) fn clear(&mut self) {
        self.rows.retain(|(_, row)| !row.is_empty());
    }

    /// A new viewer, with what it is sent first and up to where it has seen everything then.
    pub(super) async fn admit(&mut self, filter: Filter, arrival: Arrival, first: &[Delivery], seen: Cursor) {
        let row = match self.rows.iter().find(|(wanted, _)| *wanted == filter) {
            Some((_, row)) => Arc::clone(row),
            None => {
                let row = self.workers.row(self.hub.clone());
                self.rows.push((filter, Arc::clone(&row)));
                row
            }
        };
        let first = first.iter().map(|delivery| Batch::one(delivery.cursor, &delivery.text)).collect();
        self.workers.seat(arrival, &row, Batch::concat(first), seen).await;
    }

    /// To each row what it wants to see of these.
    pub(super) async fn deliver(&self, frames: &[Frame]) {
        for (filter, row) in &self.rows {
            let wanted = frames.iter().filter(|frame| filter.admits(&frame.court, &frame.slot));
            for batch in Batch::join(wanted.map(|frame| Batch::one(frame.cursor, &frame.text))) {
                self.workers.deliver(row, &batch).await;
            }
        }
    }

    /// To each row the state as it is; the index of the newest.
    pub(super) async fn reset(&self, state: impl Fn(&Filter) -> (TextFrame, u64)) -> u64 {
        let mut newest = 0;
        for (filter, row) in &self.rows {
            let (text, index) = state(filter);
            self.workers.deliver(row, &Batch::one(Cursor::after(index), &text)).await;
            newest = newest.max(index);
        }
        newest
    }

    /// Sends everybody elsewhere.
    pub(super) async fn dismiss(&self) {
        for (_, row) in &self.rows {
            self.workers.dismiss(row).await;
        }
    }
}
