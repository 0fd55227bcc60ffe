//! What a slot costs: the court's price a slot, its price in prime hours for the part that lies in them.
//!
//! Pro rata by elapsed time, so that a slot that begins before the prime hours pays for each what each
//! costs. Money is in minor units; credits count slots.

use crate::horizon::Horizon;
use crate::time::MINUTE_MILLIS;
use crate::{Court, Facility, Interval, Settings};

impl Facility {
    /// What a slot on a court costs in minor units; `None` where the court has no price, or the calendar no
    /// such day.
    pub fn rate_cents(&self, court: &Court, slot: &Interval) -> Option<u64> {
        rate_cents(court, &self.horizon, slot)
    }
}

/// What `slot` costs in minor units, rounded down; `None` where the court has no price. A court that has a
/// price for prime hours alone costs nothing outside them.
pub(crate) fn rate_cents(court: &Court, horizon: &Horizon, slot: &Interval) -> Option<u64> {
    let prime = court.peak_price_cents.or(court.price_per_slot_cents)?;
    let ordinary = court.price_per_slot_cents.unwrap_or(0);
    let slot_millis = u128::from(horizon.slot_millis_at(slot.start)?.unsigned_abs().max(1));
    let prime_millis = u128::from(horizon.prime_millis(slot).unsigned_abs());
    let all = u128::from(slot.millis().unsigned_abs());
    let cents = (u128::from(ordinary) * (all - prime_millis) + u128::from(prime) * prime_millis) / slot_millis;
    u64::try_from(cents).ok()
}

/// What `slot` costs in credits: nothing where it costs no money either.
pub(crate) fn credits(settings: &Settings, court: &Court, horizon: &Horizon, slot: &Interval) -> u32 {
    if rate_cents(court, horizon, slot).unwrap_or(0) == 0 { 0 } else { credits_of_priced(settings, slot) }
}

/// What a slot that costs money costs in credits instead: one for each slot that it begins.
pub(crate) fn credits_of_priced(settings: &Settings, slot: &Interval) -> u32 {
    let slot_millis = i64::from(settings.slot_minutes.max(1)) * MINUTE_MILLIS;
    u32::try_from(slot.millis().max(0) / slot_millis + i64::from(slot.millis() % slot_millis != 0)).unwrap_or(u32::MAX)
}
