//! What a booker should know though it stops nobody.

use super::Attempt;
use crate::Warning;
use crate::price;
use crate::time::MINUTE_MILLIS;

/// A slot that leaves less than this until closing time is near it.
const NEAR_CLOSING_MINUTES: i64 = 30;

/// The warnings of an attempt, in the order of `booking.md` 3.
pub(super) fn of(attempt: &Attempt<'_>) -> Vec<Warning> {
    [peak_pricing(attempt), near_closing(attempt)].into_iter().flatten().collect()
}

fn peak_pricing(attempt: &Attempt<'_>) -> Option<Warning> {
    attempt.court.peak_price_cents?;
    let horizon = &attempt.view.facility().horizon;
    let rate_cents = price::rate_cents(attempt.court, horizon, &attempt.slot)?;
    (horizon.prime_millis(&attempt.slot) > 0).then_some(Warning::PeakPricing { rate_cents })
}

fn near_closing(attempt: &Attempt<'_>) -> Option<Warning> {
    let (_, opening) = attempt.view.facility().horizon.opening_of(&attempt.slot)?;
    let closes = opening.end;
    let near = closes.0 - attempt.slot.end.0 < NEAR_CLOSING_MINUTES * MINUTE_MILLIS;
    near.then_some(Warning::NearClosing { closes })
}
