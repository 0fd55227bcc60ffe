//! Commands: the only ways to change a facility. One file each: the struct, its rule, its cases.
//!
//! The order of the variants is the number of a command in the log: new ones go to the end. What a
//! command decides is in its file; from the variant to that file leads `run`.

mod accept_offer;
mod adjust_credits;
mod begin_payment;
mod book_reservation;
mod book_series;
mod cancel_reservation;
mod cancel_series;
#[cfg(test)]
pub(crate) mod cases;
mod check_in;
mod claim_deliveries;
mod complete;
mod confirm_hold;
mod create_court;
mod create_facility;
mod create_member;
mod decline_offer;
mod end_checkout;
mod erase_member;
mod extend_block;
mod extend_calendar;
mod hold_ref;
mod import_reservation;
mod import_waitlist;
mod join_waitlist;
mod leave_waitlist;
mod mark_no_show;
mod move_reservation;
mod note_checkout;
mod note_reach;
mod note_receipt;
mod place_block;
mod place_hold;
mod record_dispute;
mod record_payment;
mod record_refund;
mod release_hold;
mod remove_block;
mod remove_court;
mod reverse_no_show;
mod run;
mod settle_deliveries;
mod update_court;
mod update_facility;
mod update_member;
#[cfg(test)]
pub(crate) mod words;

use serde::{Deserialize, Serialize};

pub use accept_offer::AcceptOffer;
pub use adjust_credits::AdjustCredits;
pub use begin_payment::BeginPayment;
pub use book_reservation::BookReservation;
pub use book_series::{BookSeries, Occurrence, OnConflict};
pub use cancel_reservation::{CancelReservation, CancellationPreview};
pub use cancel_series::CancelSeries;
pub use check_in::CheckIn;
pub use claim_deliveries::{ClaimDeliveries, Claimed};
pub use complete::Complete;
pub use confirm_hold::ConfirmHold;
pub use create_facility::CreateFacility;
pub use decline_offer::DeclineOffer;
pub use end_checkout::{CheckoutEnd, EndCheckout};
pub use erase_member::EraseMember;
pub use extend_block::ExtendBlock;
pub use extend_calendar::ExtendCalendar;
pub use hold_ref::HoldRef;
pub use import_reservation::ImportReservation;
pub use import_waitlist::{EntryImport, ImportWaitlist, ImportedEntry};
pub use join_waitlist::JoinWaitlist;
pub use leave_waitlist::LeaveWaitlist;
pub use mark_no_show::MarkNoShow;
pub use move_reservation::MoveReservation;
pub use note_checkout::NoteCheckout;
pub use note_reach::NoteReach;
pub use note_receipt::NoteReceipt;
pub use place_block::PlaceBlock;
pub use place_hold::PlaceHold;
pub use record_dispute::RecordDispute;
pub use record_payment::RecordPayment;
pub use record_refund::RecordRefund;
pub use release_hold::ReleaseHold;
pub use remove_block::{RemoveBlock, WhichTimes};
pub use remove_court::RemoveCourt;
pub use reverse_no_show::ReverseNoShow;
pub(crate) use run::Done;
pub use settle_deliveries::{SettleDeliveries, Settlement};
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
    /// Takes over a reservation that is already a fact elsewhere: only a live one can be refused, for what is in its way.
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
    /// Takes over those who waited elsewhere.
    ImportWaitlist(ImportWaitlist),
    /// Takes deliveries that are due, to send them.
    ClaimDeliveries(ClaimDeliveries),
    /// Says what came of sending them.
    SettleDeliveries(SettleDeliveries),
    /// A provider says what became of a delivery.
    NoteReceipt(NoteReceipt),
    /// A provider says whether an address takes messages.
    NoteReach(NoteReach),
    /// A page to pay on is open.
    NoteCheckout(NoteCheckout),
    /// A page to pay on takes no payment any more.
    EndCheckout(EndCheckout),
    /// The payment provider says how much of a payment has gone back.
    RecordRefund(RecordRefund),
    /// The payment provider says where a dispute about a payment stands.
    RecordDispute(RecordDispute),
}
