//! From a command to its rule.
//!
//! One line a command, and the shape of what each hands back. Settling, repeats and keeping of answers
//! are the same for all and happen around it, in `apply`.

use super::{Command, create_court, create_member};
use crate::{Accepted, Actor, Event, Facility, Rejection};

/// What a command did.
pub(crate) struct Done {
    /// For the caller.
    pub(crate) accepted: Accepted,
    /// For everybody watching, in order; empty where nothing changed.
    pub(crate) events: Vec<Event>,
}

impl Done {
    /// Something changed.
    pub(crate) fn changed(accepted: Accepted, event: Event) -> Self {
        Self { accepted, events: vec![event] }
    }

    /// It was so already.
    pub(crate) fn already(accepted: Accepted) -> Self {
        Self { accepted, events: Vec::new() }
    }

    /// And something more happened.
    #[must_use]
    pub(crate) fn and(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }
}

impl Command {
    /// Decides and does; everything due by the machine's time has been settled before.
    pub(crate) fn run(&self, facility: &mut Facility, actor: &Actor) -> Result<Done, Rejection> {
        match self {
            Self::Tick => Ok(Done::already(Accepted::Ticked)),
            Self::CreateFacility(command) => command.run(facility, actor),
            Self::ExtendCalendar(command) => command.run(facility, actor),
            Self::CreateCourt(court) => create_court::run(court, facility, actor),
            Self::CreateMember(member) => create_member::run(member, facility, actor),
            Self::PlaceHold(command) => command.run(facility, actor),
            Self::ConfirmHold(command) => command.run(facility, actor),
            Self::ReleaseHold(command) => command.run(facility, actor),
            Self::CancelReservation(command) => command.run(facility, actor),
            Self::ImportReservation(command) => command.run(facility, actor),
            Self::BookReservation(command) => command.run(facility, actor),
            Self::MoveReservation(command) => command.run(facility, actor),
            Self::CheckIn(command) => command.run(facility, actor),
            Self::Complete(command) => command.run(facility, actor),
            Self::MarkNoShow(command) => command.run(facility, actor),
            Self::ReverseNoShow(command) => command.run(facility, actor),
            Self::BeginPayment(command) => command.run(facility, actor),
            Self::RecordPayment(command) => command.run(facility, actor),
            Self::AdjustCredits(command) => command.run(facility, actor),
            Self::UpdateFacility(command) => command.run(facility, actor),
            Self::UpdateCourt(command) => command.run(facility, actor),
            Self::RemoveCourt(command) => command.run(facility, actor),
            Self::UpdateMember(command) => command.run(facility, actor),
            Self::EraseMember(command) => command.run(facility, actor),
            Self::JoinWaitlist(command) => command.run(facility, actor),
            Self::LeaveWaitlist(command) => command.run(facility, actor),
            Self::AcceptOffer(command) => command.run(facility, actor),
            Self::DeclineOffer(command) => command.run(facility, actor),
            Self::PlaceBlock(command) => command.run(facility, actor),
            Self::ExtendBlock(command) => command.run(facility, actor),
            Self::RemoveBlock(command) => command.run(facility, actor),
            Self::BookSeries(command) => command.run(facility, actor),
            Self::CancelSeries(command) => command.run(facility, actor),
            Self::ImportWaitlist(command) => command.run(facility, actor),
            Self::ClaimDeliveries(command) => command.run(facility, actor),
            Self::SettleDeliveries(command) => command.run(facility, actor),
            Self::NoteReceipt(command) => command.run(facility, actor),
            Self::NoteReach(command) => command.run(facility, actor),
            Self::NoteCheckout(command) => command.run(facility, actor),
            Self::EndCheckout(command) => command.run(facility, actor),
            Self::RecordRefund(command) => command.run(facility, actor),
            Self::RecordDispute(command) => command.run(facility, actor),
        }
    }
}
