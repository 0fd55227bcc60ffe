//! What lives where: for every group the frame that holds its state, its snapshot record and each
//! of its entries, and for every frame how much of it is still needed.
//!
//! Writer and recovery feed it the same records in the same order, so both arrive at the same
//! account of live frames; every frame's header carries that account, and recovery compares.

use std::collections::BTreeMap;
use std::ops::RangeBounds;

use raft::GroupId;

use crate::codec::{Published, State};

/// Where one record, or one entry of a record, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) frame: u64,
    pub(crate) bytes: u32,
}

/// One group, as its frames say.
#[derive(Debug, Default)]
pub(crate) struct GroupLedger {
    pub(crate) state: State,
    pub(crate) state_at: Option<Place>,
    pub(crate) snapshot: Option<Published>,
    pub(crate) snapshot_at: Option<Place>,
    pub(crate) entries: BTreeMap<u64, Place>,
}

impl GroupLedger {
    /// Index of the last entry.
    pub(crate) fn last(&self) -> Option<u64> {
        self.entries.last_key_value().map(|(index, _)| *index)
    }

    /// The index that the next entry must have, where anything is known.
    pub(crate) fn next(&self) -> Option<u64> {
        self.last().or(self.state.purged.map(|id| id.index)).map(|index| index + 1)
    }
}

#[derive(Debug, Default)]
struct Frame {
    bytes: u64,
    live_items: u64,
    live_bytes: u64,
}

/// The account of all groups and frames.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    groups: BTreeMap<GroupId, GroupLedger>,
    frames: BTreeMap<u64, Frame>,
    dead: Vec<u64>,
    current: u64,
    live: u64,
    fold: u64,
    kept_bytes: u64,
    live_bytes: u64,
}

impl Ledger {
    pub(crate) fn group(&self, group: GroupId) -> Option<&GroupLedger> {
        self.groups.get(&group)
    }

    pub(crate) fn group_mut(&mut self, group: GroupId) -> &mut GroupLedger {
        self.groups.entry(group).or_default()
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = (GroupId, &GroupLedger)> {
        self.groups.iter().map(|(id, group)| (*id, group))
    }

    /// What follows is in frame `number`.
    pub(crate) fn begin(&mut self, number: u64) {
        self.current = number;
        self.frames.insert(number, Frame::default());
    }

    /// The current frame is whole and takes `bytes`.
    pub(crate) fn finish(&mut self, bytes: usize) {
        let number = self.current;
        let frame = self.frames.get_mut(&number).expect("a frame is begun before it is finished");
        frame.bytes = bytes as u64;
        if frame.live_items == 0 {
            self.dead.push(number);
        } else {
            self.kept_bytes += bytes as u64;
        }
        self.current = 0;
    }

    /// The current frame turned out to have nothing in it: its number is used by the next.
    pub(crate) fn abandon(&mut self) {
        self.frames.remove(&self.current);
        self.current = 0;
    }

    /// How many frames hold something live, and the sum over their numbers.
    pub(crate) fn live(&self) -> (u64, u64) {
        (self.live, self.fold)
    }

    /// Frames without anything live since this was last asked.
    pub(crate) fn take_dead(&mut self) -> Vec<u64> {
        let dead = std::mem::take(&mut self.dead);
        for number in &dead {
            self.frames.remove(number);
        }
        dead
    }

    /// Entries from `first` on, of these sizes; what was there at and after `first` is dead.
    pub(crate) fn append(&mut self, group: GroupId, first: u64, sizes: impl IntoIterator<Item = u32>) {
        self.cut(group, first..);
        for (index, bytes) in (first..).zip(sizes) {
            self.put_entry(group, index, bytes);
        }
    }

    /// One entry, in place of itself.
    pub(crate) fn put_entry(&mut self, group: GroupId, index: u64, bytes: u32) {
        let place = Place { frame: self.current, bytes };
        let old = self.group_mut(group).entries.insert(index, place);
        self.pin(place);
        self.unpin(old);
    }

    /// The entries of these indexes are dead.
    pub(crate) fn cut(&mut self, group: GroupId, indexes: impl RangeBounds<u64>) {
        let cut: Vec<Place> =
            self.group_mut(group).entries.extract_if(indexes, |_, _| true).map(|(_, at)| at).collect();
        for place in cut {
            self.unpin(Some(place));
        }
    }

    /// The newest state of a group, and what it says about its entries.
    pub(crate) fn put_state(&mut self, group: GroupId, state: State, bytes: u32) {
        let place = Place { frame: self.current, bytes };
        match state.last {
            Some(u64::MAX) => {}
            Some(last) => self.cut(group, last + 1..),
            None => self.cut(group, ..),
        }
        if let Some(purged) = state.purged {
            self.cut(group, ..=purged.index);
        }
        let ledger = self.group_mut(group);
        ledger.state = state;
        let old = ledger.state_at.replace(place);
        self.pin(place);
        self.unpin(old);
    }

    /// The newest snapshot of a group.
    pub(crate) fn put_snapshot(&mut self, published: Published, bytes: u32) {
        let place = Place { frame: self.current, bytes };
        let ledger = self.group_mut(published.group);
        ledger.snapshot = Some(published);
        let old = ledger.snapshot_at.replace(place);
        self.pin(place);
        self.unpin(old);
    }

    /// The oldest frame with something live, where less than `1/share` of all kept bytes is live
    /// and more than `least` bytes are kept.
    pub(crate) fn sparse(&self, share: u64, least: u64) -> Option<u64> {
        if self.kept_bytes <= least || self.live_bytes * share >= self.kept_bytes {
            return None;
        }
        self.frames.iter().find(|(number, frame)| frame.live_items > 0 && **number != self.current).map(|(n, _)| *n)
    }

    /// Live bytes in `frame`.
    pub(crate) fn live_bytes_of(&self, frame: u64) -> u64 {
        self.frames.get(&frame).map_or(0, |frame| frame.live_bytes)
    }

    fn pin(&mut self, at: Place) {
        let frame = self.frames.entry(at.frame).or_default();
        if frame.live_items == 0 {
            self.live += 1;
            self.fold = self.fold.wrapping_add(scatter(at.frame));
        }
        frame.live_items += 1;
        frame.live_bytes += u64::from(at.bytes);
        self.live_bytes += u64::from(at.bytes);
    }

    fn unpin(&mut self, at: Option<Place>) {
        let Some(at) = at else { return };
        let frame = self.frames.get_mut(&at.frame).expect("a frame with something live in it is kept");
        frame.live_items -= 1;
        frame.live_bytes -= u64::from(at.bytes);
        self.live_bytes -= u64::from(at.bytes);
        if frame.live_items > 0 {
            return;
        }
        self.live -= 1;
        self.fold = self.fold.wrapping_sub(scatter(at.frame));
        // The frame being built is settled when it is finished: it may yet get something live.
        if at.frame != self.current {
            self.kept_bytes -= frame.bytes;
            self.dead.push(at.frame);
        }
    }
}

/// Spreads a number over 64 bits, so that no two small sets of frames have the same sum.
fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(last: Option<u64>) -> State {
        State { last, ..State::default() }
    }

