//! Deadlines: everything that is over at an instant, in order, and who has to hear of it.
//!
//! Two ordered sets stand for the one of the design: what is *told* (a hold runs out, a reservation
//! comes to its end) needs a tick of its own when it is due; what is only *forgotten* waits for the
//! next command. Kept apart, the next one to be told is at hand without a search. The instants
//! follow from the records and are rebuilt from them, never stored.

use std::sync::Arc;

use crate::ledger::EntryNumber;
use crate::shelves::Shelves;
use crate::{BlockId, DeliveryId, Instant, MemberId, RequestId, ReservationId, WaitlistId};

/// What is due. A new kind is a variant here, a line in [`Due::is_told`] and one in `settle`.
// Replicated: of what is due at one instant, what is told comes first, then by kind, then by id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// A reservation ends by itself.
    Lapse(ReservationId),
    /// A suspension ends by itself.
    Reinstate(MemberId),
    /// The window of a waitlist entry is over.
    EndWaiting(WaitlistId),
    /// Time alone may have made a member who waits eligible for something.
    LookAgain(MemberId),
    /// A member is to be reminded of a reservation.
    Remind(ReservationId),
    /// Nobody said what came of a delivery that a leader was sending.
    ClaimOver(DeliveryId),
    /// An entry of the credit ledger is to be folded into its member's sum.
    FoldCredits(EntryNumber),
    /// A kept answer is to be forgotten.
    ForgetAnswer(Arc<RequestId>),
    /// A reservation that has ended is to be forgotten.
    ForgetReservation(ReservationId),
    /// A waitlist entry that has ended is to be forgotten.
    ForgetWaitlist(WaitlistId),
    /// A block that is over is to be forgotten.
    ForgetBlock(BlockId),
    /// A delivery is of no use any more.
    GiveUp(DeliveryId),
    /// A delivery that has ended is to be forgotten.
    ForgetDelivery(DeliveryId),
}

impl Due {
    /// Whether somebody has to be told when it is due; else it waits for the next command.
    fn is_told(&self) -> bool {
        match self {
            Self::Lapse(_)
            | Self::Reinstate(_)
            | Self::EndWaiting(_)
            | Self::LookAgain(_)
            | Self::Remind(_)
            | Self::ClaimOver(_) => true,
            Self::FoldCredits(_)
            | Self::ForgetAnswer(_)
            | Self::ForgetReservation(_)
            | Self::ForgetWaitlist(_)
            | Self::ForgetBlock(_)
            | Self::GiveUp(_)
            | Self::ForgetDelivery(_) => false,
        }
    }
}

/// When something is due, and what.
pub(crate) type Deadline = (Instant, Due);

/// All deadlines of a facility.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deadlines {
    told: Shelves<Deadline, ()>,
    silent: Shelves<Deadline, ()>,
}

impl FromIterator<Deadline> for Deadlines {
    fn from_iter<T: IntoIterator<Item = Deadline>>(deadlines: T) -> Self {
        let (told, silent): (Vec<_>, Vec<_>) =
            deadlines.into_iter().map(|deadline| (deadline, ())).partition(|((_, due), ())| due.is_told());
        Self { told: told.into_iter().collect(), silent: silent.into_iter().collect() }
    }
}

impl Deadlines {
    /// The earliest deadline at which somebody has to be told.
    pub(crate) fn next_told(&self) -> Option<Instant> {
        self.told.first().map(|((at, _), ())| *at)
    }

    /// The earliest deadline of which nobody has to be told.
    pub(crate) fn next_silent(&self) -> Option<Instant> {
        self.silent.first().map(|((at, _), ())| *at)
    }

    /// Takes out the first deadline that is over at `now`.
    // Replicated: the order, by instant and then kind and id, is the order of the events.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<Deadline> {
        let due = |set: &Shelves<Deadline, ()>| set.first().map(|(key, ())| key).filter(|(at, _)| *at <= now).cloned();
        let (told, silent) = (due(&self.told), due(&self.silent));
        let told_first = told.as_ref().is_some_and(|told| silent.as_ref().is_none_or(|silent| told.0 <= silent.0));
        let first = if told_first { told? } else { silent? };
        self.remove(&first);
        Some(first)
    }

    /// Adds one.
    pub(crate) fn add(&mut self, deadline: Deadline) {
        self.of(&deadline.1).insert(deadline, ());
    }

    /// Takes one out again.
    pub(crate) fn remove(&mut self, deadline: &Deadline) {
        self.of(&deadline.1).remove(deadline);
    }

    fn of(&mut self, due: &Due) -> &mut Shelves<Deadline, ()> {
        if due.is_told() { &mut self.told } else { &mut self.silent }
    }
}
