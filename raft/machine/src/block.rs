//! A block: times at which a court, or every court, is not for booking, or open beyond its hours.
//!
//! It is a plain record. Its recurrence is text for those who read it; the times are instants that the
//! proposer expanded. How blocks are found is in `blocks`, what they do to a slot in `rules`.

use serde::{Deserialize, Serialize};

use crate::{BlockId, CourtId, Instant, Interval};

/// What a block is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BlockKind {
    /// Closed.
    Blackout,
    /// Closed for repairs.
    Maintenance,
    /// Taken by the club itself.
    Event,
    /// The opposite of the others: open beyond the calendar's hours. It claims nothing.
    Extended,
}

impl BlockKind {
    /// Whether it occupies its courts.
    pub fn is_claim(self) -> bool {
        self != Self::Extended
    }
}

/// What becomes of what is in a block's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BlockMode {
    /// The block is refused, with the list.
    Reject,
    /// The block leaves those of its times out.
    Skip,
    /// Holds end, reservations are cancelled at no cost, and who had one is first on the waitlist.
    Displace,
}

/// Times at which courts are not for booking, or open beyond their hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Its name.
    pub id: BlockId,
    /// Which court; all of them, also those still to come, where `None`.
    pub court_id: Option<CourtId>,
    /// What for.
    pub kind: BlockKind,
    /// What it is called among people.
    pub title: Option<String>,
    /// The rule by which it recurs, as it was asked for; nothing here reads it.
    pub recurrence: Option<String>,
    /// What became of what was in its way; of times added later too.
    pub mode: BlockMode,
    /// When, in order, disjoint.
    pub times: Vec<Interval>,
    /// When it was placed.
    pub created_at: Instant,
    /// Grows by one with every change.
    pub version: u64,
}

impl Block {
    /// Whether it is on `court`.
    pub fn is_on(&self, court: &CourtId) -> bool {
        self.court_id.as_ref().is_none_or(|own| own == court)
    }
}
