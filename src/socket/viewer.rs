//! A viewer that is a task: a bounded queue of shared bytes, with one end at the hub and one at the
//! task. Server-sent events and sockets that are not plain ones are such.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cluster::Cursor;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::filter::Filter;
use super::frames::Frame;
use super::wire::TextFrame;

/// Frames that wait for one viewer: one that is further behind had better start anew.
pub(super) const QUEUE_FRAMES_MAX: usize = 256;
/// Bytes that wait for one viewer.
const QUEUE_BYTES_MAX: usize = 256 << 10;

/// Something for a viewer to see.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// Its place in the stream.
    pub(super) cursor: Cursor,
    /// The name of its kind.
    pub(super) kind: &'static str,
    /// The bytes, shared.
    pub(super) text: TextFrame,
}

impl From<Frame> for Delivery {
    fn from(frame: Frame) -> Self {
        Self { cursor: frame.cursor, kind: frame.kind, text: frame.text }
    }
}

/// The hub's end.
#[derive(Debug)]
pub(super) struct Viewer {
    pub(super) id: u64,
    pub(super) filter: Filter,
    /// Up to where this viewer has seen everything.
    pub(super) seen: Cursor,
    queue: mpsc::Sender<Delivery>,
    waiting_bytes: Arc<AtomicUsize>,
    overflow: CancellationToken,
}

/// The socket's end.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(super) id: u64,
    /// What to send before anything of the queue.
    pub(super) first: Vec<Delivery>,
    /// Cancelled when this viewer cannot keep up.
    pub(super) overflow: CancellationToken,
    pub(super) leave: mpsc::Sender<super::hub::Note>,
    queue: mpsc::Receiver<Delivery>,
    waiting_bytes: Arc<AtomicUsize>,
}

/// Both ends of a new viewer.
pub(super) fn pair(
    id: u64,
    filter: Filter,
    seen: Cursor,
    first: Vec<Delivery>,
    leave: mpsc::Sender<super::hub::Note>,
) -> (Viewer, Admission) {
    let (sender, receiver) = mpsc::channel(QUEUE_FRAMES_MAX);
    let (waiting_bytes, overflow) = (Arc::new(AtomicUsize::new(0)), CancellationToken::new());
    let admission = Admission {
        id,
        first,
        leave,
        queue: receiver,
        overflow: overflow.clone(),
        waiting_bytes: Arc::clone(&waiting_bytes),
    };
    (Viewer { id, filter, seen, queue: sender, waiting_bytes, overflow }, admission)
}

impl Viewer {
    /// Queues a delivery; false when the viewer is gone or cannot keep up, and is to be forgotten.
    pub(super) fn offer(&mut self, delivery: &Delivery) -> bool {
        let bytes = delivery.text.bytes().len();
        let waiting = self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        // A single large frame, such as a reset, may pass an empty queue.
        let fits = waiting == 0 || waiting + bytes <= QUEUE_BYTES_MAX;
        if fits && self.queue.try_send(delivery.clone()).is_ok() {
            self.seen = delivery.cursor;
            return true;
        }
        self.overflow.cancel();
        false
    }
}

impl Admission {
    /// The next delivery; `None` when the hub has ended.
    pub(super) async fn next(&mut self) -> Option<Delivery> {
        let delivery = self.queue.recv().await?;
        self.waiting_bytes.fetch_sub(delivery.text.bytes().len(), Ordering::Relaxed);
        Some(delivery)
    }

    /// The next delivery if one waits.
    pub(super) fn try_next(&mut self) -> Option<Delivery> {
        let delivery = self.queue.try_recv().ok()?;
        self.waiting_bytes.fetch_sub(delivery.text.bytes().len(), Ordering::Relaxed);
        Some(delivery)
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        // A full inbox is no harm: the closed queue tells the hub at the next delivery.
        let _ = self.leave.try_send(super::hub::Note::Left(self.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(index: u64, bytes: usize) -> Delivery {
        Delivery {
            cursor: Cursor { index, ordinal: 0 },
            kind: "slot_pending",
            text: TextFrame::json(&"x".repeat(bytes)),
        }
    }

    fn viewer() -> (Viewer, Admission) {
        let (leave, _) = mpsc::channel(1);
        pair(1, Filter::default(), Cursor::default(), Vec::new(), leave)
    }

    #[test]
    fn a_viewer_that_does_not_read_is_given_up_after_256_frames() {
        let (mut viewer, admission) = viewer();
        let taken = (1..=300).take_while(|index| viewer.offer(&delivery(*index, 10))).count();
        assert_eq!(taken, QUEUE_FRAMES_MAX);
        assert!(admission.overflow.is_cancelled());
    }

    #[test]
    fn or_after_256_kib_unless_it_is_the_only_frame() {
        let (mut viewer, mut admission) = viewer();
        assert!(viewer.offer(&delivery(1, 2 * QUEUE_BYTES_MAX)));
        assert!(!viewer.offer(&delivery(2, 1)));
        assert_eq!(admission.try_next().unwrap().cursor.index, 1);
    }

    #[test]
    fn what_is_read_makes_room() {
        let (mut viewer, mut admission) = viewer();
        for index in 1..=1000 {
            assert!(viewer.offer(&delivery(index, 10_000)));
            assert_eq!(admission.try_next().unwrap().cursor.index, index);
        }
        assert_eq!(viewer.seen.index, 1000);
    }
}
