//! What happened, for everybody watching. Tagged with log index and ordinal when it leaves.
//!
//! An event is past and whole: it carries the reservation as it became, so that no reader has to ask
//! again. Whatever changed something has exactly one; what fell due beforehand has its own. Events are
//! kept for years: they name a member by its id, and never carry its name, address or number.

use serde::{Deserialize, Serialize};

use crate::{CourtId, MemberId, Reservation};

/// Something that happened to a facility.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The facility has its settings.
    FacilityCreated,
    /// Days of the calendar were added or replaced.
    CalendarExtended,
    /// A court was added.
    CourtCreated(CourtId),
    /// A member was added.
    MemberCreated(MemberId),
    /// A slot is held.
    HoldPlaced(Box<Reservation>),
    /// A hold ran out; the slot is free.
    HoldExpired(Box<Reservation>),
    /// A hold was given up; the slot is free.
    HoldReleased(Box<Reservation>),
    /// A slot is booked.
    ReservationConfirmed(Box<Reservation>),
    /// A reservation was called off; the slot is free.
    ReservationCancelled(Box<Reservation>),
    /// A reservation came to its end.
    ReservationCompleted(Box<Reservation>),
    /// A reservation was taken over from elsewhere.
    ReservationImported(Box<Reservation>),
}

impl Event {
    /// The reservation that it is about, as it became.
    pub fn reservation(&self) -> Option<&Reservation> {
        match self {
            Self::HoldPlaced(it)
            | Self::HoldExpired(it)
            | Self::HoldReleased(it)
            | Self::ReservationConfirmed(it)
            | Self::ReservationCancelled(it)
            | Self::ReservationCompleted(it)
            | Self::ReservationImported(it) => Some(it),
            Self::FacilityCreated | Self::CalendarExtended | Self::CourtCreated(_) | Self::MemberCreated(_) => None,
        }
    }

    /// The same, to take its free text out and put it back.
    pub(crate) fn reservation_mut(&mut self) -> Option<&mut Reservation> {
        match self {
            Self::HoldPlaced(it)
            | Self::HoldExpired(it)
            | Self::HoldReleased(it)
            | Self::ReservationConfirmed(it)
            | Self::ReservationCancelled(it)
            | Self::ReservationCompleted(it)
            | Self::ReservationImported(it) => Some(it),
            Self::FacilityCreated | Self::CalendarExtended | Self::CourtCreated(_) | Self::MemberCreated(_) => None,
        }
    }
}
