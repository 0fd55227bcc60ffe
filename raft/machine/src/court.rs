//! A court, as a plain record.
//!
//! Whether a court takes bookings is decided in `rules`; what it is called and costs only travels
//! through here to those who read it.

use serde::{Deserialize, Serialize};

use crate::CourtId;

/// What can be booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Court {
    /// Its name among machines.
    pub id: CourtId,
    /// Its name among people.
    pub name: String,
    /// The sport: one of the list of `api.md` 3; checked at the edge.
    pub court_type: String,
    /// Free text.
    pub surface_type: Option<String>,
    /// Whether it takes bookings.
    pub active: bool,
    /// Position in lists.
    pub sort_order: i32,
    /// Price of a slot in minor units; free where `None`, but in prime hours that have a price.
    pub price_per_slot_cents: Option<u32>,
    /// Price in prime hours; the ordinary one where `None`.
    pub peak_price_cents: Option<u32>,
    /// Grows by one with every change.
    pub version: u64,
}

impl Court {
    /// A court that takes bookings and costs nothing.
    pub fn new(id: CourtId, name: &str, court_type: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            court_type: court_type.to_owned(),
            surface_type: None,
            active: true,
            sort_order: 0,
            price_per_slot_cents: None,
            peak_price_cents: None,
            version: 1,
        }
    }
}
