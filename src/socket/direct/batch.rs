//! Frames in one piece, in order, each with its place: what one write can bring to a socket.

use std::sync::Arc;

use bytes::Bytes;
use cluster::Cursor;

use super::super::wire::TextFrame;

/// Bytes of frames that are joined into one: much more is no cheaper to write, and makes the queue
/// of a slow socket coarse.
const BATCH_BYTES_MAX: usize = 64 << 10;

/// Frames in one piece.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    bytes: Bytes,
    /// Where each frame ends; never empty, cursors rising.
    ends: Arc<[(Cursor, usize)]>,
}

impl Batch {
    /// One frame, its bytes shared.
    pub(crate) fn one(cursor: Cursor, frame: &TextFrame) -> Self {
        Self { bytes: frame.bytes().clone(), ends: [(cursor, frame.bytes().len())].into() }
    }

    /// These batches in one; `None` where there are none.
    pub(crate) fn concat(mut batches: Vec<Self>) -> Option<Self> {
        if batches.len() < 2 {
            return batches.pop();
        }
        let mut bytes = Vec::with_capacity(batches.iter().map(|batch| batch.bytes.len()).sum());
        let mut ends = Vec::new();
        for batch in batches {
            let start = bytes.len();
            ends.extend(batch.ends.iter().map(|(cursor, end)| (*cursor, start + end)));
            bytes.extend_from_slice(&batch.bytes);
        }
        Some(Self { bytes: bytes.into(), ends: ends.into() })
    }

    /// These batches in a few of a size that a slow socket can take.
    pub(crate) fn join(batches: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut joined = Vec::new();
        let mut open: Vec<Self> = Vec::new();
        let mut bytes = 0;
        for batch in batches {
            if !open.is_empty() && bytes + batch.bytes.len() > BATCH_BYTES_MAX {
                joined.extend(Self::concat(std::mem::take(&mut open)));
                bytes = 0;
            }
            bytes += batch.bytes.len();
            open.push(batch);
        }
        joined.extend(Self::concat(std::mem::take(&mut open)));
        joined
    }

    /// The frames after `seen`, if there are any.
    pub(super) fn after(&self, seen: Cursor) -> Option<Bytes> {
        match self.ends.partition_point(|(cursor, _)| *cursor <= seen) {
            0 => Some(self.bytes.clone()),
            skipped if skipped == self.ends.len() => None,
            skipped => Some(self.bytes.slice(self.ends[skipped - 1].1..)),
        }
    }

    /// All frames.
    pub(super) fn whole(&self) -> Bytes {
        self.bytes.clone()
    }

    /// The place of the last frame.
    pub(super) fn last(&self) -> Cursor {
        self.ends.last().expect("a batch has a frame").0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(index: u64) -> Cursor {
        Cursor { index, ordinal: 0 }
    }

    fn one(index: u64, length: usize) -> Batch {
        Batch::one(cursor(index), &TextFrame::json(&"x".repeat(length)))
    }

    #[test]
    fn a_socket_gets_the_frames_after_what_it_has_seen() {
        let ones = [one(3, 10), one(5, 20), one(6, 30)];
        let all = ones.iter().flat_map(|batch| batch.bytes.to_vec()).collect::<Vec<u8>>();
        let [joined] = &Batch::join(ones.clone())[..] else { panic!("they fit into one") };
        let end = |count: usize| ones[..count].iter().map(|batch| batch.bytes.len()).sum::<usize>();
        for (seen, skipped) in [(0, 0), (2, 0), (3, 1), (4, 1), (5, 2)] {
            assert_eq!(joined.after(cursor(seen)).unwrap(), &all[end(skipped)..], "after {seen}");
        }
        assert_eq!((joined.after(cursor(6)), joined.after(Cursor::after(9)), joined.last()), (None, None, cursor(6)));
    }

    #[test]
    fn batches_are_joined_up_to_a_size_and_none_is_lost() {
        let ones: Vec<Batch> = (0..100).map(|index| one(index, if index == 50 { 200_000 } else { 3_000 })).collect();
        let joined = Batch::join(ones);
        let cursors: Vec<Cursor> = joined.iter().flat_map(|batch| batch.ends.iter().map(|(at, _)| *at)).collect();
        assert_eq!(cursors, (0..100).map(cursor).collect::<Vec<_>>());
        assert!((4..10).contains(&joined.len()), "{}", joined.len());
        for batch in joined {
            assert!(batch.bytes.len() <= BATCH_BYTES_MAX || batch.ends.len() == 1);
        }
        assert!(Batch::join([]).is_empty());
    }
}
