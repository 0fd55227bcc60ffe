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
    // A club without a court has no claim to name, and a court that comes later would have both.
    let is_on_nothing = block.court_id.is_none() && facility.courts().next().is_none();
    if is_on_nothing && block.kind.is_claim() && times.iter().any(|time| facility.blocks.is_shut(*time, &block.id)) {
        return Err(Rejection::InTheWay(Vec::new()));
    }
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

#[cfg(test)]
mod tests {
    use super::super::cases::{Case, at, by_id, confirm, hours, person, place, rsv, run, service, staff};
    use super::super::words::{at_desk, block, book, longer, shut};
    use super::super::{CheckIn, Command, RemoveCourt};
    use super::*;
    use crate::BlockMode::{Displace, Reject, Skip};

    fn case(name: &'static str, given: Vec<Command>, when: Command, then: &'static str) -> Case {
        Case { name, given: at_desk(at(8, 0), given), when: (at(8, 0), staff(), when), then }
    }

    #[test]
    fn blocks_of_all_courts_never_meet_also_while_there_is_no_court() {
        let gone = |id: &str| {
            let court_id = CourtId::parse(id).unwrap();
            Command::RemoveCourt(RemoveCourt { court_id, expected: None })
        };
        let shut = |times| vec![gone("c1"), gone("c2"), gone("c3"), block(None, Reject, times)];
        let other = |times: &[Interval]| {
            let block_id = BlockId::parse("b2").unwrap();
            Command::PlaceBlock(PlaceBlock { block_id, ..super::super::words::shut(None, Displace, times) })
        };
        let (ten, noon) = (hours(10, 12), hours(12, 13));
        run(vec![
            case("the same time", shut(&[ten]), other(&[ten]), "InTheWay "),
            case("a part of it", shut(&[ten]), other(&[hours(11, 13)]), "InTheWay "),
            case("beside it", shut(&[ten]), other(&[noon]), "block b2 1 skipped 0 | block b2 1"),
        ]);
    }

    const PLACED: &str = "block b1 1 skipped 0 | block b1 1, c1 blocked";

    #[test]
    fn a_block_claims_its_court_and_nothing_is_booked_at_any_of_its_times() {
        let (ten, two) = (hours(10, 12), hours(14, 15));
        let shut = || vec![block(Some("c1"), Reject, &[ten, two])];
        let all = || vec![block(None, Reject, &[ten])];
        let told = "block b1 1 skipped 0 | block b1 1, c1 blocked, c2 blocked, c3 blocked";
        run(vec![
            case("one court", vec![], block(Some("c1"), Reject, &[ten]), PLACED),
            case("all courts", vec![], block(None, Reject, &[ten]), told),
            case("its beginning", shut(), book("r1", "c1", "ana", hours(9, 11)), "blocked_period"),
            case("its end", shut(), book("r1", "c1", "ana", hours(11, 13)), "blocked_period"),
            case("another of its times", shut(), book("r1", "c1", "ana", hours(14, 15)), "blocked_period"),
            case("until it", shut(), book("r1", "c1", "ana", hours(9, 10)), "booked r1 Confirmed | r1 Confirmed"),
            case("from it on", shut(), book("r1", "c1", "ana", hours(12, 13)), "booked r1 Confirmed | r1 Confirmed"),
            case("another court", shut(), book("r1", "c2", "ana", hours(10, 11)), "booked r1 Confirmed | r1 Confirmed"),
            case("on all courts", all(), book("r1", "c2", "ana", hours(10, 11)), "blocked_period"),
        ]);
    }

