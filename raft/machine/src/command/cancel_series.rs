//! Calls a series off: all that is to come of it, or from one of its dates on.
//!
//! Each occurrence is an ordinary reservation, and is cancelled as one: its own notice, its own policy. One
//! alone is cancelled the ordinary way. What cannot be cancelled any more stays.

use serde::{Deserialize, Serialize};

use super::{CancelReservation, Done};
use crate::{Accepted, Actor, Cancellation, Facility, Instant, Rejection, ReservationId, SeriesId, Status};

/// Calls a series off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelSeries {
    /// Which series.
    pub series_id: SeriesId,
    /// Only what begins then or later; all that is to come where `None`.
    pub from: Option<Instant>,
    /// Why.
    pub reason: Option<String>,
}

impl CancelSeries {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        facility.settings().ok_or(Rejection::FacilityUnknown)?;
        let known: Vec<_> = facility.series(&self.series_id).collect();
        let first = known.first().ok_or(Rejection::SeriesUnknown)?;
        actor.must_act_for(&first.member_id)?;
        let from = self.from.unwrap_or(facility.now).max(facility.now.plus(1));
        let to_come = known.iter().filter(|it| it.status == Status::Confirmed && it.slot.start >= from);
        let to_come: Vec<ReservationId> = to_come.map(|it| it.id.clone()).collect();
        let (mut cancelled, mut events): (Vec<Cancellation>, Vec<_>) = (Vec::new(), Vec::new());
        for reservation_id in to_come {
            let one = CancelReservation { reservation_id, slot: None, reason: self.reason.clone() };
            let Done { accepted, events: told } = one.run(facility, actor)?;
            if let Accepted::ReservationCancelled(cancellation) = accepted {
                cancelled.push(*cancellation);
            }
            events.extend(told);
        }
        Ok(Done { accepted: Accepted::SeriesCancelled(cancelled), events })
    }
}
