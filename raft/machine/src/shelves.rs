//! An ordered map that is cheap to copy: sorted shelves of entries, shared until one is written.
//!
//! A facility is frozen for a snapshot between two bookings, so its copy has to cost microseconds
//! and not a walk over every reservation. Copying this map copies one pointer a shelf; the first
//! write to a shelf that a copy still shares copies that shelf alone. It is no general map: it has
//! the few verbs that the indexes need.

use std::borrow::Borrow;
use std::sync::Arc;

/// Most entries of a shelf: a shelf is what one write may have to copy, and the number of shelves
/// is what a copy of the map costs.
const SHELF_ENTRIES_MAX: usize = 128;
/// A shelf with fewer entries is joined with its neighbour where both fit well.
const SHELF_ENTRIES_MIN: usize = SHELF_ENTRIES_MAX / 4;

// Invariant: `floor` is at most every key of its shelf and greater than every key before it, and
// no shelf is empty.
#[derive(Clone, Debug)]
struct Shelf<K, V> {
    floor: K,
    entries: Arc<Vec<(K, V)>>,
}

/// An ordered map that is cheap to copy.
#[derive(Clone, Debug)]
pub(crate) struct Shelves<K, V> {
    shelves: Vec<Shelf<K, V>>,
    len: usize,
}

impl<K, V> Default for Shelves<K, V> {
    fn default() -> Self {
        Self { shelves: Vec::new(), len: 0 }
    }
}

impl<K: Ord + Clone, V: Clone> Shelves<K, V> {
    /// How many entries there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The value of a key.
    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let shelf = self.shelves.get(self.shelf_of(key))?;
        let place = shelf.entries.binary_search_by(|(k, _)| k.borrow().cmp(key)).ok()?;
        Some(&shelf.entries[place].1)
    }

    /// Puts a value in, in place of an older one, which it gives back.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let at = self.shelf_of(&key);
        let last = at + 1 == self.shelves.len();
        let Some(shelf) = self.shelves.get_mut(at) else {
            self.shelves.push(Shelf { floor: key.clone(), entries: Arc::new(vec![(key, value)]) });
            self.len += 1;
            return None;
        };
        if key < shelf.floor {
            shelf.floor = key.clone();
        }
        let entries = Arc::make_mut(&mut shelf.entries);
        match entries.binary_search_by(|(k, _)| k.cmp(&key)) {
            Ok(place) => Some(std::mem::replace(&mut entries[place].1, value)),
            Err(place) => {
                // What grows at its end, as ids and instants mostly do, leaves full shelves behind.
                let at_the_end = last && place == entries.len();
                let stay = if at_the_end { SHELF_ENTRIES_MAX } else { SHELF_ENTRIES_MAX / 2 };
                entries.insert(place, (key, value));
                self.len += 1;
                self.split(at, stay);
                None
            }
        }
    }

    /// Takes an entry out.
    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.shelf_of(key);
        let shelf = self.shelves.get_mut(at)?;
        let place = shelf.entries.binary_search_by(|(k, _)| k.borrow().cmp(key)).ok()?;
        let (_, value) = Arc::make_mut(&mut shelf.entries).remove(place);
        self.len -= 1;
        self.join(at);
        Some(value)
    }

    /// The first entry.
    pub(crate) fn first(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// All entries in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.seek(|_| false)
    }

    /// The entries in order, without those at the beginning that are `before`. `before` must not
    /// hold again once it has failed.
    pub(crate) fn seek(&self, before: impl Fn(&K) -> bool) -> impl Iterator<Item = (&K, &V)> {
        let at = self.shelves.partition_point(|shelf| before(&shelf.floor)).saturating_sub(1);
        let skipped = self.shelves.get(at).map_or(0, |shelf| shelf.entries.partition_point(|(k, _)| before(k)));
        let first = self.shelves.get(at).map_or(&[][..], |shelf| &shelf.entries[skipped..]);
        let rest = self.shelves.iter().skip(at + 1).flat_map(|shelf| shelf.entries.iter());
        first.iter().chain(rest).map(|(k, v)| (k, v))
    }

    /// The last of the entries at the beginning that are `before`, as [`Shelves::seek`] has it.
    pub(crate) fn last_before(&self, before: impl Fn(&K) -> bool) -> Option<(&K, &V)> {
        let end = self.shelves.partition_point(|shelf| before(&shelf.floor));
        // A floor may be lower than its first key: then the entry is at the end of the shelf before.
        self.shelves[..end].iter().rev().find_map(|shelf| {
            let count = shelf.entries.partition_point(|(k, _)| before(k));
            count.checked_sub(1).map(|place| (&shelf.entries[place].0, &shelf.entries[place].1))
        })
    }

    /// The shelf that has the key, if any has.
    fn shelf_of<Q: Ord + ?Sized>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
    {
        self.shelves.partition_point(|shelf| shelf.floor.borrow() <= key).saturating_sub(1)
    }

    /// Splits a shelf that is too full, so that `stay` of its entries stay.
    fn split(&mut self, at: usize, stay: usize) {
        let entries = &mut self.shelves[at].entries;
        if entries.len() <= SHELF_ENTRIES_MAX {
            return;
        }
        let upper = Arc::make_mut(entries).split_off(stay);
        self.shelves.insert(at + 1, Shelf { floor: upper[0].0.clone(), entries: Arc::new(upper) });
    }

    /// Joins a shelf that has become small with the next one, and drops an empty one.
    fn join(&mut self, at: usize) {
        let len = self.shelves[at].entries.len();
        if len == 0 {
            self.shelves.remove(at);
            return;
        }
        let next = self.shelves.get(at + 1).map(|shelf| shelf.entries.len());
        if len < SHELF_ENTRIES_MIN && next.is_some_and(|next| len + next <= SHELF_ENTRIES_MAX / 2) {
            let next = self.shelves.remove(at + 1);
            Arc::make_mut(&mut self.shelves[at].entries).extend(next.entries.iter().cloned());
        }
    }
}

