//! Commands: the only ways to change a facility. One file each: the struct, its rule, its cases.
//!
//! The order of the variants is the number of a command in the log: new ones go to the end. What a
//! command decides is in its file; from the variant to that file leads `run`.

mod cancel_reservation;
#[cfg(test)]
pub(crate) mod cases;
mod confirm_hold;
mod create_court;
mod create_facility;
mod create_member;
mod extend_calendar;
mod hold_ref;
mod import_reservation;
mod place_hold;
mod release_hold;
mod run;

use serde::{Deserialize, Serialize};

pub use cancel_reservation::CancelReservation;
pub use confirm_hold::ConfirmHold;
pub use create_facility::CreateFacility;
pub use extend_calendar::ExtendCalendar;
pub use hold_ref::HoldRef;
pub use import_reservation::ImportReservation;
pub use place_hold::PlaceHold;
pub use release_hold::ReleaseHold;
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
}
