//! May somebody have a court: every rule asked, those that staff set aside left out.
//!
//! Every command that makes or moves a claim asks here, and the explanation looks at the same attempt.

use super::{Attempt, Override, SlotRequest, Verdict, override_rules, warnings};
use crate::view::View;
use crate::{Actor, Facility, Instant, Rejection, Rule, Warning};

/// What a wish that is granted comes with.
pub(crate) struct Granted {
    /// The rules that were set aside.
    pub(crate) overridden: Vec<Rule>,
    /// What the slot costs.
    pub(crate) rate_cents: Option<u64>,
    /// What the booker should know.
    pub(crate) warnings: Vec<Warning>,
}

/// Grants a wish, or says everything that is in the way.
pub(crate) fn grant(
    view: &View<'_>,
    actor: &Actor,
    wish: SlotRequest<'_>,
    overrides: Option<&Override>,
) -> Result<Granted, Rejection> {
    let attempt = Attempt::new(*view, wish)?;
    overrides.map_or(Ok(()), |overrides| overrides.must_be_allowed(actor))?;
    let overridden = override_rules::set_aside(attempt.violations(), overrides, view, &attempt.slot)?;
    let rate_cents = crate::price::rate_cents(attempt.court, &view.facility().horizon, &attempt.slot);
    Ok(Granted { overridden, rate_cents, warnings: warnings::of(&attempt) })
}

/// How an attempt stands to every rule at `now`, and what its booker should know: the answer to "why
/// not". It changes nothing, and is decided by the checks that decide bookings.
pub fn explain(
    facility: &Facility,
    now: Instant,
    wish: SlotRequest<'_>,
) -> Result<(Vec<Verdict>, Vec<Warning>), Rejection> {
    crate::apply::settled(facility, now, |view| {
        let attempt = Attempt::new(view, wish)?;
        Ok((attempt.verdicts(), warnings::of(&attempt)))
    })
}
