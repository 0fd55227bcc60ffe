//! Commands: the only ways to change a facility. One file each: the struct, its rule, its cases.
//!
//! The order of the variants is the number of a command in the log: new ones go to the end. What a
//! command decides is in its file; from the variant to that file leads `run`.

mod accept_offer;
mod book_series;
mod cancel_reservation;
mod cancel_series;
#[cfg(test)]
pub(crate) mod cases;
mod confirm_hold;
mod create_court;
mod create_facility;
mod create_member;
mod decline_offer;
mod extend_block;
mod extend_calendar;
mod hold_ref;
mod import_reservation;
mod join_waitlist;
mod leave_waitlist;
mod place_block;
mod place_hold;
mod release_hold;
mod remove_block;
mod run;

use serde::{Deserialize, Serialize};

pub use accept_offer::AcceptOffer;
pub use book_series::{BookSeries, Occurrence, OnConflict};
pub use cancel_reservation::CancelReservation;
pub use cancel_series::CancelSeries;
pub use confirm_hold::ConfirmHold;
pub use create_facility::CreateFacility;
pub use decline_offer::DeclineOffer;
pub use extend_block::ExtendBlock;
pub use extend_calendar::ExtendCalendar;
pub use hold_ref::HoldRef;
pub use import_reservation::ImportReservation;
pub use join_waitlist::JoinWaitlist;
pub use leave_waitlist::LeaveWaitlist;
pub use place_block::PlaceBlock;
pub use place_hold::PlaceHold;
pub use release_hold::ReleaseHold;
pub use remove_block::{RemoveBlock, WhichTimes};
pub(crate) use run::Done;

use crate::{Court, Member};

/// What an envelope asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Settles what is due and does nothing else.
    Tick,
    /// Gives the facility its settings and first calendar; once.
    CreateFacility(Box<CreateFacility>),
    /// Replaces and adds days of the calendar.
    ExtendCalendar(ExtendCalendar),
    /// Adds a court.
    CreateCourt(Court),
    /// Adds a member.
    CreateMember(Box<Member>),
    /// Holds a slot for a member.
    PlaceHold(PlaceHold),
    /// Turns a hold into a reservation.
    ConfirmHold(ConfirmHold),
    /// Gives a hold up.
    ReleaseHold(ReleaseHold),
    /// Calls a reservation off.
    CancelReservation(CancelReservation),
    /// Takes over a reservation that is already a fact elsewhere: only an overlap refuses it.
    ImportReservation(ImportReservation),
    /// Joins the waitlist.
    JoinWaitlist(Box<JoinWaitlist>),
    /// Leaves the waitlist.
    LeaveWaitlist(LeaveWaitlist),
    /// Takes what is offered.
    AcceptOffer(AcceptOffer),
    /// Declines what is offered.
    DeclineOffer(DeclineOffer),
    /// Places a block.
    PlaceBlock(PlaceBlock),
    /// Adds times to a block that recurs.
    ExtendBlock(ExtendBlock),
    /// Takes a block, or some of its times, away.
    RemoveBlock(RemoveBlock),
    /// Books a series.
    BookSeries(BookSeries),
    /// Calls a series off.
    CancelSeries(CancelSeries),
}
