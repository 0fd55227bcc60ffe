//! Places a block: at these times a court, or every court, is not for booking, or open beyond its hours.
//!
//! What is in the way refuses it with the list, has those times left out, or is displaced: holds and offers
//! end, reservations are cancelled at no cost, and who had one is first on the waitlist of that day. A
//! block never displaces another block: two of them have to be told apart by staff.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::blocks::EXTENSION_MILLIS_MAX;
use crate::claim::{BlockedSlot, Claim};
use crate::record::ENDED_RESERVATION_KEPT_MILLIS;
use crate::{
    Accepted, Actor, Block, BlockId, BlockKind, BlockMode, CourtId, Event, Facility, Interval, Rejection, Status,
    displace,
};

/// Times that one command may bring: more than a year of days.
const TIMES_MAX: u32 = 400;
/// Claims that a refusal lists.
const IN_THE_WAY_TOLD_MAX: usize = 200;

/// Places a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceBlock {
    /// Minted by the proposer, or the client's own.
    pub block_id: BlockId,
    /// Which court; all of them, also those still to come, where `None`.
    pub court_id: Option<CourtId>,
    /// What for.
    pub kind: BlockKind,
    /// What it is called among people.
    pub title: Option<String>,
    /// The rule by which it recurs, in words: the proposer has expanded it.
    pub recurrence: Option<String>,
    /// When, in any order; what is over already is left out.
    pub times: Vec<Interval>,
    /// What becomes of what is in the way.
    pub mode: BlockMode,
}

impl PlaceBlock {
    pub(crate) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        facility.settings().ok_or(Rejection::FacilityUnknown)?;
        if self.mode == BlockMode::Displace && *actor != Actor::System {
            actor.must_be_staff()?;
        }
        if self.court_id.as_ref().is_some_and(|court| facility.court(court).is_none()) {
            return Err(Rejection::CourtUnknown);
        }
        let times = check_times(&self.times, self.kind, facility)?;
        if let Some(there) = facility.block(&self.block_id) {
            let same = self.is_content_of(there);
            let again = || Done::already(Accepted::BlockPlaced { block: Box::new(there.clone()), skipped: Vec::new() });
            return if same { Ok(again()) } else { Err(Rejection::BlockExists) };
        }
        let block = Block {
            id: self.block_id.clone(),
            court_id: self.court_id.clone(),
            kind: self.kind,
            title: self.title.clone(),
            recurrence: self.recurrence.clone(),
            mode: self.mode,
            times: Vec::new(),
            created_at: facility.now,
            version: 0,
        };
        add_times(facility, block, times, self.mode)
    }

    fn is_content_of(&self, there: &Block) -> bool {
        let own = (&self.court_id, self.kind, &self.title, &self.recurrence, self.mode);
        // Its times may have grown or shrunk since; that is no part of what a creation says.
        own == (&there.court_id, there.kind, &there.title, &there.recurrence, there.mode)
    }
}

/// The times in order; refused where they cannot be those of a block.
pub(super) fn check_times(
    times: &[Interval],
    kind: BlockKind,
    facility: &Facility,
) -> Result<Vec<Interval>, Rejection> {
    if times.len() > TIMES_MAX as usize {
        return Err(Rejection::TooMany { limit: TIMES_MAX });
    }
    let too_long = |time: &Interval| !kind.is_claim() && time.millis() > EXTENSION_MILLIS_MAX;
    let mut times: Vec<Interval> = times.to_vec();
    times.sort_unstable();
    let meet = times.windows(2).any(|pair| pair[0].overlaps(&pair[1]));
    if meet || times.iter().any(|time| time.start >= time.end || too_long(time)) {
        return Err(Rejection::EmptyInterval);
    }
    times.retain(|time| time.end > facility.now);
    if times.is_empty() { Err(Rejection::EmptyInterval) } else { Ok(times) }
}

/// Adds times to a block, each under `mode`, and puts it in.
pub(super) fn add_times(
    facility: &mut Facility,
    mut block: Block,
    times: Vec<Interval>,
    mode: BlockMode,
) -> Result<Done, Rejection> {
    let met = |time: &Interval| if block.kind.is_claim() { claims_met(facility, &block, *time) } else { Vec::new() };
    let all: Vec<(Interval, Vec<Claim>)> = times.into_iter().map(|time| (time, met(&time))).collect();
    let in_the_way = |claims: &[Claim]| match mode {
        BlockMode::Reject | BlockMode::Skip => !claims.is_empty(),
        BlockMode::Displace => !claims.iter().all(|claim| can_be_displaced(facility, claim)),
    };
    let (skipped, added): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, claims)| in_the_way(claims));
    if !skipped.is_empty() && (mode != BlockMode::Skip || added.is_empty()) {
        let claims = skipped.into_iter().flat_map(|(_, claims)| claims);
        return Err(Rejection::InTheWay(claims.take(IN_THE_WAY_TOLD_MAX).collect()));
    }
    let skipped = skipped.into_iter().map(|(time, _)| time).collect();
    let mut events = Vec::new();
    for claim in added.iter().flat_map(|(_, claims)| claims) {
        claim.reservation_id.iter().for_each(|id| displace::displace(facility, id, &mut events));
    }
    let added: Vec<Interval> = added.into_iter().map(|(time, _)| time).collect();
    let long_over = |time: &Interval| time.end.plus(ENDED_RESERVATION_KEPT_MILLIS) <= facility.now;
    block.times.retain(|time| !long_over(time));
    block.times.extend(&added);
    block.times.sort_unstable();
    block.version += 1;
    facility.put_block(block.clone());
    events.push(Event::BlockPlaced(Box::new(block.clone())));
    events.extend(blocked(facility, &block, &added).map(|slot| Event::SlotBlocked(Box::new(slot))));
    if !block.kind.is_claim() {
        added.iter().for_each(|time| facility.note_open(block.court_id.as_ref(), *time));
    }
    Ok(Done { accepted: Accepted::BlockPlaced { block: Box::new(block), skipped }, events })
}

/// Another block cannot be displaced, nor can who is playing already.
fn can_be_displaced(facility: &Facility, claim: &Claim) -> bool {
    let reservation = claim.reservation_id.as_ref().and_then(|id| facility.reservation(id));
    reservation.is_some_and(|reservation| reservation.status != Status::CheckedIn)
}

/// The claims that a time of a block would meet, by court and start.
fn claims_met(facility: &Facility, block: &Block, time: Interval) -> Vec<Claim> {
    let courts = facility.courts().filter(|court| block.is_on(&court.id));
    let mut claims: Vec<Claim> = courts.flat_map(|court| facility.claims(Some(&court.id), Some(time))).collect();
    // A court that is still to come has no claims, but a block of all courts is on it too.
    claims.dedup_by(|a, b| {
        a.kind == b.kind && a.slot == b.slot && a.reservation_id.is_none() && a.court_id == b.court_id
    });
    claims
}

/// Each time on each court, as watchers see it; none of a block that claims nothing.
pub(super) fn blocked(facility: &Facility, block: &Block, times: &[Interval]) -> impl Iterator<Item = BlockedSlot> {
    let claims = block.kind.is_claim();
    let courts: Vec<CourtId> =
        facility.courts().map(|court| &court.id).filter(|court| claims && block.is_on(court)).cloned().collect();
    let (block_id, kind) = (block.id.clone(), block.kind);
    let slots: Vec<(Interval, CourtId)> =
        times.iter().flat_map(|time| courts.iter().map(|court| (*time, court.clone()))).collect();
    slots.into_iter().map(move |(slot, court_id)| BlockedSlot { block_id: block_id.clone(), kind, court_id, slot })
}
