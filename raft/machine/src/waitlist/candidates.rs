//! Who could have what: every pair of an entry and a slot that the changes concern, best first.
//!
//! Only the cheap half is looked at here: day, court, window, and that nothing claims the slot. The rules
//! are asked by `promote`, pair by pair, until one passes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::rank::Rank;
use super::stretch::{self, Stretch};
use super::{CourtWish, WaitlistEntry, WaitlistStatus};
use crate::{Court, CourtId, Facility, Interval, LocalDate, WaitlistId};

/// What has to be matched.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    /// Around these, every entry of the day.
    pub(super) spans: BTreeSet<(CourtId, Interval)>,
    /// For these, every slot of their day.
    pub(super) entries: BTreeSet<WaitlistId>,
}

/// An entry, and a slot that it would take.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) rank: Rank,
    pub(super) entry: Arc<WaitlistEntry>,
    pub(super) court: CourtId,
    pub(super) slot: Interval,
}

/// Everything that a look finds, best first, nothing twice.
pub(super) fn gather(facility: &Facility, look: &Look) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (court, span) in &look.spans {
        let Some(court) = facility.court(court).filter(|court| court.active) else { continue };
        for stretch in stretch::around(facility, &court.id, *span) {
            for entry in facility.waitlist.waiting_for(stretch.date(), court) {
                pair(entry, court, &stretch, &mut found);
            }
        }
    }
    let mut days: BTreeMap<(LocalDate, &CourtId), Vec<Stretch>> = BTreeMap::new();
    for entry in look
        .entries
        .iter()
        .filter_map(|id| facility.waitlist.get(id))
        .filter(|entry| entry.status == WaitlistStatus::Active)
    {
        let date = entry.wish.date;
        for court in facility.courts().filter(|court| court.active && entry.wish.court.takes(court)) {
            let day = days.entry((date, &court.id)).or_insert_with(|| stretch::on_day(facility, &court.id, date));
            day.iter().for_each(|stretch| pair(entry, court, stretch, &mut found));
        }
    }
    found.sort_unstable_by(|a, b| a.rank.cmp(&b.rank));
    found.dedup_by(|a, b| a.rank == b.rank);
    found
}

/// Everybody who would take `slot`, or one that meets it, on a court, whatever claims it now.
pub(super) fn for_slot(facility: &Facility, court: &Court, slot: Interval) -> Vec<Candidate> {
    let mut found = Vec::new();
    for stretch in stretch::whole(facility, &court.id, slot) {
        for entry in facility.waitlist.waiting_for(stretch.date(), court) {
            pair(entry, court, &stretch, &mut found);
        }
    }
    found.retain(|candidate| candidate.slot.overlaps(&slot));
    found
}

fn pair(entry: &Arc<WaitlistEntry>, court: &Court, stretch: &Stretch, found: &mut Vec<Candidate>) {
    for slot in stretch.slots(entry) {
        let rank = Rank::of(entry, &court.id, &slot);
        found.push(Candidate { rank, entry: Arc::clone(entry), court: court.id.clone(), slot });
    }
}

impl CourtWish {
    /// Whether a court is one of those wished for.
    pub(crate) fn takes(&self, court: &Court) -> bool {
        match self {
            Self::Court(id) => *id == court.id,
            Self::Type(of) => *of == court.court_type,
            Self::Any => true,
        }
    }
}
