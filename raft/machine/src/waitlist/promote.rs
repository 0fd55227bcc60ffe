//! Promotion: what has become free goes to those who wait for it, in the same log entry.
//!
//! Everything is settled before anything is given, then the best pair of entry and slot is served, then
//! the best of those that are left, until nobody eligible waits for a free slot. One pass over the
//! sorted pairs does it: giving something only ever makes others *less* eligible (a slot is taken, a
//! member's limit is nearer), so a pair that was passed over stays passed over.

use std::collections::BTreeSet;

use super::candidates::{self, Candidate, Look};
use super::explain::{Fate, Grant, Ranked};
use super::rank::distance_millis;
use super::{CourtMatch, grant, offers};
use crate::rules::{self, Attempt};
use crate::view::View;
use crate::{Event, Facility, Promotion, WaitlistId};

/// How many of those behind the one that got a slot are told with it; those ahead all are.
const BEHIND_TOLD_MAX: usize = 16;

/// Gives what has become free to those who wait for it; says to whom, in order.
///
/// It ends: each round takes what was noted since the one before, and something is noted anew only by a
/// grant, which takes an entry out of those that wait, or by the end of an offer of a member who may not
/// book, to whom nothing is given. An offer made here ends after the machine's time, so no round here
/// sees it end.
pub(crate) fn promote(facility: &mut Facility, events: &mut Vec<Event>) -> Vec<Promotion> {
    let mut promotions = Vec::new();
    while !facility.changes.is_empty() {
        let look = offers::follow(facility, events);
        serve(facility, &look, events, &mut promotions);
    }
    facility.plan_looks();
    promotions
}

fn serve(facility: &mut Facility, look: &Look, events: &mut Vec<Event>, promotions: &mut Vec<Promotion>) {
    let candidates = candidates::gather(facility, look);
    let mut pass = Pass { candidates: &candidates, fates: Vec::new(), taken: Vec::new(), served: BTreeSet::new() };
    for (place, candidate) in candidates.iter().enumerate() {
        let fate = pass.weigh(facility, candidate);
        let given = fate == Fate::Given;
        pass.fates.push(fate);
        if given {
            let (ranked, considered) = pass.explain(place);
            let (entry, reservation) = grant::give(facility, candidate, events);
            promotions.push(grant::in_short(&entry, &reservation));
            events.push(grant::event(Grant { entry, reservation, ranked, considered }));
            pass.taken.push(place);
            pass.served.insert(&candidate.entry.id);
        }
    }
}

/// One pass over the candidates.
struct Pass<'a> {
    candidates: &'a [Candidate],
    /// Of those looked at so far.
    fates: Vec<Fate>,
    /// Which of them got something.
    taken: Vec<usize>,
    served: BTreeSet<&'a WaitlistId>,
}

impl Pass<'_> {
    fn weigh(&self, facility: &Facility, candidate: &Candidate) -> Fate {
        if self.served.contains(&candidate.entry.id) {
            return Fate::ServedAlready;
        }
        // Order: this before the rules, which would come to the same for far more.
        if self.taken.iter().any(|place| self.candidates[*place].competes(candidate)) {
            return Fate::Taken;
        }
        fate(facility, candidate)
    }

    /// Everybody who competed for what the candidate at `place` gets, and how many they are.
    fn explain(&self, place: usize) -> (Vec<Ranked>, u32) {
        let given = &self.candidates[place];
        let ahead = self.candidates[..=place].iter().zip(&self.fates).filter(|(one, _)| one.competes(given));
        let mut ranked: Vec<Ranked> = ahead.map(|(one, fate)| one.ranked(fate.clone())).collect();
        let behind = self.candidates[place + 1..].iter().filter(|one| one.competes(given));
        let considered = ranked.len() + behind.clone().count();
        ranked.extend(behind.take(BEHIND_TOLD_MAX).map(|one| one.ranked(Fate::Behind)));
        (ranked, u32::try_from(considered).unwrap_or(u32::MAX))
    }
}

/// What would become of a candidate whose slot nobody has taken.
pub(super) fn fate(facility: &Facility, candidate: &Candidate) -> Fate {
    let Candidate { entry, court, slot, .. } = candidate;
    if entry.has_let_go(court, slot) {
        return Fate::LetGo;
    }
    if slot.start <= facility.now && grant::paid_at_once(facility, entry, court, *slot).is_none() {
        return Fate::TooLate;
    }
    let wish =
        rules::SlotRequest { court, member: &entry.member_id, slot: *slot, instead_of: None, with_credits: false };
    match Attempt::new(View::new(facility, facility.now), wish).map(|attempt| attempt.violations()) {
        Ok(conflicts) if conflicts.is_empty() => Fate::Given,
        Ok(conflicts) => Fate::Refused(conflicts),
        // Its member or court is gone.
        Err(_) => Fate::Refused(Vec::new()),
    }
}

impl Candidate {
    /// Whether only one of the two can have its slot.
    fn competes(&self, other: &Self) -> bool {
        self.court == other.court && self.slot.overlaps(&other.slot)
    }

    pub(super) fn ranked(&self, fate: Fate) -> Ranked {
        let entry = &self.entry;
        Ranked {
            waitlist_id: entry.id.clone(),
            member_id: entry.member_id.clone(),
            slot: self.slot,
            priority: entry.wish.priority,
            court_match: CourtMatch::from(&entry.wish.court),
            distance_millis: distance_millis(entry, &self.slot),
            joined: entry.joined,
            fate,
        }
    }
}
