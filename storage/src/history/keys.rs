//! Keys of the history tree: `[group][what][…]`, big-endian, so that their order is the order read.

use raft::{Cursor, Family, GroupId};

/// A page of rows, under its first row.
const PAGES: u8 = 0;
/// Where the row is that carries an ended record, under the record's id.
const ENDED: u8 = 1;
/// Ended records with sort keys near each other.
const BUCKETS: u8 = 2;

/// Sort keys that share a bucket differ in these low bits: 18.6 hours of milliseconds, so that a
/// day of a club is two buckets, and the records that end together share one.
const BUCKET_BITS: u32 = 26;

/// Bytes of a page's key before the number of its part.
const PAGE_KEY: usize = 8 + 1 + 12;

fn begin(group: GroupId, what: u8) -> Vec<u8> {
    let mut key = Vec::with_capacity(32);
    key.extend_from_slice(&group.to_be_bytes());
    key.push(what);
    key
}

fn put_cursor(key: &mut Vec<u8>, cursor: Cursor) {
    key.extend_from_slice(&cursor.index.to_be_bytes());
    key.extend_from_slice(&cursor.ordinal.to_be_bytes());
}

/// Before all pages of a group, and after them.
pub(super) fn pages(group: GroupId) -> (Vec<u8>, Vec<u8>) {
    (begin(group, PAGES), begin(group, ENDED))
}

/// A part of the page that begins with `first`.
pub(super) fn page(group: GroupId, first: Cursor, part: u16) -> Vec<u8> {
    let mut key = begin(group, PAGES);
    put_cursor(&mut key, first);
    key.extend_from_slice(&part.to_be_bytes());
    key
}

/// After every page that begins at or before `cursor`.
pub(super) fn after_page(group: GroupId, cursor: Cursor) -> Vec<u8> {
    let mut key = page(group, cursor, u16::MAX);
    key.push(0);
    key
}

/// Whether both keys are of parts of one page.
pub(super) fn same_page(one: &[u8], other: &[u8]) -> bool {
    one.len() == PAGE_KEY + 2 && one.get(..PAGE_KEY) == other.get(..PAGE_KEY)
}

/// The first part of the page that a part's key is of, and the end of the page's keys.
pub(super) fn whole_page(part: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let head = part.get(..PAGE_KEY).unwrap_or(part);
    let bounds = |number: [u8; 2]| [head, &number].concat();
    (bounds([0, 0]), [bounds([u8::MAX, u8::MAX]), vec![0]].concat())
}

/// An ended record.
pub(super) fn ended(group: GroupId, family: Family, id: &str) -> Vec<u8> {
    let mut key = begin(group, ENDED);
    key.push(family.0);
    key.extend_from_slice(id.as_bytes());
    key
}

/// The bucket of a sort key.
pub(super) fn bucket_of(sort: i64) -> u64 {
    // Flipping the sign bit makes the order of bytes the order of numbers.
    (sort.cast_unsigned() ^ (1 << 63)) >> BUCKET_BITS
}

/// One value of a bucket: a part of what was written together, from the row `first` on.
pub(super) fn bucket(group: GroupId, family: Family, bucket: u64, first: Cursor, part: u16) -> Vec<u8> {
    let mut key = buckets(group, family, bucket).0;
    put_cursor(&mut key, first);
    key.extend_from_slice(&part.to_be_bytes());
    key
}

/// Before all values of a bucket, and after them.
pub(super) fn buckets(group: GroupId, family: Family, bucket: u64) -> (Vec<u8>, Vec<u8>) {
    let bound = |bucket: u64| {
        let mut key = begin(group, BUCKETS);
        key.push(family.0);
        key.extend_from_slice(&bucket.to_be_bytes());
        key
    };
    (bound(bucket), bound(bucket + 1))
}

/// The bucket that a value's key is of.
pub(super) fn bucket_in(key: &[u8]) -> Option<u64> {
    key.get(10..)?.first_chunk().map(|bucket| u64::from_be_bytes(*bucket))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_what_they_stand_for() {
        let at = |index, ordinal| page(7, Cursor { index, ordinal }, 0);
        assert!(at(1, 9) < at(2, 0) && at(255, 0) < at(256, 0));
        let (start, end) = pages(7);
        assert!(start < at(0, 0) && at(u64::MAX, u32::MAX) < end && end < pages(8).0);
        assert!(after_page(7, Cursor { index: 1, ordinal: 9 }) > page(7, Cursor { index: 1, ordinal: 9 }, u16::MAX));
        assert!(bucket_of(i64::MIN) < bucket_of(-1) && bucket_of(-1) < bucket_of(0));
        assert!(bucket_of(0) < bucket_of(i64::MAX));
        let (start, end) = buckets(7, Family(1), bucket_of(5));
        let key = bucket(7, Family(1), bucket_of(5), Cursor::after(9), 0);
        assert!(start < key && key < end);
        assert_eq!(bucket_in(&key), Some(bucket_of(5)));
        let (first, last) = whole_page(&page(7, Cursor { index: 4, ordinal: 2 }, 3));
        assert_eq!(first, page(7, Cursor { index: 4, ordinal: 2 }, 0));
        assert!(last > page(7, Cursor { index: 4, ordinal: 2 }, u16::MAX));
        assert!(same_page(&first, &page(7, Cursor { index: 4, ordinal: 2 }, 9)) && !same_page(&first, &at(4, 3)));
    }
}
