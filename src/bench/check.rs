//! What must be true after a load, decided from answers alone: pure, and trusting no index, no
//! order and no count of the server.
//!
//! Bookings: every answered one is there, nothing is there that was not asked for, no two overlap.
//! Contests: nobody holds a slot while another does. Streams: every change once, in order, none
//! missing. Each check is shown below to see what was planted for it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cluster::Cursor;

/// A booking as a node shows it, or as it was answered. Times in milliseconds UTC.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Booking {
    pub(super) court: String,
    pub(super) start: i64,
    pub(super) end: i64,
    /// The reservation; empty where a hold's is not shown.
    pub(super) id: String,
}

impl std::fmt::Display for Booking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let time =
            |at: i64| chrono::DateTime::from_timestamp_millis(at).unwrap_or_default().format("%FT%TZ").to_string();
        write!(f, "{} on {} from {} to {}", self.id, self.court, time(self.start), time(self.end))
    }
}

/// Whether a node shows what was answered.
///
/// `unknown` are the court and start of requests whose fate is not known: they may be there or not.
pub(super) fn bookings(answered: &[Booking], unknown: &BTreeSet<(String, i64)>, shown: &[Booking]) -> Vec<String> {
    let mut violations = overlaps(shown);
    let there: BTreeSet<&Booking> = shown.iter().collect();
    violations
        .extend(answered.iter().filter(|one| !there.contains(one)).map(|one| format!("missing: {one} was answered")));
    let asked: BTreeSet<&Booking> = answered.iter().collect();
    let unasked = shown.iter().filter(|one| !asked.contains(one) && !unknown.contains(&(one.court.clone(), one.start)));
    violations.extend(unasked.map(|one| format!("not asked for: {one}")));
    violations
}

/// Pairs that share an instant on a court: sorted by start, each against the one that ends last.
fn overlaps(shown: &[Booking]) -> Vec<String> {
    let mut sorted: Vec<&Booking> = shown.iter().collect();
    sorted.sort_by(|a, b| (&a.court, a.start).cmp(&(&b.court, b.start)));
    let mut violations = Vec::new();
    let mut last: Option<&Booking> = None;
    for one in sorted {
        match last {
            Some(before) if before.court == one.court && one.start < before.end => {
                violations.push(format!("overlap: {one}, and {before}"));
                last = Some(if one.end > before.end { one } else { before });
            }
            _ => last = Some(one),
        }
    }
    violations
}

/// A slot that somebody won: from the answer until it was given up, if it was. Since the begin of the load.
#[derive(Clone, Debug)]
pub(super) struct Won {
    pub(super) slot: u64,
    pub(super) client: u32,
    pub(super) from: Duration,
    pub(super) until: Option<Duration>,
}

/// Whether a slot had one winner at a time: a hold lives from before its answer until after its
/// release is sent, so two such spans that overlap are two holds at once.
pub(super) fn winners(won: &[Won]) -> Vec<String> {
    let mut by_slot = BTreeMap::<u64, Vec<&Won>>::new();
    won.iter().for_each(|one| by_slot.entry(one.slot).or_default().push(one));
    let mut violations = Vec::new();
    for (slot, mut winners) in by_slot {
        winners.sort_by_key(|one| one.from);
        for pair in winners.windows(2) {
            if pair[0].until.is_none_or(|until| pair[1].from < until) {
                violations
                    .push(format!("slot {slot} was won by clients {} and {} at once", pair[0].client, pair[1].client));
            }
        }
    }
    violations
}

/// What one socket was told.
#[derive(Clone, Debug, Default)]
pub(super) struct Stream {
    /// Where its first state left off.
    pub(super) start: Cursor,
    /// Each change in the order of arrival.
    pub(super) seen: Vec<Cursor>,
}

/// All changes that any socket saw, and `answered` log indexes that each were one change.
pub(super) fn changes(streams: &[Stream], answered: &[u64]) -> BTreeSet<Cursor> {
    let seen = streams.iter().flat_map(|stream| stream.seen.iter().copied());
    seen.chain(answered.iter().map(|&index| Cursor { index, ordinal: 0 })).collect()
}

