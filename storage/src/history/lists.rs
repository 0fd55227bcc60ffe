//! Lists of ended records: all of them from the buckets, an owner's from its own index.
//!
//! Only the latest version of a record counts, and what is not in the store yet counts before what is.
//! Nothing is looked up while the store walks over keys: an engine may hold its lock meanwhile.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::sync::Arc;

use raft::{Cursor, Family, Listed, Listing, Row};

use super::index::{Pointer, decode_bucket};
use super::keys;
use super::page::Page;
use super::read::Shelf;

/// Pages that a list keeps at a time: about 50 KiB.
const PAGES_KEPT: usize = 8;

/// The latest versions of ended records that are not in the store yet, with their sort keys.
pub(super) type Newer = BTreeMap<String, (i64, Arc<Row>)>;

/// Where a record stands in a list: the greatest sort key first, then by id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place(Reverse<i64>, String);

/// Gets the next place of a list; says whether to go on.
type TakePlace<'a> = dyn FnMut(Place) -> io::Result<bool> + 'a;

/// Pages read for one list: what follows each other there has mostly ended together, too.
#[derive(Default)]
pub(super) struct Lately(VecDeque<Page>);

impl Place {
    fn is_in(&self, listing: &Listing) -> bool {
        let Self(Reverse(sort), id) = self;
        let is_behind = |after: &(i64, String)| (Reverse(*sort), id) > (Reverse(after.0), &after.1);
        (listing.from..listing.to).contains(sort) && listing.after.as_ref().is_none_or(is_behind)
    }
}

impl Lately {
    pub(super) fn keep(&mut self, page: Page) {
        if self.0.len() == PAGES_KEPT {
            self.0.pop_front();
        }
        self.0.push_back(page);
    }

    pub(super) fn row(&self, cursor: Cursor) -> Option<Row> {
        self.0.iter().flat_map(|page| &page.rows).find(|row| row.cursor == cursor).cloned()
    }
}

impl Shelf<'_> {
    /// Ended records, those in `newer` in place of the store's.
    pub(super) fn list(&self, listing: &Listing, newer: &Newer) -> io::Result<Vec<Listed>> {
        let (mut listed, mut lately) = (Vec::new(), Lately::default());
        if listing.from >= listing.to || listing.limit == 0 {
            return Ok(listed);
        }
        let mut take = |Place(Reverse(sort), id): Place| {
            let row = match newer.get(&id) {
                Some((now, row)) => (*now == sort).then(|| Row::clone(row)),
                None => {
                    // An older version of the record, with another sort key, is in no list.
                    let pointer = self.pointer(&keys::ended(self.group, listing.family, &id))?;
                    let pointer = pointer.filter(|now| now.sort == sort);
                    pointer.map(|pointer| self.row(&mut lately, pointer.cursor)).transpose()?
                }
            };
            listed.extend(row.map(|row| Listed { sort, id, row }));
            Ok(listed.len() < listing.limit)
        };
        match &listing.owner {
            Some(owner) => self.of_owner(owner, listing, newer, &mut take)?,
            None => self.of_all(listing, newer, &mut take)?,
        }
        Ok(listed)
    }

    /// The places of all records that are listed, in order: bucket by bucket.
    fn of_all(&self, listing: &Listing, newer: &Newer, take: &mut TakePlace<'_>) -> io::Result<()> {
        let top = listing.after.as_ref().map_or(listing.to - 1, |(sort, _)| (listing.to - 1).min(*sort));
        let (first, mut before) = (keys::bucket_of(listing.from), keys::bucket_of(top) + 1);
        while let Some(bucket) = self.bucket_before(listing.family, first, before, newer)? {
            let mut places = self.bucket(listing.family, bucket)?;
            places.extend(newer.iter().map(|(id, (sort, _))| Place(Reverse(*sort), id.clone())));
            let here = |place: &Place| keys::bucket_of(place.0.0) == bucket && place.is_in(listing);
            for place in places.into_iter().filter(here) {
                if !take(place)? {
                    return Ok(());
                }
            }
            before = bucket;
        }
        Ok(())
    }

    /// The places of an owner's records, in order.
    fn of_owner(&self, owner: &str, listing: &Listing, newer: &Newer, take: &mut TakePlace<'_>) -> io::Result<()> {
        let new = newer.iter().map(|(id, (sort, _))| Place(Reverse(*sort), id.clone()));
        let mut new: BTreeSet<Place> = new.filter(|place| place.is_in(listing)).collect();
        let mut behind = listing.after.clone();
        loop {
            let mut places = self.stored_of(owner, &Listing { after: behind, ..listing.clone() })?;
            let last = places.last().filter(|_| places.len() == listing.limit).cloned();
            // Those that are new come between; and behind the last one where it is the last.
            let mut later = last.as_ref().map_or_else(BTreeSet::new, |last| new.split_off(last));
            places.append(&mut new);
            for place in places {
                if !take(place)? {
                    return Ok(());
                }
            }
            let Some(last) = last else { return Ok(()) };
            later.remove(&last);
            new = later;
            behind = Some((last.0.0, last.1));
        }
    }

    /// The first places of an owner's records in the store, as many as the list is long.
    fn stored_of(&self, owner: &str, listing: &Listing) -> io::Result<BTreeSet<Place>> {
        let mine = keys::owned_by(self.group, listing.family, owner);
        let key = |sort, id| keys::owned(self.group, listing.family, owner, sort, id);
        let from = match &listing.after {
            Some((sort, id)) if *sort < listing.to => [&key(*sort, id)[..], &[0]].concat(),
            _ => key(listing.to - 1, ""),
        };
        // Behind the lowest sort key there is no other.
        let end = listing.from.checked_sub(1).map_or_else(|| [&mine[..], &[u8::MAX; 9]].concat(), |sort| key(sort, ""));
        let mut places = BTreeSet::new();
        self.frames.history_from(&from, &end, &mut |key, value| {
            let damaged = || self.damaged("an owner's record in a place that makes no sense");
            let (sort, id) = keys::owned_in(key, &mine).ok_or_else(damaged)?;
            if Pointer::decode(value).map_err(|what| self.malformed(&what))?.sort != sort {
                return Err(damaged());
            }
            places.insert(Place(Reverse(sort), id.to_owned()));
            Ok(places.len() < listing.limit)
        })?;
        Ok(places)
    }

    /// The last bucket from `first` to before `before` with anything in it.
    fn bucket_before(&self, family: Family, first: u64, before: u64, newer: &Newer) -> io::Result<Option<u64>> {
        if first >= before {
            return Ok(None);
        }
        let (from, to) = (keys::buckets(self.group, family, first).0, keys::buckets(self.group, family, before).0);
        let stored = self.frames.history_last(&from, &to)?.and_then(|(key, _)| keys::bucket_in(&key));
        let newer = newer.values().map(|(sort, _)| keys::bucket_of(*sort));
        Ok(newer.filter(|bucket| (first..before).contains(bucket)).max().max(stored))
    }

    fn bucket(&self, family: Family, bucket: u64) -> io::Result<BTreeSet<Place>> {
        let (from, to) = keys::buckets(self.group, family, bucket);
        let mut places = BTreeSet::new();
        self.frames.history_from(&from, &to, &mut |_, value| {
            let records = decode_bucket(value, self.group).map_err(|what| self.malformed(&what))?;
            places.extend(records.into_iter().map(|(sort, id)| Place(Reverse(sort), id)));
            Ok(true)
        })?;
        Ok(places)
    }
}
