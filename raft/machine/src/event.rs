//! What happened, for everybody watching. Tagged with log index and ordinal when it leaves.
//!
//! An event is past and whole: it carries the reservation as it became, so that no reader has to ask
//! again. Whatever changed something has at least one; what fell due beforehand has its own. Events are
//! kept for years: they name a member by its id, and never carry its name, address or number.

use serde::{Deserialize, Serialize};

use crate::{
    Block, BlockedSlot, CourtId, CreditEntry, Delivery, DisputeState, Grant, ImportedLine, Instant, Medium, MemberId,
    Reservation, ReservationId, Unreachable, WaitlistEntry,
};

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
    /// Somebody waits.
    WaitlistJoined(Box<WaitlistEntry>),
    /// Somebody waits no longer, of its own will or because it is gone.
    WaitlistLeft(Box<WaitlistEntry>),
    /// Nobody can begin inside an entry's window any more.
    WaitlistExpired(Box<WaitlistEntry>),
    /// A slot was booked for somebody who waited; told after its `ReservationConfirmed`.
    WaitlistAutoBooked(Box<Grant>),
    /// A slot is offered to somebody who waits; told after its `HoldPlaced`.
    OfferMade(Box<Grant>),
    /// An offer was taken; told after its `ReservationConfirmed`.
    OfferAccepted(Box<WaitlistEntry>),
    /// An offer was declined; told after its `HoldReleased`.
    OfferDeclined(Box<WaitlistEntry>),
    /// An offer ran out; told after its `HoldExpired`. After the third the entry has ended as well.
    OfferExpired(Box<WaitlistEntry>),
    /// An offer was taken back, because its member may not book or a block is in its way.
    OfferWithdrawn(Box<WaitlistEntry>),
    /// A block is there, or has become longer or shorter.
    BlockPlaced(Box<Block>),
    /// A block is gone, or some of its times are.
    BlockRemoved(Box<Block>),
    /// A block claims a slot.
    SlotBlocked(Box<BlockedSlot>),
    /// A block claims a slot no longer.
    SlotUnblocked(Box<BlockedSlot>),
    /// A block is in the way of a reservation, which is cancelled at no cost; the slot is not free.
    ReservationDisplaced(Box<Reservation>),
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
    /// Somebody waited elsewhere: it waits here now, or had ended there.
    WaitlistImported(Box<WaitlistEntry>),
    /// A line of a log that was kept elsewhere.
    LineImported(Box<ImportedLine>),
    /// A delivery was sent, refused for good, or given up; told again where its provider has more to say.
    DeliveryEnded(Box<Delivery>),
    /// An address of a member takes messages no longer, or again.
    ReachChanged {
        /// Who.
        member_id: MemberId,
        /// By which medium.
        medium: Medium,
        /// Why it takes none; `None` where it does again.
        unreachable: Option<Unreachable>,
    },
    /// A page to pay on is open at the payment provider.
    CheckoutOpened {
        /// What is paid for on it.
        reservation_id: ReservationId,
        /// What its provider calls it.
        session_id: String,
    },
    /// A payment came to nothing.
    PaymentFailed(Box<Reservation>),
    /// More of a payment has gone back than was decided here.
    RefundRecorded {
        /// What it was for.
        reservation: Box<Reservation>,
        /// The payment's id at its provider.
        payment_id: String,
        /// How much more, in minor units.
        amount_cents: u64,
    },
    /// A payer has asked its bank for the money, or the bank has decided.
    DisputeRecorded {
        /// What was paid for.
        reservation: Box<Reservation>,
        /// The payment's id at its provider.
        payment_id: String,
        /// Where it stands.
        state: DisputeState,
        /// How much of what was kept has gone back with it, in minor units.
        lost_cents: u64,
    },
}

/// The reservation of an event, borrowed as the event is: one list for the look and for the change.
macro_rules! reservation_of {
    ($event:expr, $grant:ident => $of_grant:expr) => {
        match $event {
            Event::HoldPlaced(it)
            | Event::HoldExpired(it)
            | Event::HoldReleased(it)
            | Event::ReservationConfirmed(it)
            | Event::ReservationCancelled(it)
            | Event::ReservationCompleted(it)
            | Event::ReservationImported(it)
            | Event::ReservationDisplaced(it)
            | Event::PaymentBegun(it)
            | Event::PaymentRecorded(it)
            | Event::SlotVacated(it)
            | Event::ReservationMoved(it)
            | Event::ReservationCheckedIn(it)
            | Event::ReservationMissed(it)
            | Event::NoShowReversed(it)
            | Event::PaymentFailed(it)
            | Event::RefundRecorded { reservation: it, .. }
            | Event::DisputeRecorded { reservation: it, .. } => Some(it),
            Event::WaitlistAutoBooked($grant) | Event::OfferMade($grant) => Some($of_grant),
            Event::FacilityCreated
            | Event::FacilityUpdated
            | Event::CalendarExtended
            | Event::CourtCreated(_)
            | Event::CourtUpdated(_)
            | Event::CourtRemoved(_)
            | Event::MemberCreated(_)
            | Event::MemberUpdated(_)
            | Event::MemberSuspended { .. }
            | Event::MemberReinstated(_)
            | Event::MemberErased(_)
            | Event::WaitlistJoined(_)
            | Event::WaitlistLeft(_)
            | Event::WaitlistExpired(_)
            | Event::OfferAccepted(_)
            | Event::OfferDeclined(_)
            | Event::OfferExpired(_)
            | Event::OfferWithdrawn(_)
            | Event::BlockPlaced(_)
            | Event::BlockRemoved(_)
            | Event::SlotBlocked(_)
            | Event::SlotUnblocked(_)
            | Event::RefundDue { .. }
            | Event::CreditsChanged(_)
            | Event::WaitlistImported(_)
            | Event::LineImported(_)
            | Event::DeliveryEnded(_)
            | Event::ReachChanged { .. }
            | Event::CheckoutOpened { .. } => None,
        }
    };
}

impl Event {
    /// The reservation that it is about, as it became.
    pub fn reservation(&self) -> Option<&Reservation> {
        reservation_of!(self, grant => &grant.reservation)
    }

    /// The same, to take its free text out and put it back.
    pub(crate) fn reservation_mut(&mut self) -> Option<&mut Reservation> {
        reservation_of!(self, grant => &mut grant.reservation)
    }

    /// The entry of the waitlist that it is about, as it became.
    pub fn waitlist_entry(&self) -> Option<&WaitlistEntry> {
        match self {
            Self::WaitlistJoined(it)
            | Self::WaitlistLeft(it)
            | Self::WaitlistExpired(it)
            | Self::OfferAccepted(it)
            | Self::OfferDeclined(it)
            | Self::OfferExpired(it)
            | Self::OfferWithdrawn(it)
            | Self::WaitlistImported(it) => Some(it),
            Self::WaitlistAutoBooked(grant) | Self::OfferMade(grant) => Some(&grant.entry),
            _ => None,
        }
    }
}
