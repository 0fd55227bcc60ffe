//! Whether facility and court take bookings at all.
//!
//! These are switches that staff set. They stop new bookings only: what stands already stays.

use super::Attempt;
use crate::Conflict;

pub(super) fn facility_inactive(attempt: &Attempt<'_>) -> Vec<Conflict> {
    if attempt.settings.active { Vec::new() } else { vec![Conflict::FacilityInactive] }
}

pub(super) fn court_inactive(attempt: &Attempt<'_>) -> Vec<Conflict> {
    if attempt.court.active { Vec::new() } else { vec![Conflict::CourtInactive] }
}