    #[test]
    fn a_frame_dies_with_its_last_live_entry() {
        let mut ledger = Ledger::default();
        ledger.begin(1);
        ledger.append(7, 1, [10, 10]);
        ledger.finish(100);
        ledger.begin(2);
        ledger.append(7, 2, [10]);
        ledger.finish(100);
        assert_eq!((ledger.take_dead(), ledger.live().0), (vec![], 2));
        ledger.begin(3);
        ledger.append(7, 1, [10]);
        ledger.finish(100);
        assert_eq!((ledger.take_dead(), ledger.live().0), (vec![1, 2], 1));
        assert_eq!(ledger.kept_bytes, 100);
    }

    #[test]
    fn a_state_cuts_both_ends_and_moves_along() {
        let mut ledger = Ledger::default();
        ledger.begin(1);
        ledger.put_state(7, state(None), 5);
        ledger.finish(10);
        ledger.begin(2);
        ledger.append(7, 1, [1; 9]);
        ledger.finish(10);
        ledger.begin(3);
        ledger.put_state(7, state(Some(4)), 5);
        ledger.finish(10);
        assert_eq!(ledger.group(7).unwrap().last(), Some(4));
        assert_eq!(ledger.take_dead(), [1]);
        ledger.begin(4);
        ledger.put_state(7, state(None), 5);
        ledger.finish(10);
        assert_eq!(ledger.group(7).unwrap().last(), None);
        assert_eq!((ledger.take_dead(), ledger.live().0), (vec![2, 3], 1));
    }

    #[test]
    fn the_account_depends_on_what_lives_and_not_on_what_died() {
        let mut long = Ledger::default();
        for number in 1..=5 {
            long.begin(number);
            long.append(1, 1, [8]);
            long.finish(20);
        }
        let mut short = Ledger::default();
        short.begin(5);
        short.append(1, 1, [8]);
        short.finish(20);
        assert_eq!(long.live(), short.live());
    }
}
