//! Snapshots between nodes, in pieces: one piece under way at a time, so that other groups' frames
//! pass between them, and a cancelled one leaves nothing behind but its last piece.

use std::collections::HashMap;
use std::sync::Mutex;

use bytes::Bytes;
use raft::{GroupId, NodeId, SnapshotMeta, StoredSnapshot, Vote};
use serde::{Deserialize, Serialize};

use super::wire::{WireSnapshotMeta, WireVote};

/// One piece. A stall on the way costs at most this much of the connection.
pub(crate) const CHUNK_BYTES: usize = 256 << 10;

/// Largest snapshot that is taken from a peer: what a very large facility needs.
const SNAPSHOT_BYTES_MAX: u64 = machine::codec::VALUE_BYTES_MAX;

/// Snapshots being received at once; more than a node rebuilds at a time is not asked for.
const RECEIVING_MAX: usize = 64;

/// A piece of a snapshot.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Piece {
    /// Tells two transfers of one group apart.
    pub(crate) transfer: u64,
    /// Where in the whole this piece begins.
    pub(crate) offset: u64,
    /// The piece.
    pub(crate) bytes: Bytes,
    /// With the last piece: what all of them are.
    pub(crate) whole: Option<Whole>,
}

/// What the pieces make together.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Whole {
    /// The sender's vote.
    pub(crate) vote: WireVote,
    /// What the snapshot covers.
    pub(crate) meta: WireSnapshotMeta,
}

/// The receiver's answer to a piece.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Received {
    /// Send the next.
    More,
    /// All of it is installed, or refused by this higher vote.
    Installed(WireVote),
}

/// Cuts a snapshot into pieces; an empty one is one empty piece.
pub(crate) fn pieces(bytes: &Bytes, transfer: u64, vote: &Vote, meta: &SnapshotMeta) -> impl Iterator<Item = Piece> {
    let count = bytes.len().div_ceil(CHUNK_BYTES).max(1);
    (0..count).map(move |at| {
        let offset = at * CHUNK_BYTES;
        let end = bytes.len().min(offset + CHUNK_BYTES);
        let whole = (at + 1 == count).then(|| Whole { vote: vote.into(), meta: meta.into() });
        Piece { transfer, offset: offset as u64, bytes: bytes.slice(offset..end), whole }
    })
}

/// Puts pieces together again, one snapshot per sender and group.
#[derive(Default)]
pub(crate) struct Assembly {
    parts: Mutex<HashMap<(NodeId, GroupId), (u64, Vec<u8>)>>,
}

/// What a piece led to.
pub(crate) enum Assembled {
    /// More is to come.
    More,
    /// That was the last one.
    Whole(Vote, StoredSnapshot),
    /// It is not the one that was expected, or too large: the sender begins again.
    OutOfOrder,
}

impl Assembly {
    /// Takes the next piece.
    pub(crate) fn take(&self, from: NodeId, group: GroupId, piece: Piece) -> Assembled {
        let mut parts = self.parts.lock().expect("nothing panics while it holds this lock");
        if piece.offset == 0 {
            if parts.len() >= RECEIVING_MAX && !parts.contains_key(&(from, group)) {
                return Assembled::OutOfOrder;
            }
            parts.insert((from, group), (piece.transfer, Vec::new()));
        }
        let Some((transfer, bytes)) = parts.get_mut(&(from, group)) else { return Assembled::OutOfOrder };
        let expected = bytes.len() as u64;
        let fits = expected + piece.bytes.len() as u64 <= SNAPSHOT_BYTES_MAX;
        if *transfer != piece.transfer || expected != piece.offset || !fits {
            parts.remove(&(from, group));
            return Assembled::OutOfOrder;
        }
        bytes.extend_from_slice(&piece.bytes);
        let Some(whole) = piece.whole else { return Assembled::More };
        let bytes = parts.remove(&(from, group)).map(|(_, bytes)| bytes).unwrap_or_default();
        drop(parts);
        match whole.meta.try_into() {
            Ok(meta) => Assembled::Whole(whole.vote.into(), StoredSnapshot { meta, bytes: bytes.into() }),
            Err(_) => Assembled::OutOfOrder,
        }
    }

    /// Forgets what `from` had begun: its connection broke.
    pub(crate) fn forget(&self, from: NodeId) {
        self.parts.lock().expect("nothing panics while it holds this lock").retain(|(node, _), _| *node != from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(len: usize, transfer: u64) -> (Bytes, Vec<Piece>) {
        let bytes: Bytes = (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect::<Vec<_>>().into();
        let pieces = pieces(&bytes, transfer, &Vote::new_committed(3, 1), &SnapshotMeta::default()).collect();
        (bytes, pieces)
    }

    #[test]
    fn a_snapshot_of_any_length_arrives_whole() {
        for len in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES] {
            let (bytes, pieces) = cut(len, 1);
            let assembly = Assembly::default();
            let mut taken: Vec<_> = pieces.into_iter().map(|piece| assembly.take(2, 7, piece)).collect();
            let Some(Assembled::Whole(vote, snapshot)) = taken.pop() else { panic!("{len}") };
            assert!(taken.iter().all(|taken| matches!(taken, Assembled::More)), "{len}");
            assert_eq!((vote, snapshot.bytes), (Vote::new_committed(3, 1), bytes), "{len}");
        }
    }

    #[test]
    fn a_missing_piece_or_a_second_transfer_begins_again() {
        let assembly = Assembly::default();
        let mut first = cut(3 * CHUNK_BYTES, 1).1.into_iter();
        assert!(matches!(assembly.take(2, 7, first.next().unwrap()), Assembled::More));
        first.next();
        assert!(matches!(assembly.take(2, 7, first.next().unwrap()), Assembled::OutOfOrder), "a gap");

        let mut first = cut(2 * CHUNK_BYTES, 1).1.into_iter();
        let mut second = cut(2 * CHUNK_BYTES, 2).1.into_iter();
        assembly.take(2, 7, first.next().unwrap());
        assembly.take(2, 7, second.next().unwrap());
        assert!(matches!(assembly.take(2, 7, first.next().unwrap()), Assembled::OutOfOrder), "two at once");

        let mut other = cut(2 * CHUNK_BYTES, 1).1.into_iter();
        assembly.take(2, 7, other.next().unwrap());
        assembly.forget(2);
        assert!(matches!(assembly.take(2, 7, other.next().unwrap()), Assembled::OutOfOrder), "a broken connection");
    }
}
