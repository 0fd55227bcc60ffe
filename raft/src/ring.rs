//! The latest changes of a replica, for watchers that reconnect.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::{Change, Cursor};

/// Changes remembered by a replica: at about 300 bytes each 5 MiB a busy facility, and days of a
/// club's bookings. A watcher that was away for longer starts from the state.
pub const RING_CHANGES_MAX: usize = 16_384;

/// A bounded run of changes without a gap.
pub(crate) struct Ring<E> {
    changes: VecDeque<Arc<Change<E>>>,
    /// Everything after this and up to `until` is remembered.
    from: Cursor,
    until: u64,
}

impl<E> Ring<E> {
    /// Remembers nothing up to `index`, and everything from there on.
    pub(crate) fn starting_after(index: Option<u64>) -> Self {
        let from = index.map_or(Cursor::default(), Cursor::after);
        Self { changes: VecDeque::new(), from, until: index.unwrap_or(0) }
    }

    /// Takes all changes of the entry at `index`.
    pub(crate) fn push_entry(&mut self, index: u64, events: Vec<E>) {
        for (ordinal, event) in (0u32..).zip(events) {
            self.changes.push_back(Arc::new(Change { cursor: Cursor { index, ordinal }, event }));
        }
        self.until = index;
        while self.changes.len() > RING_CHANGES_MAX {
            if let Some(forgotten) = self.changes.pop_front() {
                self.from = forgotten.cursor;
            }
        }
    }

    /// The changes after `cursor`; `None` where some of them are forgotten, or where the cursor is
    /// of a future that this replica has not seen.
    pub(crate) fn since(&self, cursor: Cursor) -> Option<Vec<Arc<Change<E>>>> {
        if cursor < self.from || cursor.index > self.until {
            return None;
        }
        let start = self.changes.partition_point(|change| change.cursor <= cursor);
        Some(self.changes.range(start..).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursors(ring: &Ring<u64>, index: u64, ordinal: u32) -> Option<Vec<String>> {
        let changes = ring.since(Cursor { index, ordinal })?;
        Some(changes.iter().map(|change| change.cursor.to_string()).collect())
    }

    #[test]
    fn a_new_ring_covers_everything_from_the_start() {
        let mut ring = Ring::starting_after(None);
        ring.push_entry(1, vec![10, 11]);
        ring.push_entry(2, vec![]);
        ring.push_entry(3, vec![12]);
        assert_eq!(cursors(&ring, 0, 0), Some(vec!["1.0".into(), "1.1".into(), "3.0".into()]));
        assert_eq!(cursors(&ring, 1, 0), Some(vec!["1.1".into(), "3.0".into()]));
        assert_eq!(cursors(&ring, 1, u32::MAX), Some(vec!["3.0".into()]));
        assert_eq!(cursors(&ring, 3, u32::MAX), Some(vec![]));
        assert_eq!(cursors(&ring, 4, 0), None, "a cursor of another future is not covered");
    }

    #[test]
    fn a_restored_ring_does_not_pretend_to_know_the_past() {
        let mut ring = Ring::starting_after(Some(7));
        assert_eq!(cursors(&ring, 7, 3), None);
        assert_eq!(cursors(&ring, 7, u32::MAX), Some(vec![]));
        ring.push_entry(8, vec![1]);
        assert_eq!(cursors(&ring, 7, u32::MAX), Some(vec!["8.0".into()]));
        assert_eq!(cursors(&ring, 6, u32::MAX), None);
    }

    #[test]
    fn a_full_ring_forgets_the_oldest_and_says_so() {
        let mut ring = Ring::starting_after(None);
        for index in 1..=RING_CHANGES_MAX as u64 + 2 {
            ring.push_entry(index, vec![index]);
        }
        assert_eq!(cursors(&ring, 1, 0), None);
        assert_eq!(ring.since(Cursor { index: 2, ordinal: 0 }).map(|changes| changes.len()), Some(RING_CHANGES_MAX));
    }
}
