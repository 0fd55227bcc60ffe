//! What the caller is told.

use serde::{Deserialize, Serialize};

use crate::{Court, Member, Rejection, Reservation};

/// The answer to an envelope. A rejection is a value, not an error: it changed nothing.
pub type Reply = Result<Accepted, Rejection>;

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Accepted {
    /// What was due is settled.
    Ticked,
    /// The facility has its settings.
    FacilityCreated,
    /// The calendar has these days.
    CalendarExtended,
    /// The court is there.
    CourtCreated(Court),
    /// The member is there.
    MemberCreated(Box<Member>),
    /// The slot is held; also the answer to the same attempt again while it is.
    HoldPlaced(Box<Reservation>),
    /// The slot is booked.
    HoldConfirmed(Box<Reservation>),
    /// There is no such hold any more; `None` where there was none.
    HoldReleased(Option<Box<Reservation>>),
    /// The reservation is called off.
    ReservationCancelled(Box<Cancellation>),
    /// The reservation is here as it was there.
    ReservationImported(Box<Reservation>),
}

/// How a cancellation stands to the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// The cancelled reservation.
    pub reservation: Reservation,
    /// Notice given, in milliseconds before the start; negative after it.
    pub notice_millis: i64,
    /// Whether the notice was long enough.
    pub within_policy: bool,
    /// Credits that it costs.
    pub penalty_credits: u32,
    /// Fee that it costs, in minor units.
    pub fee_cents: u32,
}
