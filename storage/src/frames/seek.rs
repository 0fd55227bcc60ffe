//! The last key of a range, found by looking forward only.
//!
//! sled 0.34.7 cannot be asked for it: walking back (`next_back`, and `get_lt` by it) it guesses a key of
//! the leaf on the left from the separator, and on a history of ours it went to and fro until it panicked.
//! Looking forward is sound, so the range is halved until one key is left.

use sled::{IVec, Tree};

/// The last key in `[from, to)` and its value.
pub(super) fn last_in(tree: &Tree, from: &[u8], to: &[u8]) -> sled::Result<Option<(IVec, IVec)>> {
    let first = |from: &[u8], to: &[u8]| tree.range(from..to).next().transpose();
    let mut to = to.to_vec();
    let Some(mut last) = first(from, &to)? else { return Ok(None) };
    loop {
        let behind = [&last.0[..], &[0]].concat();
        if behind >= to {
            return Ok(Some(last));
        }
        let Some(next) = first(&behind, &to)? else { return Ok(Some(last)) };
        let middle = middle(&next.0, &to);
        // Either way the last one found lies further on than before: this ends. Keys that differ in zeros
        // at their ends have no middle that lies before the second.
        match if middle < to { first(&middle, &to)? } else { None } {
            Some(found) => last = found,
            None => {
                last = next;
                to = to.min(middle);
            }
        }
    }
}

/// Half-way between two keys, read as numbers behind the point: `low <= middle < high`.
fn middle(low: &[u8], high: &[u8]) -> Vec<u8> {
    let digits = low.len().max(high.len()) + 1;
    let digit = |key: &[u8], at: usize| u16::from(key.get(at).copied().unwrap_or(0));
    let mut sum = vec![0_u16; digits];
    let mut carry = 0;
    for at in (0..digits).rev() {
        let all = digit(low, at) + digit(high, at) + carry;
        (sum[at], carry) = (all & 0xff, all >> 8);
    }
    let mut rest = carry;
    let half = |digit: u16| {
        let all = rest << 8 | digit;
        rest = all & 1;
        u8::try_from(all >> 1).expect("half of what two digits add up to is a digit")
    };
    sum.into_iter().map(half).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_middle_lies_between() {
        let cases: [(&[u8], &[u8]); 5] =
            [(&[1], &[3]), (&[1, 255], &[2]), (&[], &[1]), (&[255, 255], &[255, 255, 1]), (&[7, 0, 9], &[9])];
        for (low, high) in cases {
            let middle = middle(low, high);
            assert!(low <= &middle[..] && &middle[..] < high, "{low:?} {middle:?} {high:?}");
        }
        assert_eq!(middle(&[1], &[3]), [2, 0]);
    }

    /// Keys with long common beginnings and of many lengths, as the history has them.
    #[test]
    fn the_last_key_of_any_range_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let db = sled::Config::new().path(folder.path()).flush_every_ms(None).open().unwrap();
        let mut rng = fastrand::Rng::with_seed(1);
        let key = |rng: &mut fastrand::Rng| {
            let mut key = vec![0, 0, 0, 0, 0, 0, 0, rng.u8(6..9), rng.u8(0..3)];
            key.extend(std::iter::repeat_with(|| if rng.bool() { rng.u8(254..) } else { rng.u8(..3) }).take(14));
            key.truncate(rng.usize(7..23));
            key
        };
        let mut keys = BTreeSet::new();
        for round in 0..4_000 {
            let new = key(&mut rng);
            db.insert(&new, vec![1; rng.usize(0..200)]).unwrap();
            keys.insert(new);
            if round % 2 == 0 {
                let (one, other) = (key(&mut rng), key(&mut rng));
                let (from, to) = if one < other { (one, other) } else { (other, one) };
                let found = last_in(&db, &from, &to).unwrap().map(|(key, _)| key.to_vec());
                assert_eq!(found, keys.range(from..to).next_back().cloned());
            }
        }
    }
}