/// Whether a socket saw every one of `changes` after its start, once, and never went back.
pub(super) fn stream(name: &str, stream: &Stream, changes: &BTreeSet<Cursor>) -> Vec<String> {
    let mut violations = Vec::new();
    for pair in stream.seen.windows(2) {
        if pair[1] == pair[0] {
            violations.push(format!("{name}: {} came twice", pair[0]));
        } else if pair[1] < pair[0] {
            violations.push(format!("{name}: {} came after {}", pair[1], pair[0]));
        }
    }
    if let Some(first) = stream.seen.first().filter(|first| **first <= stream.start) {
        violations.push(format!("{name}: {first} came though the first state was of {}", stream.start));
    }
    let seen: BTreeSet<Cursor> = stream.seen.iter().copied().collect();
    let after = (std::ops::Bound::Excluded(stream.start), std::ops::Bound::Unbounded);
    let missing: Vec<String> =
        changes.range(after).filter(|change| !seen.contains(change)).map(Cursor::to_string).collect();
    if let Some(first) = missing.first() {
        violations.push(format!("{name}: {} changes are missing, {first} first", missing.len()));
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn booking(id: &str, court: &str, start: i64, end: i64) -> Booking {
        Booking { court: court.into(), start, end, id: id.into() }
    }

    fn cursor(index: u64) -> Cursor {
        Cursor { index, ordinal: 0 }
    }

    #[test]
    fn bookings_that_hold_pass() {
        let answered = [booking("a", "c1", 0, 10), booking("b", "c1", 10, 20), booking("c", "c2", 5, 15)];
        let mut shown = answered.to_vec();
        shown.push(booking("?", "c2", 20, 30));
        shown.reverse();
        let unknown = [("c2".to_owned(), 20), ("c2".to_owned(), 40)].into();
        assert_eq!(bookings(&answered, &unknown, &shown), [""; 0]);
    }

    #[test]
    fn a_planted_overlap_is_seen() {
        let cases = [
            vec![booking("a", "c1", 0, 10), booking("b", "c1", 9, 12)],
            vec![booking("a", "c1", 0, 10), booking("b", "c1", 0, 10)],
            vec![booking("a", "c1", 0, 30), booking("b", "c1", 5, 6), booking("c", "c1", 20, 25)],
        ];
        for shown in cases {
            let violations = bookings(&shown, &BTreeSet::new(), &shown);
            assert_eq!(violations.len(), shown.len() - 1, "{violations:?}");
            assert!(violations.iter().all(|violation| violation.starts_with("overlap")), "{violations:?}");
        }
    }

    #[test]
    fn a_planted_loss_is_seen() {
        let answered = [booking("a", "c1", 0, 10), booking("b", "c1", 10, 20)];
        let violations = bookings(&answered, &BTreeSet::new(), &answered[..1]);
        assert!(violations.len() == 1 && violations[0].starts_with("missing: b"), "{violations:?}");
        let elsewhere = [answered[0].clone(), booking("b", "c2", 10, 20)];
        assert_eq!(bookings(&answered, &BTreeSet::new(), &elsewhere).len(), 2, "missing there, not asked for here");
    }

    #[test]
    fn a_planted_stranger_is_seen() {
        let violations = bookings(&[], &BTreeSet::new(), &[booking("x", "c1", 0, 10)]);
        assert!(violations.len() == 1 && violations[0].starts_with("not asked for: x"), "{violations:?}");
    }

    #[test]
    fn two_winners_at_once_are_seen_and_one_after_the_other_is_fine() {
        let won = |slot, client, from, until: Option<u64>| Won {
            slot,
            client,
            from: Duration::from_millis(from),
            until: until.map(Duration::from_millis),
        };
        assert_eq!(winners(&[won(1, 1, 0, Some(5)), won(1, 2, 5, None), won(2, 3, 0, None)]), [""; 0]);
        assert_eq!(winners(&[won(1, 2, 4, None), won(1, 1, 0, Some(5))]).len(), 1);
        assert_eq!(winners(&[won(1, 1, 0, None), won(1, 2, 900, None)]).len(), 1);
    }

    #[test]
    fn planted_gaps_repeats_and_steps_back_are_seen() {
        let told =
            |start, seen: &[u64]| Stream { start: cursor(start), seen: seen.iter().map(|&at| cursor(at)).collect() };
        let whole = told(4, &[5, 6, 8]);
        let late = told(6, &[8]);
        let all = changes(&[whole.clone(), late.clone()], &[5, 8]);
        let found = |one: &Stream| stream("socket", one, &all);
        assert_eq!(found(&whole), [""; 0]);
        assert_eq!(found(&late), [""; 0]);
        assert_eq!(found(&told(4, &[5, 8])), ["socket: 1 changes are missing, 6.0 first"]);
        assert_eq!(found(&told(4, &[5, 6])), ["socket: 1 changes are missing, 8.0 first"]);
        assert_eq!(found(&told(4, &[5, 6, 6, 8])), ["socket: 6.0 came twice"]);
        assert_eq!(found(&told(4, &[5, 8, 6])), ["socket: 6.0 came after 8.0"]);
        assert_eq!(found(&told(5, &[5, 6, 8])), ["socket: 5.0 came though the first state was of 5.0"]);
    }

    #[test]
    fn a_change_that_no_socket_saw_is_missing_on_all() {
        let seen = Stream { start: cursor(4), seen: vec![cursor(5)] };
        let all = changes(std::slice::from_ref(&seen), &[5, 6]);
        assert_eq!(stream("socket", &seen, &all).len(), 1);
    }
}
