//! What happened, for everybody watching. Tagged with log index and ordinal when it leaves.
//!
//! An event is past and whole: it carries the reservation as it became, so that no reader has to ask
//! again. Whatever changed something has at least one; what fell due beforehand has its own.

use serde::{Deserialize, Serialize};

use crate::{CourtId, CreditEntry, Instant, MemberId, Reservation, ReservationId};

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
    /// The settings have changed.
    FacilityUpdated,
    /// A court has changed.
    CourtUpdated(CourtId),
    /// A court is gone.
    CourtRemoved(CourtId),
    /// A member has changed.
    MemberUpdated(MemberId),
    /// A member may not book for a while.
    MemberSuspended {
        /// Who.
        member_id: MemberId,
        /// Until when; until staff say otherwise where `None`.
        until: Option<Instant>,
    },
    /// A suspension is over.
    MemberReinstated(MemberId),
    /// A person is gone; its id stays.
    MemberErased(MemberId),
    /// A hold waits for its payment.
    PaymentBegun(Box<Reservation>),
    /// A payment was taken for a reservation.
    PaymentRecorded(Box<Reservation>),
    /// Money has to go back.
    RefundDue {
        /// What it was paid for.
        reservation_id: ReservationId,
        /// The payment's id at its provider.
        payment_id: String,
        /// How much, in minor units.
        amount_cents: u64,
    },
    /// A reservation has left this slot, which is free; it is told as it was before.
    SlotVacated(Box<Reservation>),
    /// A reservation has moved to this slot.
    ReservationMoved(Box<Reservation>),
    /// Somebody came.
    ReservationCheckedIn(Box<Reservation>),
    /// Nobody came; what is left of the slot is free.
    ReservationMissed(Box<Reservation>),
    /// Somebody had come after all.
    NoShowReversed(Box<Reservation>),
    /// Credits came or went.
    CreditsChanged(Box<CreditEntry>),
}
