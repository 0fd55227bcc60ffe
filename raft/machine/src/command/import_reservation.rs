//! Takes over a reservation that is already a fact elsewhere.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::record::Record;
use crate::rules;
use crate::view::View;
use crate::{
    Accepted, Actor, Conflict, CourtId, Event, Facility, Instant, Interval, MemberId, Rejection, Reservation,
    ReservationId, Status,
};

/// Takes over a reservation that is already a fact elsewhere: none of the rules of an attempt
/// refuses it, only another claim in the way, and that it is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReservation {
    /// Its id where it comes from.
    pub reservation_id: ReservationId,
    /// Which court.
    pub court_id: CourtId,
    /// For whom.
    pub member_id: MemberId,
    /// When.
    pub slot: Interval,
    /// When it was confirmed there.
    pub confirmed_at: Option<Instant>,
    /// What it was called there.
    pub booking_type: String,
    /// How it was made there.
    pub source: String,
    /// Free text.
    pub notes: Option<String>,
}

impl ImportReservation {
    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        actor.must_not_be_member()?;
        let view = View::new(facility, facility.now);
        let terms = view.settings()?.cancellation;
        view.court(&self.court_id)?;
        view.facility().member(&self.member_id).ok_or(Rejection::MemberUnknown)?;
        let Interval { start, end } = self.slot;
        if start >= end {
            return Err(Rejection::EmptyInterval);
        }
        if let Some(there) = view.reservation(&self.reservation_id) {
            let there = &there.record.reservation;
            let again = || Done::already(Accepted::ReservationImported(Box::new(there.clone())));
            return if self.is_content_of(there) { Ok(again()) } else { Err(Rejection::ReservationExists) };
        }
        if end <= view.now {
            return Err(Rejection::Conflicts(vec![Conflict::PastTime { start, now: view.now }]));
        }
        let conflicts = rules::in_the_way(&view, &self.court_id, self.slot);
        if !conflicts.is_empty() {
            return Err(Rejection::Conflicts(conflicts));
        }
        let reservation = Box::new(self.confirmed(facility.now));
        facility.put_record(Record { terms: Some(terms), ..Record::new((*reservation).clone()) });
        let event = Event::ReservationImported(reservation.clone());
        Ok(Done::changed(Accepted::ReservationImported(reservation), event))
    }

    fn is_content_of(&self, there: &Reservation) -> bool {
        let imported = Self {
            reservation_id: there.id.clone(),
            court_id: there.court_id.clone(),
            member_id: there.member_id.clone(),
            slot: there.slot,
            confirmed_at: there.confirmed_at,
            booking_type: there.booking_type.clone(),
            source: there.source.clone(),
            notes: there.notes.clone(),
        };
        imported == *self
    }

    fn confirmed(&self, now: Instant) -> Reservation {
        Reservation {
            id: self.reservation_id.clone(),
            hold_id: None,
            court_id: self.court_id.clone(),
            member_id: self.member_id.clone(),
            slot: self.slot,
            status: Status::Confirmed,
            hold_expiry: None,
            source: self.source.clone(),
            booking_type: self.booking_type.clone(),
            notes: self.notes.clone(),
            created_at: now,
            // What is not known there is not made up here.
            confirmed_at: self.confirmed_at,
            ended_at: None,
            cancellation_reason: None,
            version: 1,
        }
    }
}
