//! Why it was this entry and no other: the ranked list that is kept with a promotion.
//!
//! Everybody who was ahead of the winner is on it with the reason why not, and some of those behind it. It
//! is told with the event, so history has it; the state does not.

use serde::{Deserialize, Serialize};

use super::{CourtMatch, WaitlistEntry};
use crate::{Conflict, Interval, MemberId, Reservation, WaitlistId};

/// A slot that was given to an entry of the waitlist, and why to this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The entry as it became.
    pub entry: WaitlistEntry,
    /// What is held or booked for it.
    pub reservation: Reservation,
    /// Everybody considered for this slot, best first, all of those ahead and the first of those behind.
    pub ranked: Vec<Ranked>,
    /// How many pairs of an entry and a slot were considered.
    pub considered: u32,
}

/// One candidate for a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranked {
    /// Which entry.
    pub waitlist_id: WaitlistId,
    /// Whose.
    pub member_id: MemberId,
    /// The slot that it would have taken.
    pub slot: Interval,
    /// Compared first: the higher, the better.
    pub priority: u32,
    /// Compared second.
    pub court_match: CourtMatch,
    /// Compared third: from the wanted start, in milliseconds; the lower, the better.
    pub distance_millis: u64,
    /// Compared fourth: the order of joining; the lower, the better.
    pub joined: u64,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It got the slot.
    Given,
    /// Its member let the slot go before.
    LetGo,
    /// The slot begins too soon for an offer to be answered.
    TooLate,
    /// These rules are against it.
    Refused(Vec<Conflict>),
    /// It had got another slot in the same decision.
    ServedAlready,
    /// The slot, or a part of it, had gone to one ahead of it in the same decision.
    Taken,
    /// It comes after the one that got the slot, and was not looked at.
    Behind,
}
