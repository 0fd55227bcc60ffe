//! Holds a slot for a member: somebody is choosing, and nobody else gets it meanwhile.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::record::Record;
use crate::rules::{self, Attempt};
use crate::view::View;
use crate::{
    Accepted, Actor, CourtId, Event, Facility, HoldId, Instant, Interval, MemberId, Rejection, Reservation,
    ReservationId, Settings, Status,
};

/// What a reservation is called unless somebody says otherwise.
const BOOKING_TYPE: &str = "standard";

/// Holds a slot for a member for the facility's `hold_seconds`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceHold {
    /// Minted by the proposer.
    pub hold_id: HoldId,
    /// Minted by the proposer.
    pub reservation_id: ReservationId,
    /// Which court.
    pub court_id: CourtId,
    /// For whom.
    pub member_id: MemberId,
    /// When.
    pub slot: Interval,
    /// `web sms staff api`.
    pub source: String,
}

/// What an attempt comes to.
pub(crate) enum Decision {
    /// The member holds this very slot already.
    Again(Box<Reservation>),
    /// The slot is free.
    Place {
        /// When the hold ends.
        expiry: Instant,
    },
}

impl PlaceHold {
    /// Whether the slot can be held; changes nothing.
    pub(crate) fn decide(&self, view: &View<'_>, actor: &Actor) -> Result<Decision, Rejection> {
        let settings = view.settings()?;
        actor.must_act_for(&self.member_id)?;
        let court = view.court(&self.court_id)?;
        let member = view.facility().member(&self.member_id).ok_or(Rejection::MemberUnknown)?;
        let slot = self.slot;
        if slot.start >= slot.end {
            return Err(Rejection::EmptyInterval);
        }
        if let Some(hold) = self.same_hold(view) {
            return Ok(Decision::Again(hold));
        }
        // A minted id that is taken is a fault of whoever minted it, not a conflict over the slot.
        if view.hold(&self.hold_id).is_some() || view.reservation(&self.reservation_id).is_some() {
            return Err(Rejection::ReservationExists);
        }
        let conflicts = rules::violations(&Attempt { view: *view, settings, court, member, slot });
        if !conflicts.is_empty() {
            return Err(Rejection::Conflicts(conflicts));
        }
        Ok(Decision::Place { expiry: expiry(view.now, settings, &slot) })
    }

    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let expiry = match self.decide(&View::new(facility, facility.now), actor)? {
            Decision::Again(hold) => return Ok(Done::already(Accepted::HoldPlaced(hold))),
            Decision::Place { expiry } => expiry,
        };
        let hold = self.held(facility.now, expiry);
        facility.put_record(Record::new(hold.clone()));
        let hold = Box::new(hold);
        Ok(Done::changed(Accepted::HoldPlaced(hold.clone()), Event::HoldPlaced(hold)))
    }

    fn same_hold(&self, view: &View<'_>) -> Option<Box<Reservation>> {
        let claim = view.claim_at(&self.court_id, self.slot.start)?;
        let there = &claim.record.reservation;
        let same =
            claim.standing.status == Status::Held && there.member_id == self.member_id && there.slot == self.slot;
        same.then(|| Box::new(there.clone()))
    }

    fn held(&self, now: Instant, expiry: Instant) -> Reservation {
        Reservation {
            id: self.reservation_id.clone(),
            hold_id: Some(self.hold_id.clone()),
            court_id: self.court_id.clone(),
            member_id: self.member_id.clone(),
            slot: self.slot,
            status: Status::Held,
            hold_expiry: Some(expiry),
            source: self.source.clone(),
            booking_type: BOOKING_TYPE.to_owned(),
            notes: None,
            created_at: now,
            confirmed_at: None,
            ended_at: None,
            cancellation_reason: None,
            version: 1,
        }
    }
}

/// When a hold placed at `now` ends: it lives at least a moment, and never longer than its slot,
/// so that what is confirmed is never over already.
fn expiry(now: Instant, settings: &Settings, slot: &Interval) -> Instant {
    now.plus(i64::from(settings.hold_seconds.max(1)) * 1000).min(slot.end)
}
