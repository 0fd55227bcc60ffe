//! Takes a court out. Refused while anything is booked or held on it: that is moved or cancelled first.
//!
//! What has ended on it stays remembered under its id.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::{Accepted, Actor, CourtId, Event, Facility, Rejection};

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
        facility.courts.remove(&self.court_id);
        Ok(Done::changed(Accepted::CourtRemoved, Event::CourtRemoved(self.court_id.clone())))
    }
}
