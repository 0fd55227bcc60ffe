//! A facility as clients read it.

use std::collections::BTreeMap;

use machine::{FacilityId, Settings};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::FacilityStatus;
use super::openings::{self, ExceptionBody, HoursBody, PeakBody};
use super::policies::{CancellationBody, LimitsBody, NoShowBody};

/// A facility as it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Facility)]
pub(crate) struct FacilityView {
    id: String,
    name: String,
    slug: String,
    chain: Option<String>,
    timezone: String,
    status: FacilityStatus,
    opening_hours: BTreeMap<&'static str, Vec<HoursBody>>,
    opening_exceptions: Vec<ExceptionBody>,
    slot_minutes: u32,
    min_duration_minutes: u32,
    max_duration_minutes: u32,
    buffer_minutes: u32,
    advance_booking_days: u32,
    hold_seconds: u32,
    offer_minutes: u32,
    check_in_minutes_before: u32,
    reminder_minutes_before: Vec<u32>,
    cancellation: CancellationBody,
    no_show: NoShowBody,
    limits: LimitsBody,
    peak_hours: Vec<PeakBody>,
    currency: String,
    email: Option<String>,
    phone: Option<String>,
    address: Option<String>,
    version: u64,
}

impl FacilityView {
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// A facility as clients read it.
    pub(crate) fn of(id: &FacilityId, settings: &Settings) -> Self {
        Self {
            id: id.to_string(),
            name: settings.name.clone(),
            slug: settings.slug.clone(),
            chain: settings.chain.clone(),
            timezone: settings.timezone.clone(),
            status: if settings.active { FacilityStatus::Active } else { FacilityStatus::Inactive },
            opening_hours: openings::week_body(&settings.opening_hours),
            opening_exceptions: settings.opening_exceptions.iter().map(ExceptionBody::of).collect(),
            slot_minutes: settings.slot_minutes,
            min_duration_minutes: settings.min_duration_minutes,
            max_duration_minutes: settings.max_duration_minutes,
            buffer_minutes: settings.buffer_minutes,
            advance_booking_days: settings.advance_booking_days,
            hold_seconds: settings.hold_seconds,
            offer_minutes: settings.offer_minutes,
            check_in_minutes_before: settings.check_in_minutes_before,
            reminder_minutes_before: settings.reminder_minutes_before.clone(),
            cancellation: CancellationBody {
                hours: Some(settings.cancellation.hours),
                fee_cents: Some(settings.cancellation.fee_cents),
                penalty_credits: Some(settings.cancellation.penalty_credits),
            },
            no_show: NoShowBody {
                penalty_credits: Some(settings.no_show.penalty_credits),
                grace_minutes: settings.no_show.grace_minutes,
                suspend_after: settings.no_show.suspend_after,
                suspend_days: Some(settings.no_show.suspend_days),
            },
            limits: LimitsBody {
                max_active_reservations: Some(settings.limits.max_active_reservations),
                max_per_day: Some(settings.limits.max_per_day),
                max_holds: Some(settings.limits.max_holds),
            },
            peak_hours: settings.peak_hours.iter().map(PeakBody::of).collect(),
            currency: settings.currency.clone(),
            email: settings.email.clone(),
            phone: settings.phone.clone(),
            address: settings.address.clone(),
            version: settings.version,
        }
    }
}
