//! How a caller names a hold.
//!
//! By id there is at most one, for ever. By slot it is whatever claims the slot now, which need not be what
//! the caller once held: whoever uses it has to look at whose it is.

use serde::{Deserialize, Serialize};

use crate::record::Record;
use crate::view::View;
use crate::{CourtId, HoldId, Instant};

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

impl HoldRef {
    /// The reservation that the named hold is or became; by slot, the live claim that starts there.
    pub(super) fn find<'a>(&self, view: &View<'a>) -> Option<&'a Record> {
        match self {
            Self::Id(id) => view.hold(id),
            Self::Slot { court_id, start } => view.claim_at(court_id, *start),
        }
    }
}
