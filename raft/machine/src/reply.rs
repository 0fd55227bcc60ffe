//! What the caller is told.
//!
//! A reply is kept for repeats of its request and travels between nodes, so it has bytes of its own
//! behind a version. It says what was done, never how to show it.

use serde::{Deserialize, Serialize};

use crate::codec::{self, BytesError};
use crate::{
    Block, Claimed, Conflict, Court, EntryImport, Instant, Interval, Member, MemberId, Rejection, Reservation,
    ReservationId, Settings, WaitlistEntry, WaitlistId, Warning,
};

/// The version of a reply's bytes that this release writes.
pub const REPLY_VERSION: u8 = 1;

/// The answer to an envelope. A rejection is a value, not an error: it changed nothing.
pub type Reply = Result<Accepted, Rejection>;

/// A reply as bytes for a wire or log, behind a version of one byte.
pub fn encode_reply(reply: &Reply) -> Vec<u8> {
    codec::encode_versioned(REPLY_VERSION, reply)
}

/// A reply from [`encode_reply`]'s bytes.
pub fn decode_reply(bytes: &[u8]) -> Result<Reply, BytesError> {
    codec::decode_versioned(REPLY_VERSION, bytes)
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Accepted {
    /// What was due is settled.
    Ticked,
    /// The facility has these settings.
    FacilityCreated(Box<Settings>),
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
    /// The slot is booked, in one step.
    ReservationBooked(Box<Booked>),
    /// The reservation is on its new slot.
    ReservationMoved(Box<Booked>),
    /// Somebody came.
    CheckedIn(Box<Reservation>),
    /// The reservation has taken place.
    Completed(Box<Reservation>),
    /// Nobody came.
    NoShowMarked(Box<Reservation>),
    /// Somebody had come after all.
    NoShowReversed(Box<Reservation>),
    /// The hold waits for its payment.
    PaymentBegun(Box<Reservation>),
    /// The payment is known.
    PaymentRecorded(Box<PaymentTaken>),
    /// Credits came or went.
    CreditsAdjusted {
        /// The balance after it.
        balance: i64,
    },
    /// The settings are these now.
    FacilityUpdated {
        /// All of them.
        settings: Box<Settings>,
        /// Reservations to come that are not within the opening hours any more, the first by id; they stand.
        outside_hours: Vec<Reservation>,
    },
    /// The court is this now.
    CourtUpdated(Court),
    /// The court is gone.
    CourtRemoved,
    /// The member is this now.
    MemberUpdated(Box<Member>),
    /// The person is gone; its id stays.
    MemberErased,
    /// The entry as it is now: it may have been offered something, or have become a reservation, at once.
    WaitlistJoined(Box<Joined>),
    /// The entry as it ended.
    WaitlistLeft(Box<WaitlistEntry>),
    /// The offer to this entry is declined.
    OfferDeclined(WaitlistId),
    /// The block is there.
    BlockPlaced {
        /// As it is now.
        block: Box<Block>,
        /// The times that were left out because something was in their way.
        skipped: Vec<Interval>,
    },
    /// The block, or some of its times, is gone: what is left of it; `None` where there was none.
    BlockRemoved(Option<Box<Block>>),
    /// The series is booked.
    SeriesBooked {
        /// In order of their dates.
        booked: Vec<Reservation>,
        /// What was left out.
        refused: Vec<RefusedOccurrence>,
    },
    /// What was to come of the series is called off.
    SeriesCancelled(Vec<Cancellation>),
    /// What became of each entry, in their order.
    WaitlistImported(Vec<(WaitlistId, EntryImport)>),
    /// These are to be sent now, by whoever claimed them.
    DeliveriesClaimed(Vec<Claimed>),
    /// What came of them is known.
    DeliveriesSettled,
    /// What a provider says of a delivery is known.
    ReceiptNoted,
    /// Whether an address takes messages is known.
    ReachNoted,
    /// What the payment provider says is known: the reservation as it is now; `None` where it is not known any
    /// more.
    PaymentNoted(Option<Box<Reservation>>),
}

/// An entry of the waitlist, with what the others and the offer to it say of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// The entry.
    pub entry: WaitlistEntry,
    /// Its place among its rivals; `None` where it does not wait.
    pub position: Option<u32>,
    /// When the offer to it ends; `None` where there is none.
    pub offer_expires_at: Option<Instant>,
}

/// An occurrence of a series that could not be booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedOccurrence {
    /// When it would have been.
    pub slot: Interval,
    /// Every rule that it breaks.
    pub conflicts: Vec<Conflict>,
    /// The entry with which its member waits for it, where it does.
    pub waits: Option<WaitlistId>,
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
    /// Who got the slot from the waitlist, if anybody did.
    pub promotion: Option<Promotion>,
}

/// A booking with what its booker should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// The reservation.
    pub reservation: Reservation,
    /// What its booker should know.
    pub warnings: Vec<Warning>,
}

/// What became of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentTaken {
    /// What it was for, as it is now; `None` where that is not known any more.
    pub reservation: Option<Reservation>,
    /// How much of it has to go back, in minor units.
    pub refund_cents: u64,
}

/// How a slot went to somebody who waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PromotionAction {
    /// It was booked at once.
    AutoBooked,
    /// It was offered.
    OfferSent,
}

/// A slot that went to somebody who waited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// How.
    pub action: PromotionAction,
    /// To which entry.
    pub waitlist_id: WaitlistId,
    /// To whom.
    pub member_id: MemberId,
    /// The reservation, or the hold of the offer.
    pub reservation_id: ReservationId,
}
