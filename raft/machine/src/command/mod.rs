//! Commands: the only ways to change a facility. One file each: the struct, its rule, its cases.

use serde::{Deserialize, Serialize};

use crate::{CalendarDay, Court, CourtId, HoldId, Instant, Interval, Member, MemberId, ReservationId, Settings};

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

/// Gives the facility its settings and first calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateFacility {
    /// The settings.
    pub settings: Settings,
    /// The days already turned into instants.
    pub days: Vec<CalendarDay>,
}

/// Replaces and adds days of the calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtendCalendar {
    /// The days; a day of the same date is replaced.
    pub days: Vec<CalendarDay>,
}

/// Holds a slot for a member for the facility's `hold_seconds`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceHold {
    /// Minted by the proposer.
    pub hold_id: HoldId,
    /// Minted by the proposer.
    pub reservation_id: ReservationId,
    /// Which court.
    pub court_id: CourtId,
    /// For whom.
    pub member_id: MemberId,
    /// When.
    pub slot: Interval,
    /// `web sms staff api`.
    pub source: String,
}

/// How a caller names a hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HoldRef {
    /// By its id.
    Id(HoldId),
    /// By its slot, as the original did.
    Slot {
        /// Which court.
        court_id: CourtId,
        /// The start of the held slot.
        start: Instant,
    },
}

/// Turns a hold into a reservation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmHold {
    /// Which hold.
    pub hold: HoldRef,
    /// The id minted by the attempt, or the client's own, unused one.
    pub reservation_id: Option<ReservationId>,
}

/// Gives a hold up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseHold {
    /// Which hold.
    pub hold: HoldRef,
}

/// Calls a reservation off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelReservation {
    /// Which reservation.
    pub reservation_id: ReservationId,
    /// The slot it must be on, where the caller named one.
    pub slot: Option<(CourtId, Instant)>,
    /// Why.
    pub reason: Option<String>,
}

/// Takes over a reservation that is already a fact elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReservation {
    /// Its id where it comes from.
    pub reservation_id: ReservationId,
    /// Which court.
    pub court_id: CourtId,
    /// For whom.
    pub member_id: MemberId,
    /// When.
    pub slot: Interval,
    /// When it was confirmed there.
    pub confirmed_at: Option<Instant>,
    /// What it was called there.
    pub booking_type: String,
    /// How it was made there.
    pub source: String,
    /// Free text.
    pub notes: Option<String>,
}
