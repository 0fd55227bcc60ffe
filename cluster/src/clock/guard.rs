//! Decides, without reading any clock, which time a leader stamps (promise P3): its wall clock
//! while that lies within 500 ms of a majority's, else the last stamp and the time elapsed since.
//!
//! Peers' clocks are remembered against *our monotonic* clock, so a jump of our own wall clock is
//! noticed with the very next stamp, not with the next exchange.

use std::collections::BTreeMap;

use raft::NodeId;

/// How far a clock may be from another one to agree with it.
pub(crate) const AGREE_MILLIS: i64 = 500;

/// A clock that was not heard for this long agrees with nothing.
const FRESH_MILLIS: i64 = 3_000;

/// An exchange that took longer says too little.
const ROUND_TRIP_MILLIS_MAX: i64 = 400;

/// Our two clocks, read together: milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Since 1970; may jump.
    pub(crate) wall: i64,
    /// Since the start of the process; never jumps.
    pub(crate) steady: i64,
}

/// A time to stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Milliseconds since 1970.
    pub(crate) now: i64,
    /// Whether it is our wall clock.
    pub(crate) trusted: bool,
}

/// What is known of the clocks of all nodes.
#[derive(Debug, Default)]
pub(crate) struct ClockGuard {
    peers: BTreeMap<NodeId, Sample>,
    last: Option<(i64, i64)>,
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    /// The peer's wall clock less our steady one.
    ahead: i64,
    /// When, by our steady clock.
    at: i64,
}

impl ClockGuard {
    /// A peer's wall clock, read while a request was under way from `sent` to `back` (steady).
    pub(crate) fn observe(&mut self, peer: NodeId, wall: i64, sent: i64, back: i64) {
        let trip = back - sent;
        if (0..=ROUND_TRIP_MILLIS_MAX).contains(&trip) {
            self.peers.insert(peer, Sample { ahead: wall - (sent + trip / 2), at: back });
        }
    }

    /// A peer's clock less ours, where it was heard lately.
    pub(crate) fn offset(&self, peer: NodeId, ours: Reading) -> Option<i64> {
        let sample = self.peers.get(&peer)?;
        (ours.steady - sample.at <= FRESH_MILLIS).then_some(sample.ahead - (ours.wall - ours.steady))
    }

    /// Whether a majority was heard and contradicts us: this node should not lead. Silence is no
    /// contradiction.
    pub(crate) fn is_contradicted(&self, nodes: usize, ours: Reading) -> bool {
        let against = self.offsets(ours).filter(|offset| offset.abs() > AGREE_MILLIS).count();
        against * 2 > nodes
    }

    /// Whether a majority agrees with our wall clock.
    pub(crate) fn is_trusted(&self, nodes: usize, ours: Reading) -> bool {
        let with_us = 1 + self.offsets(ours).filter(|offset| offset.abs() <= AGREE_MILLIS).count();
        with_us * 2 > nodes
    }

    /// The time to stamp in a cluster of `nodes`, this one included.
    pub(crate) fn stamp(&mut self, nodes: usize, ours: Reading) -> Stamp {
        let trusted = self.is_trusted(nodes, ours);
        let now = match self.last {
            // Nothing was ever stamped here: there is nothing better than the wall clock.
            _ if trusted => ours.wall,
            None => ours.wall,
            Some((stamp, at)) => stamp + (ours.steady - at),
        };
        self.last = Some((now, ours.steady));
        Stamp { now, trusted }
    }

    fn offsets(&self, ours: Reading) -> impl Iterator<Item = i64> {
        self.peers.keys().filter_map(move |peer| self.offset(*peer, ours))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALL: i64 = 1_800_000_000_000;

    fn at(steady: i64, jump: i64) -> Reading {
        Reading { wall: WALL + steady + jump, steady }
    }

    fn heard(offsets: &[i64]) -> ClockGuard {
        let mut guard = ClockGuard::default();
        guard.stamp(3, at(0, 0));
        for (peer, offset) in (2..).zip(offsets) {
            guard.observe(peer, WALL + 1_010 + offset, 1_000, 1_020);
        }
        guard
    }

    #[test]
    fn the_wall_clock_is_stamped_while_a_majority_agrees() {
        // (name, peers' offsets, our own jump, when, stamped, trusted, contradicted)
        let held = WALL + 1_100;
        let cases: [(&str, &[i64], i64, i64, i64, bool, bool); 9] = [
            ("all agree", &[0, 3], 0, 1_100, WALL + 1_100, true, false),
            ("one of two is off", &[0, 90_000], 0, 1_100, WALL + 1_100, true, false),
            ("at the edge", &[500, -90_000], 0, 1_100, WALL + 1_100, true, false),
            ("beyond the edge", &[501, -90_000], 0, 1_100, held, false, true),
            ("both are off", &[90_000, 90_000], 0, 1_100, held, false, true),
            ("we jump ahead", &[0, 0], 3_600_000, 1_100, held, false, true),
            ("we jump back", &[0, 0], -3_600_000, 1_100, held, false, true),
            ("nobody was heard", &[], 0, 1_100, held, false, false),
            ("nobody was heard lately", &[0, 0], 7, 9_000, WALL + 9_000, false, false),
        ];
        for (name, offsets, jump, steady, stamped, trusted, contradicted) in cases {
            let mut guard = heard(offsets);
            assert_eq!(guard.is_contradicted(3, at(steady, jump)), contradicted, "{name}");
            assert_eq!(guard.stamp(3, at(steady, jump)), Stamp { now: stamped, trusted }, "{name}");
        }
    }

    #[test]
    fn time_goes_on_while_the_wall_clock_is_not_believed_and_returns_to_it() {
        let mut guard = heard(&[0, 0]);
        assert_eq!(guard.stamp(3, at(1_100, 3_600_000)).now, WALL + 1_100);
        assert_eq!(guard.stamp(3, at(1_350, 3_600_000)).now, WALL + 1_350);
        assert_eq!(guard.stamp(3, at(1_500, 0)), Stamp { now: WALL + 1_500, trusted: true });
    }

    #[test]
    fn alone_a_node_is_its_own_majority_and_an_offset_is_half_a_round_trip_off_at_most() {
        assert!(ClockGuard::default().stamp(1, at(5, 0)).trusted);
        let mut guard = ClockGuard::default();
        guard.observe(2, WALL + 1_100, 1_000, 1_200);
        assert_eq!(guard.offset(2, at(1_200, 0)), Some(0));
        guard.observe(2, WALL + 90_000, 1_300, 1_300 + ROUND_TRIP_MILLIS_MAX + 1);
        assert_eq!(guard.offset(2, at(1_800, 0)), Some(0), "too slow an exchange says nothing");
    }
}
