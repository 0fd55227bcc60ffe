//! Why a command was refused. Facts, in the past or present tense; the edge finds the words.
//!
//! A rejection is a value with the numbers that were compared, not a sentence: the edge turns it into
//! a status, a code and words.

use serde::{Deserialize, Serialize};

use crate::{Claim, Conflict, Instant, RefusedOccurrence, Rule, Status};

/// Why a command was refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rejection {
    /// The group has no settings yet: its creation was not finished.
    FacilityUnknown,
    /// Settings are there already.
    FacilityExists,
    /// No such court.
    CourtUnknown,
    /// The court's id is taken by another court.
    CourtExists,
    /// No such member.
    MemberUnknown,
    /// The member's id is taken by another member.
    MemberExists,
    /// Every violated rule, in the order of [`Rule`].
    Conflicts(Vec<Conflict>),
    /// There is no such hold, and was none that is still remembered.
    HoldUnknown,
    /// The hold ended at this instant.
    HoldExpired {
        /// When it ended.
        at: Instant,
    },
    /// A reservation is on that slot, not a hold.
    NotAHold,
    /// The hold or reservation is another member's.
    NotYours,
    /// No such reservation.
    ReservationUnknown,
    /// The reservation is not on the slot that was named.
    SlotMismatch,
    /// The id is taken by another reservation.
    ReservationExists,
    /// The reservation does not allow this where it stands.
    InvalidTransition {
        /// Where it stands.
        status: Status,
    },
    /// The slot has begun: a member cannot cancel any more.
    AlreadyStarted,
    /// An interval that ends before or as it begins.
    EmptyInterval,
    /// The same request id was used for something else.
    RequestReused,
    /// No such entry of the waitlist.
    WaitlistUnknown,
    /// The id is taken by another entry of the waitlist.
    WaitlistExists,
    /// The member waits for as much as it may already.
    WaitlistLimit {
        /// For how many it may.
        limit: u32,
    },
    /// Nothing is offered to the entry.
    NoActiveOffer,
    /// What was offered to the entry is not any more since this instant.
    OfferExpired {
        /// When the offer ended.
        at: Instant,
    },
    /// No such block.
    BlockUnknown,
    /// The id is taken by another block.
    BlockExists,
    /// These claims are in the way; of very many, the first.
    InTheWay(Vec<Claim>),
    /// It has more parts than one command may have.
    TooMany {
        /// How many it may have.
        limit: u32,
    },
    /// No such series, or nothing of it is remembered.
    SeriesUnknown,
    /// The id is taken by another series.
    SeriesExists,
    /// These occurrences of a series break rules, and it was to be all or nothing.
    SeriesRefused(Vec<RefusedOccurrence>),
    /// It has changed since the caller saw it.
    VersionMismatch {
        /// The version that it has now.
        current: u64,
    },
    /// It cannot be done before this instant.
    TooEarly {
        /// From when on it can.
        opens: Instant,
    },
    /// It cannot be done any more since this instant.
    TooLate {
        /// Until when it could.
        closed: Instant,
    },
    /// The reservation has ended.
    AlreadyEnded {
        /// As what.
        status: Status,
    },
    /// The slot has a price that has to be paid first.
    PaymentRequired {
        /// In minor units.
        cents: u64,
    },
    /// Only the club's people decide that.
    StaffOnly,
    /// Only staff set rules aside.
    OverrideNotAllowed,
    /// Whoever sets a rule aside says why.
    ReasonRequired,
    /// A rule that nobody sets aside.
    NotOverridable {
        /// Which one.
        rule: Rule,
    },
    /// The slot costs nothing, or is paid.
    NothingToPay,
    /// The court has live claims.
    CourtInUse {
        /// How many.
        claims: u64,
    },
}

impl Rejection {
    /// Refused where the caller saw another version than the `current` one, and says which.
    pub(crate) fn unless_version(seen: Option<u64>, current: u64) -> Result<(), Self> {
        if seen.is_none_or(|seen| seen == current) { Ok(()) } else { Err(Self::VersionMismatch { current }) }
    }
}
