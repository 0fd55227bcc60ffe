//! Whether facility and court take bookings at all.
//!
//! These are switches that staff set. They stop new bookings only: what stands already stays.

use super::{Attempt, Finding};
use crate::Conflict;

pub(super) fn facility_inactive(attempt: &Attempt<'_>) -> Finding {
    if attempt.settings.active { Finding::kept() } else { Finding::Broken(vec![Conflict::FacilityInactive]) }
}

pub(super) fn court_inactive(attempt: &Attempt<'_>) -> Finding {
    if attempt.court.active { Finding::kept() } else { Finding::Broken(vec![Conflict::CourtInactive]) }
}
