//! Takes a court out. Refused while anything is booked or held on it: that is moved or cancelled first.
//!
//! What has ended on it stays remembered under its id. Blocks that are on this court alone go with it, or
//! they would stand in the way of a court that later has its id, and go on growing.

use serde::{Deserialize, Serialize};

use super::{Done, RemoveBlock, WhichTimes};
use crate::{Accepted, Actor, BlockId, CourtId, Event, Facility, Rejection};

/// Takes a court out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveCourt {
    /// Which one.
    pub court_id: CourtId,
    /// The version that the caller saw, where it says so.
    pub expected: Option<u64>,
}

impl RemoveCourt {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        facility.settings().ok_or(Rejection::FacilityUnknown)?;
        let court = facility.court(&self.court_id).ok_or(Rejection::CourtUnknown)?;
        Rejection::unless_version(self.expected, court.version)?;
        let claims = facility.book.live_in(&self.court_id, None).count();
        if claims > 0 {
            return Err(Rejection::CourtInUse { claims: u64::try_from(claims).unwrap_or(u64::MAX) });
        }
        let own = facility.blocks(None).filter(|block| block.court_id.as_ref() == Some(&self.court_id));
        let own: Vec<BlockId> = own.map(|block| block.id.clone()).collect();
        let mut events = Vec::new();
        for block_id in own {
            events.extend(RemoveBlock { block_id, times: WhichTimes::All }.run(facility, actor)?.events);
        }
        facility.courts.remove(&self.court_id);
        events.push(Event::CourtRemoved(self.court_id.clone()));
        Ok(Done { accepted: Accepted::CourtRemoved, events })
    }
}
