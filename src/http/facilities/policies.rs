//! What a club asks of its members: reminders, the price of calling off and of staying away, limits.

use machine::{CancellationPolicy, NoShowPolicy, Settings};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::FacilityBody;
use crate::http::check::Check;

const DAY_MINUTES: u32 = 1440;
/// Reminders of one reservation.
const REMINDERS_MAX: usize = 5;
/// The earliest reminder: four weeks before.
const REMINDER_MINUTES_MAX: u32 = 28 * DAY_MINUTES;
/// The longest suspension, in days.
const SUSPEND_DAYS_MAX: u32 = 3660;

/// What a late cancellation costs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CancellationBody {
    pub(super) hours: Option<u32>,
    pub(super) fee_cents: Option<u32>,
    pub(super) penalty_credits: Option<u32>,
}

/// What staying away costs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NoShowBody {
    pub(super) penalty_credits: Option<u32>,
    pub(super) grace_minutes: Option<u32>,
    pub(super) suspend_after: Option<u32>,
    pub(super) suspend_days: Option<u32>,
}

/// How much a member may hold at a time; null is no limit.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LimitsBody {
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    pub(super) max_active_reservations: Option<Option<u32>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    pub(super) max_per_day: Option<Option<u32>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    pub(super) max_holds: Option<Option<u32>>,
}

/// Takes what the body says of them; wrong places are noted.
pub(super) fn take(check: &mut Check, body: &FacilityBody<'_>, settings: &mut Settings) {
    if let Some(reminders) = &body.reminder_minutes_before {
        settings.reminder_minutes_before.clone_from(reminders);
        if reminders.len() > REMINDERS_MAX {
            check.wrong("/reminderMinutesBefore", format!("must be at most {REMINDERS_MAX} numbers"));
        }
        for (at, minutes) in reminders.iter().enumerate() {
            check.number(&format!("/reminderMinutesBefore/{at}"), Some(*minutes), 1, REMINDER_MINUTES_MAX);
        }
    }
    if let Some(given) = &body.cancellation {
        let default = settings.cancellation;
        settings.cancellation = CancellationPolicy {
            hours: check.number("/cancellation/hours", given.hours, 0, 8760).unwrap_or(default.hours),
            fee_cents: given.fee_cents.unwrap_or(default.fee_cents),
            penalty_credits: given.penalty_credits.unwrap_or(default.penalty_credits),
        };
    }
    if let Some(given) = &body.no_show {
        settings.no_show = NoShowPolicy {
            penalty_credits: given.penalty_credits.unwrap_or(settings.no_show.penalty_credits),
            grace_minutes: check.number("/noShow/graceMinutes", given.grace_minutes, 1, DAY_MINUTES),
            suspend_after: check.number("/noShow/suspendAfter", given.suspend_after, 1, u32::MAX),
            suspend_days: check
                .number("/noShow/suspendDays", given.suspend_days, 1, SUSPEND_DAYS_MAX)
                .unwrap_or(settings.no_show.suspend_days),
        };
    }
    if let Some(given) = &body.limits {
        let limits = &mut settings.limits;
        limits.max_active_reservations = given.max_active_reservations.unwrap_or(limits.max_active_reservations);
        limits.max_per_day = given.max_per_day.unwrap_or(limits.max_per_day);
        limits.max_holds = given.max_holds.unwrap_or(limits.max_holds);
    }
}

/// Tells `null` from a field that is left out.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::<u32>::deserialize(deserializer).map(Some)
}