    #[test]
    fn what_is_in_the_way_refuses_a_block_is_left_out_or_gives_way() {
        let (ten, two) = (hours(10, 12), hours(14, 15));
        let booked = || vec![book("r1", "c1", "ana", hours(11, 12))];
        let held = || vec![place(1, "c1", "ana", hours(11, 12))];
        let here =
            || vec![book("r1", "c1", "ana", hours(8, 9)), Command::CheckIn(CheckIn { reservation_id: rsv("r1") })];
        let there = || vec![block(Some("c1"), Reject, &[hours(11, 13)])];
        let other = |mode| {
            let block_id = BlockId::parse("b2").unwrap();
            Command::PlaceBlock(PlaceBlock { block_id, ..shut(Some("c1"), mode, &[ten]) })
        };
        let first = "block b1 1 skipped 0 | r1 displaced, joined wl_08dc8307b57be76c_0 Active, block b1 1, c1 blocked, \
                     rsv_08dc8307b57be76c_0-1 Held, offer wl_08dc8307b57be76c_0 Offered";
        run(vec![
            case("refused", booked(), block(Some("c1"), Reject, &[ten, two]), "InTheWay r1"),
            case("refused on all courts", booked(), block(None, Reject, &[ten]), "InTheWay r1"),
            case(
                "left out",
                booked(),
                block(Some("c1"), Skip, &[ten, two]),
                "block b1 1 skipped 1 | block b1 1, c1 blocked",
            ),
            case("nothing left", booked(), block(Some("c1"), Skip, &[ten]), "InTheWay r1"),
            case("displaced, and first in line", booked(), block(Some("c1"), Displace, &[ten]), first),
            case(
                "a hold gives way",
                held(),
                block(Some("c1"), Displace, &[ten]),
                "block b1 1 skipped 0 | r1 Released, block b1 1, c1 blocked",
            ),
            case("who plays does not", here(), block(Some("c1"), Displace, &[hours(8, 9)]), "InTheWay r1"),
            case("nor another block", there(), other(Displace), "InTheWay b1"),
            case(
                "beside another block",
                there(),
                Command::PlaceBlock(PlaceBlock {
                    block_id: BlockId::parse("b2").unwrap(),
                    ..shut(Some("c1"), Reject, &[hours(13, 14)])
                }),
                "block b2 1 skipped 0 | block b2 1, c1 blocked",
            ),
        ]);
    }

    #[test]
    fn a_block_is_placed_once_by_the_club_and_its_times_are_times() {
        let ten = hours(10, 12);
        let there = || vec![block(Some("c1"), Reject, &[ten])];
        let many = vec![ten; TIMES_MAX as usize + 1];
        run(vec![
            case("the same again", there(), block(Some("c1"), Reject, &[ten]), "block b1 1 skipped 0"),
            case("another of its name", there(), block(Some("c2"), Reject, &[ten]), "BlockExists"),
            case("no such court", vec![], block(Some("c9"), Reject, &[ten]), "CourtUnknown"),
            case("no times", vec![], block(Some("c1"), Reject, &[]), "EmptyInterval"),
            case("backwards", vec![], block(Some("c1"), Reject, &[hours(12, 10)]), "EmptyInterval"),
            case("over already", vec![], block(Some("c1"), Reject, &[hours(6, 8)]), "EmptyInterval"),
            case("over in part", vec![], block(Some("c1"), Reject, &[hours(6, 7), ten]), PLACED),
            case("over itself", vec![], block(Some("c1"), Reject, &[ten, hours(11, 13)]), "EmptyInterval"),
            case("too many", vec![], block(Some("c1"), Reject, &many), "TooMany { limit: 400 }"),
        ]);
        let by = |name, actor, mode, then| Case {
            name,
            given: vec![],
            when: (at(8, 0), actor, block(Some("c1"), mode, &[ten])),
            then,
        };
        run(vec![
            by("a member", person("ana"), Reject, "NotYours"),
            by("the site", service(), Reject, PLACED),
            by("the site does not displace", service(), Displace, "StaffOnly"),
            by("a job does", Actor::System, Displace, PLACED),
        ]);
    }

    #[test]
    fn longer_hours_claim_nothing_and_are_booked_like_others() {
        let late = || vec![longer(Some("c1"), &[hours(22, 24)])];
        run(vec![
            case("they are there", vec![], longer(Some("c1"), &[hours(22, 24)]), "block b1 1 skipped 0 | block b1 1"),
            case(
                "over a booking",
                vec![book("r1", "c1", "ana", hours(10, 11))],
                longer(None, &[hours(5, 11)]),
                "block b1 1 skipped 0 | block b1 1",
            ),
            case("in them", late(), book("r1", "c1", "ana", hours(22, 23)), "booked r1 Confirmed | r1 Confirmed"),
            case("into them", late(), book("r1", "c1", "ana", hours(21, 23)), "booked r1 Confirmed | r1 Confirmed"),
            case("on another court", late(), book("r1", "c2", "ana", hours(22, 23)), "outside_hours"),
            case("longer than a day", vec![], longer(None, &[hours(22, 47)]), "EmptyInterval"),
        ]);
        let held = vec![place(1, "c1", "ana", hours(10, 11)), confirm(by_id("h1"), None)];
        run(vec![case(
            "beside what stands",
            held,
            longer(Some("c1"), &[hours(22, 23)]),
            "block b1 1 skipped 0 | block b1 1",
        )]);
    }
}
