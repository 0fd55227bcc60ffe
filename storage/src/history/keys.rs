//! Keys of the history tree: `[group][what][…]`, big-endian, so that their order is the order read.
//!
//! What is looked for without knowing its group lies under [`NO_GROUP`], with the group at its end.

use raft::{Cursor, Family, GroupId};

use super::page::put_name;

/// A page of rows, under its first row.
const PAGES: u8 = 0;
/// Where the row is that carries an ended record, under the record's id.
const ENDED: u8 = 1;
/// Ended records with sort keys near each other.
const BUCKETS: u8 = 2;
/// Ended records of one owner, the greatest sort key first.
const OWNED: u8 = 3;

/// No group has this number: they are counted from 0.
const NO_GROUP: GroupId = GroupId::MAX;

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

/// An ended record of a group.
pub(super) fn ended(group: GroupId, family: Family, id: &str) -> Vec<u8> {
    let mut key = ended_anywhere(family, id).0;
    key.extend_from_slice(&group.to_be_bytes());
    key
}

/// Before the ended records of that id, of whichever group, and after them.
pub(super) fn ended_anywhere(family: Family, id: &str) -> (Vec<u8>, Vec<u8>) {
    let mut key = begin(NO_GROUP, ENDED);
    key.push(family.0);
    put_name(&mut key, id);
    let end = [&key[..], &[u8::MAX; 9]].concat();
    (key, end)
}

/// The group at the end of an ended record's key.
pub(super) fn group_in(key: &[u8]) -> Option<GroupId> {
    key.last_chunk().map(|group| GroupId::from_be_bytes(*group))
}

/// An ended record among those of its owner.
pub(super) fn owned(group: GroupId, family: Family, owner: &str, sort: i64, id: &str) -> Vec<u8> {
    let mut key = owned_by(group, family, owner);
    key.extend_from_slice(&(!ascending(sort)).to_be_bytes());
    key.extend_from_slice(id.as_bytes());
    key
}

/// What the keys of all ended records of an owner begin with.
pub(super) fn owned_by(group: GroupId, family: Family, owner: &str) -> Vec<u8> {
    let mut key = begin(group, OWNED);
    key.push(family.0);
    put_name(&mut key, owner);
    key
}

/// The sort key and the id in a key that begins with `owned_by`.
pub(super) fn owned_in<'a>(key: &'a [u8], owned_by: &[u8]) -> Option<(i64, &'a str)> {
    let (sort, id) = key.strip_prefix(owned_by)?.split_first_chunk()?;
    let sort = !u64::from_be_bytes(*sort) ^ (1 << 63);
    Some((sort.cast_signed(), std::str::from_utf8(id).ok()?))
}

/// A number whose bytes have the order of sort keys: that with the sign bit flipped.
fn ascending(sort: i64) -> u64 {
    sort.cast_unsigned() ^ (1 << 63)
}

/// The bucket of a sort key.
pub(super) fn bucket_of(sort: i64) -> u64 {
    ascending(sort) >> BUCKET_BITS
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
        let (start, end) = ended_anywhere(Family(1), "rsv_1");
        for group in [0, 7, GroupId::MAX] {
            let key = ended(group, Family(1), "rsv_1");
            assert!(start < key && key < end);
            assert_eq!(group_in(&key), Some(group));
        }
        let other = ended(0, Family(1), "rsv_12");
        assert!(!(start < other && other < end), "an id that begins with another is not among its records");
        let mine = owned_by(7, Family(1), "mbr_1");
        let of = |sort, id| owned(7, Family(1), "mbr_1", sort, id);
        assert!(of(5, "a") < of(4, "a") && of(0, "a") < of(-1, "a") && of(4, "a") < of(4, "b"));
        assert_eq!(owned_in(&of(-5, "rsv_1"), &mine), Some((-5, "rsv_1")));
        assert_eq!(owned_in(&owned(7, Family(1), "mbr_12", 5, "a"), &mine), None);
        let (first, last) = whole_page(&page(7, Cursor { index: 4, ordinal: 2 }, 3));
        assert_eq!(first, page(7, Cursor { index: 4, ordinal: 2 }, 0));
        assert!(last > page(7, Cursor { index: 4, ordinal: 2 }, u16::MAX));
        assert!(same_page(&first, &page(7, Cursor { index: 4, ordinal: 2 }, 9)) && !same_page(&first, &at(4, 3)));
    }
}
