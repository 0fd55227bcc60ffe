//! All blocks of a facility, and the ways to find those that a slot meets.
//!
//! Blocks go in and out through [`Blocks::put`] and [`Blocks::remove`], which keep the indexes in step. A
//! slot looks at two short lists, that of its court and that of all courts, and at their neighbours only.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::deadline::{Deadline, Due};
use crate::record::ENDED_RESERVATION_KEPT_MILLIS;
use crate::shelves::Shelves;
use crate::{Block, BlockId, Claim, ClaimKind, CourtId, Facility, Instant, Interval};

/// The longest time of a block that extends the hours: so a look back for one is bounded.
pub(crate) const EXTENSION_MILLIS_MAX: i64 = 24 * 60 * 60 * 1000;

/// End and name by start.
type TimesByStart = Shelves<Instant, (Instant, BlockId)>;

/// All blocks of a facility.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blocks {
    by_id: Shelves<BlockId, Arc<Block>>,
    // Invariant: blocks that claim never meet on a court, so the times of one list are disjoint.
    claims: BTreeMap<Option<CourtId>, TimesByStart>,
    extensions: BTreeMap<Option<CourtId>, Shelves<(Instant, BlockId), Instant>>,
}

impl Blocks {
    /// One block.
    pub(crate) fn get(&self, id: &BlockId) -> Option<&Arc<Block>> {
        self.by_id.get(id)
    }

    /// All blocks, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Block>> {
        self.by_id.iter().map(|(_, block)| block)
    }

    /// The times at which blocks claim a court, of those that share an instant with `span`, and by which
    /// block; those of the court first, then those of all courts.
    pub(crate) fn claims_in(&self, court: &CourtId, span: Interval) -> impl Iterator<Item = (Interval, &Arc<Block>)> {
        // The usual facility has no blocks: no key is made for it.
        let own = (!self.claims.is_empty()).then(|| self.claims.get(&Some(court.clone()))).flatten();
        own.into_iter().chain(self.claims.get(&None)).flat_map(move |times| self.meeting(times, span))
    }

    /// Whether a block of all courts but `other` claims an instant of `span`.
    pub(crate) fn is_shut(&self, span: Interval, other: &BlockId) -> bool {
        let of_all = self.claims.get(&None).into_iter().flat_map(|times| self.meeting(times, span));
        of_all.into_iter().any(|(_, block)| block.id != *other)
    }

    /// Times at which a court is open beyond the calendar, of those that share an instant with `span`.
    pub(crate) fn extensions(&self, court: &CourtId, span: Interval) -> impl Iterator<Item = Interval> {
        let own = (!self.extensions.is_empty()).then(|| self.extensions.get(&Some(court.clone()))).flatten();
        let from = span.start.plus(-EXTENSION_MILLIS_MAX);
        own.into_iter().chain(self.extensions.get(&None)).flat_map(move |times| {
            let times = times.seek(move |(start, _)| *start < from).map(|((start, _), end)| (*start, *end));
            let times = times.take_while(move |(start, _)| *start < span.end);
            times.map(|(start, end)| Interval { start, end }).filter(move |time| time.overlaps(&span))
        })
    }

    /// Whether any block extends the hours.
    pub(crate) fn has_extensions(&self) -> bool {
        !self.extensions.is_empty()
    }

    /// Puts a block in, in place of the one of its id, which it gives back.
    pub(crate) fn put(&mut self, block: Arc<Block>) -> Option<Arc<Block>> {
        let old = self.remove(&block.id);
        for time in &block.times {
            if block.kind.is_claim() {
                let times = self.claims.entry(block.court_id.clone()).or_default();
                times.insert(time.start, (time.end, block.id.clone()));
            } else {
                let times = self.extensions.entry(block.court_id.clone()).or_default();
                times.insert((time.start, block.id.clone()), time.end);
            }
        }
        self.by_id.insert(block.id.clone(), block);
        old
    }

    /// Takes a block out.
    pub(crate) fn remove(&mut self, id: &BlockId) -> Option<Arc<Block>> {
        let block = self.by_id.remove(id)?;
        for time in &block.times {
            if let Some(times) = self.claims.get_mut(&block.court_id).filter(|_| block.kind.is_claim()) {
                times.remove(&time.start);
            }
            if let Some(times) = self.extensions.get_mut(&block.court_id).filter(|_| !block.kind.is_claim()) {
                times.remove(&(time.start, block.id.clone()));
            }
        }
        self.claims.retain(|_, times| times.first().is_some());
        self.extensions.retain(|_, times| times.first().is_some());
        Some(block)
    }

    fn meeting<'a>(
        &'a self,
        times: &'a TimesByStart,
        span: Interval,
    ) -> impl Iterator<Item = (Interval, &'a Arc<Block>)> {
        let from = match times.last_before(|start| *start < span.start) {
            Some((start, (end, _))) if *end > span.start => *start,
            _ => span.start,
        };
        let times = times.seek(move |start| *start < from).take_while(move |(start, _)| **start < span.end);
        times.filter_map(|(start, (end, id))| Some((Interval { start: *start, end: *end }, self.by_id.get(id)?)))
    }
}

impl FromIterator<Arc<Block>> for Blocks {
    fn from_iter<T: IntoIterator<Item = Arc<Block>>>(all: T) -> Self {
        let mut blocks = Self::default();
        all.into_iter().for_each(|block| drop(blocks.put(block)));
        blocks
    }
}

impl Facility {
    /// One block.
    pub fn block(&self, id: &BlockId) -> Option<&Block> {
        self.blocks.get(id).map(Arc::as_ref)
    }

    /// All blocks that have a time which shares an instant with `span`, by id; all without one.
    pub fn blocks(&self, span: Option<Interval>) -> impl Iterator<Item = &Block> {
        let meets = move |block: &&Block| span.is_none_or(|span| block.times.iter().any(|time| time.overlaps(&span)));
        self.blocks.iter().map(Arc::as_ref).filter(meets)
    }

    /// The times of blocks that claim a court, or any, of those not over at [`Facility::now`].
    pub(crate) fn blocked(&self, court: Option<&CourtId>, span: Option<Interval>) -> Vec<Claim> {
        let to_come = Interval { start: self.now, end: Instant(i64::MAX) };
        let courts = self.courts().map(|court| &court.id).filter(|id| court.is_none_or(|court| court == *id));
        let times = courts.flat_map(|court| {
            let times = self.blocks.claims_in(court, span.unwrap_or(to_come)).filter(|(time, _)| time.end > self.now);
            times.map(move |(slot, block)| Claim {
                court_id: court.clone(),
                slot,
                kind: ClaimKind::Block { id: block.id.clone(), kind: block.kind },
                reservation_id: None,
            })
        });
        times.collect()
    }

    /// Puts a block in, in place of the one of its id.
    pub(crate) fn put_block(&mut self, block: Block) {
        let block = Arc::new(block);
        let old = self.blocks.put(Arc::clone(&block));
        self.change_deadline(old.and_then(|old| forgotten(&old)), forgotten(&block));
    }

    /// Takes a block out.
    pub(crate) fn remove_block(&mut self, id: &BlockId) -> Option<Arc<Block>> {
        let block = self.blocks.remove(id)?;
        self.change_deadline(forgotten(&block), None);
        Some(block)
    }
}

/// When a block is forgotten: once its last time has been over for long. One that recurs is extended
/// before.
pub(crate) fn forgotten(block: &Block) -> Option<Deadline> {
    let last = block.times.last()?;
    Some((last.end.plus(ENDED_RESERVATION_KEPT_MILLIS), Due::ForgetBlock(block.id.clone())))
}
