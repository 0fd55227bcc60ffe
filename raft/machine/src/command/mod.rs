//! Commands: the only ways to change a facility. One file each: the struct, its rule, its cases.
//!
//! The order of the variants is the number of a command in the log: new ones go to the end. What a
//! command decides is in its file; from the variant to that file leads `run`.

mod adjust_credits;
mod begin_payment;
mod book_reservation;
mod cancel_reservation;
#[cfg(test)]
pub(crate) mod cases;
mod check_in;
mod complete;
mod confirm_hold;
mod create_court;
mod create_facility;
mod create_member;
mod erase_member;
mod extend_calendar;
mod hold_ref;
mod import_reservation;
mod mark_no_show;
mod move_reservation;
mod place_hold;
mod record_payment;
mod release_hold;
mod remove_court;
mod reverse_no_show;
mod run;
mod update_court;
mod update_facility;
mod update_member;

use serde::{Deserialize, Serialize};

pub use adjust_credits::AdjustCredits;
pub use begin_payment::BeginPayment;
pub use book_reservation::BookReservation;
pub use cancel_reservation::CancelReservation;
pub use check_in::CheckIn;
pub use complete::Complete;
pub use confirm_hold::ConfirmHold;
pub use create_facility::CreateFacility;
pub use erase_member::EraseMember;
pub use extend_calendar::ExtendCalendar;
pub use hold_ref::HoldRef;
pub use import_reservation::ImportReservation;
pub use mark_no_show::MarkNoShow;
pub use move_reservation::MoveReservation;
pub use place_hold::PlaceHold;
pub use record_payment::RecordPayment;
pub use release_hold::ReleaseHold;
pub use remove_court::RemoveCourt;
pub use reverse_no_show::ReverseNoShow;
pub(crate) use run::Done;
pub use update_court::UpdateCourt;
pub use update_facility::UpdateFacility;
pub use update_member::UpdateMember;

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
    /// Books a slot in one step.
    BookReservation(Box<BookReservation>),
    /// Moves a reservation.
    MoveReservation(MoveReservation),
    /// Somebody came.
    CheckIn(CheckIn),
    /// A reservation has taken place.
    Complete(Complete),
    /// Nobody came.
    MarkNoShow(MarkNoShow),
    /// Somebody had come after all.
    ReverseNoShow(ReverseNoShow),
    /// A hold waits for its payment.
    BeginPayment(BeginPayment),
    /// A payment was taken.
    RecordPayment(RecordPayment),
    /// Gives or takes credits.
    AdjustCredits(AdjustCredits),
    /// Replaces the settings.
    UpdateFacility(Box<UpdateFacility>),
    /// Replaces a court.
    UpdateCourt(UpdateCourt),
    /// Takes a court out.
    RemoveCourt(RemoveCourt),
    /// Replaces a member.
    UpdateMember(Box<UpdateMember>),
    /// Erases a person.
    EraseMember(EraseMember),
}
