//! The order of promotion: lexicographic and total, so that it can be explained.
//!
//! Priority, then how closely the court matches the wish, then the distance from the wanted start, then
//! the order of joining. Two slots that are alike for one entry are told apart by court and start, so that
//! no two candidates are ever equal.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::{CourtWish, WaitlistEntry};
use crate::{CourtId, Instant, Interval};

/// How closely a court matches a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CourtMatch {
    /// It is the court that was asked for.
    Court,
    /// It is of the type that was asked for.
    Type,
    /// Any court was asked for.
    Any,
}

impl From<&CourtWish> for CourtMatch {
    fn from(wish: &CourtWish) -> Self {
        match wish {
            CourtWish::Court(_) => Self::Court,
            CourtWish::Type(_) => Self::Type,
            CourtWish::Any => Self::Any,
        }
    }
}

/// The place of a pair of entry and slot among all; the least is the first.
// Replicated: the order of these fields is the order of promotion.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    priority: Reverse<u32>,
    court_match: CourtMatch,
    distance_millis: u64,
    joined: u64,
    court: CourtId,
    start: Instant,
}

impl Rank {
    /// Where `entry` stands for `slot` on `court`, which is one that it would take.
    pub(crate) fn of(entry: &WaitlistEntry, court: &CourtId, slot: &Interval) -> Self {
        Self {
            priority: Reverse(entry.wish.priority),
            court_match: CourtMatch::from(&entry.wish.court),
            distance_millis: distance_millis(entry, slot),
            joined: entry.joined,
            court: court.clone(),
            start: slot.start,
        }
    }
}

/// How far a slot begins from the start that is wanted.
pub(crate) fn distance_millis(entry: &WaitlistEntry, slot: &Interval) -> u64 {
    slot.start.0.abs_diff(entry.wish.wanted.0)
}
