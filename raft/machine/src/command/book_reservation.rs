//! Books a slot in one step: hold and confirm in one entry of the log.
//!
//! All the rules are asked. What costs something is paid with credits, or owed at the desk where staff
//! book.

use serde::{Deserialize, Serialize};

use super::Done;
use crate::booking::{self, Paid};
use crate::record::Record;
use crate::rules::{self, Override, SlotRequest};
use crate::view::View;
use crate::{
    Accepted, Actor, Booked, CourtId, Facility, Interval, MemberId, Pay, Rejection, Reservation, ReservationId,
    SeriesId, Warning,
};

/// Books a slot in one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookReservation {
    /// Minted by the proposer, or the client's own.
    pub reservation_id: ReservationId,
    /// Which court.
    pub court_id: CourtId,
    /// For whom.
    pub member_id: MemberId,
    /// When.
    pub slot: Interval,
    /// `web sms staff api waitlist`.
    pub source: String,
    /// What it is called; [`BOOKING_TYPE`](crate::BOOKING_TYPE) unless somebody says otherwise.
    pub booking_type: String,
    /// Who else plays.
    pub participants: Vec<String>,
    /// Free text.
    pub notes: Option<String>,
    /// The series it belongs to.
    pub series_id: Option<SeriesId>,
    /// How it is to be paid.
    pub pay: Pay,
    /// Rules that staff set aside.
    pub overrides: Option<Override>,
}

/// A booking that may be made.
pub(crate) struct Decision {
    reservation: Reservation,
    paid: Paid,
    warnings: Vec<Warning>,
}

impl BookReservation {
    /// Whether the slot can be booked; changes nothing.
    pub(crate) fn decide(&self, view: &View<'_>, actor: &Actor) -> Result<Decision, Rejection> {
        let settings = view.settings()?;
        actor.must_act_for(&self.member_id)?;
        if view.reservation(&self.reservation_id).is_some() {
            return Err(Rejection::ReservationExists);
        }
        let granted = rules::grant(view, actor, self.wish(), self.overrides.as_ref())?;
        let mut reservation = self.asked_for(view);
        reservation.rate_cents = granted.rate_cents;
        Override::note_on(&mut reservation, granted.overridden, self.overrides.as_ref());
        let paid = Paid::of(self.pay, &reservation, settings, view.court(&self.court_id)?, actor)?;
        Ok(Decision { reservation, paid, warnings: granted.warnings })
    }

    pub(super) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        let Decision { reservation, paid, warnings } = self.decide(&View::new(facility, facility.now), actor)?;
        let events = booking::book(facility, None, Record::new(reservation), paid);
        let reservation = facility.known_reservation(&self.reservation_id)?;
        Ok(Done { accepted: Accepted::ReservationBooked(Box::new(Booked { reservation, warnings })), events })
    }

    fn wish(&self) -> SlotRequest<'_> {
        SlotRequest {
            court: &self.court_id,
            member: &self.member_id,
            slot: self.slot,
            instead_of: None,
            with_credits: self.pay == Pay::Credits,
        }
    }

    fn asked_for(&self, view: &View<'_>) -> Reservation {
        Reservation {
            source: self.source.clone(),
            booking_type: self.booking_type.clone(),
            participants: self.participants.clone(),
            notes: self.notes.clone(),
            series_id: self.series_id.clone(),
            ..Reservation::new(
                self.reservation_id.clone(),
                self.court_id.clone(),
                self.member_id.clone(),
                self.slot,
                view.now,
            )
        }
    }
}