impl<K: Ord + Clone, V> FromIterator<(K, V)> for Shelves<K, V> {
    /// Full shelves, at once; of two values of one key the later stays.
    fn from_iter<T: IntoIterator<Item = (K, V)>>(entries: T) -> Self {
        let mut entries: Vec<(K, V)> = entries.into_iter().collect();
        // What comes out of a snapshot is in order mostly, and then this looks at each key once.
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        entries.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                std::mem::swap(later, earlier);
            }
            same
        });
        let len = entries.len();
        let mut rest = entries.into_iter().peekable();
        let mut shelves = Vec::with_capacity(len.div_ceil(SHELF_ENTRIES_MAX));
        while let Some((floor, _)) = rest.peek() {
            let floor = floor.clone();
            let entries = rest.by_ref().take(SHELF_ENTRIES_MAX).collect();
            shelves.push(Shelf { floor, entries: Arc::new(entries) });
        }
        Self { shelves, len }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn check(shelves: &Shelves<u16, u16>, twin: &BTreeMap<u16, u16>, probe: u16) {
        assert_eq!(shelves.len(), twin.len());
        assert!(shelves.iter().eq(twin.iter()));
        assert_eq!(shelves.first(), twin.first_key_value());
        assert_eq!(shelves.get(&probe), twin.get(&probe));
        assert!(shelves.seek(|k| *k < probe).eq(twin.range(probe..)));
        assert_eq!(shelves.last_before(|k| *k < probe), twin.range(..probe).next_back());
    }

    proptest! {
        #[test]
        fn shelves_made_at_once_hold_what_a_tree_made_at_once_holds(
            entries in prop::collection::vec((0u16..900, any::<u16>()), 0..1500),
            probe in 0u16..900,
        ) {
            let mut shelves: Shelves<u16, u16> = entries.iter().copied().collect();
            let mut twin: BTreeMap<u16, u16> = entries.into_iter().collect();
            check(&shelves, &twin, probe);
            prop_assert_eq!(shelves.insert(probe, 1), twin.insert(probe, 1));
            check(&shelves, &twin, probe);
        }

        #[test]
        fn shelves_hold_what_a_tree_holds_and_a_copy_stays_as_it_was(
            steps in prop::collection::vec((any::<bool>(), 0u16..900, any::<u16>()), 1..1500),
            frozen_at in 0usize..1500,
        ) {
            let (mut shelves, mut twin) = (Shelves::default(), BTreeMap::new());
            let mut frozen = None;
            for (step, (put, key, value)) in steps.into_iter().enumerate() {
                // A long rise first, then a long fall, so that shelves both split and join.
                if put || step < 600 {
                    prop_assert_eq!(shelves.insert(key, value), twin.insert(key, value));
                } else {
                    prop_assert_eq!(shelves.remove(&key), twin.remove(&key));
                }
                if step == frozen_at {
                    frozen = Some((shelves.clone(), twin.clone()));
                }
                if step % 16 == 0 {
                    check(&shelves, &twin, key);
                }
            }
            check(&shelves, &twin, 450);
            if let Some((shelves, twin)) = frozen {
                check(&shelves, &twin, 450);
            }
        }
    }
}
