//! A facility as clients write it, and the machine's settings that come of it.

use std::collections::BTreeMap;

use machine::Settings;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::openings::{self, ExceptionBody, HoursBody, PeakBody};
use super::policies::{self, CancellationBody, LimitsBody, NoShowBody};
use crate::calendar;
use crate::http::check::{Check, Text};

/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 200;
/// The longest booking window: every day of it is in the calendar of the replicated state.
const ADVANCE_DAYS_MAX: u32 = 366;
const DAY_MINUTES: u32 = 1440;
/// A facility to be made. Only `name` and `timezone` are required.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NewFacility)]
pub(crate) struct FacilityBody<'a> {
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    pub(crate) id: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = String, example = "The Stack")]
    pub(crate) name: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    pub(crate) slug: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    chain: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = String, example = "America/Los_Angeles")]
    timezone: Option<Text<'a>>,
    status: Option<FacilityStatus>,
    /// Openings per weekday, `mon` to `sun`; one left out is closed.
    opening_hours: Option<BTreeMap<String, Option<Vec<HoursBody>>>>,
    /// Every day from this time on, as the original had it.
    opening_time: Option<String>,
    /// Every day until this time, as the original had it.
    closing_time: Option<String>,
    opening_exceptions: Option<Vec<ExceptionBody>>,
    slot_minutes: Option<u32>,
    min_duration_minutes: Option<u32>,
    max_duration_minutes: Option<u32>,
    buffer_minutes: Option<u32>,
    advance_booking_days: Option<u32>,
    hold_seconds: Option<u32>,
    offer_minutes: Option<u32>,
    check_in_minutes_before: Option<u32>,
    pub(super) reminder_minutes_before: Option<Vec<u32>>,
    pub(super) cancellation: Option<CancellationBody>,
    pub(super) no_show: Option<NoShowBody>,
    pub(super) limits: Option<LimitsBody>,
    peak_hours: Option<Vec<PeakBody>>,
    currency: Option<String>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    email: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    phone: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    address: Option<Text<'a>>,
    /// The same three in an object of their own.
    #[serde(borrow)]
    #[schema(value_type = Option<ContactBody<'static>>)]
    contact: Option<ContactBody<'a>>,
}

/// How people reach the club.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct ContactBody<'a> {
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    email: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    phone: Option<Text<'a>>,
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    address: Option<Text<'a>>,
}

/// Whether a facility takes bookings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FacilityStatus {
    Active,
    Inactive,
}

impl FacilityBody<'_> {
    /// The settings that the body asks for, on top of the defaults; wrong places are noted.
    pub(crate) fn settings(&self, check: &mut Check, slug: &str) -> Settings {
        let name = check.required_text("/name", self.name.as_ref(), NAME_CHARS_MAX);
        let zone = check.required_text("/timezone", self.timezone.as_ref(), NAME_CHARS_MAX);
        if self.timezone.is_some() && calendar::zone(&zone).is_none() {
            check.wrong("/timezone", "must be an IANA time zone such as America/Los_Angeles");
        }
        let mut settings = Settings::new(&name, slug, &zone);
        settings.chain = check.text("/chain", self.chain.as_ref(), NAME_CHARS_MAX);
        settings.active = self.status != Some(FacilityStatus::Inactive);
        self.openings(check, &mut settings);
        self.numbers(check, &mut settings);
        policies::take(check, self, &mut settings);
        self.contact(check, &mut settings);
        settings
    }

    fn openings(&self, check: &mut Check, settings: &mut Settings) {
        if self.opening_time.is_some() || self.closing_time.is_some() {
            let open = self.opening_time.as_deref().unwrap_or("06:00");
            let close = self.closing_time.as_deref().unwrap_or("22:00");
            settings.opening_hours = openings::daily(check, open, close);
        }
        if let Some(week) = &self.opening_hours {
            settings.opening_hours = openings::week(check, week);
        }
        settings.opening_exceptions =
            openings::exceptions(check, self.opening_exceptions.as_deref().unwrap_or_default());
        settings.peak_hours = openings::peaks(check, self.peak_hours.as_deref().unwrap_or_default());
    }

    fn numbers(&self, check: &mut Check, settings: &mut Settings) {
        let mut take = |pointer: &str, given: Option<u32>, min: u32, max: u32, into: &mut u32| {
            *into = check.number(pointer, given, min, max).unwrap_or(*into);
        };
        take("/slotMinutes", self.slot_minutes, 1, DAY_MINUTES, &mut settings.slot_minutes);
        let slot = settings.slot_minutes;
        if self.slot_minutes.is_some() {
            (settings.min_duration_minutes, settings.max_duration_minutes) = (slot, slot.saturating_mul(2));
        }
        take("/minDurationMinutes", self.min_duration_minutes, 1, DAY_MINUTES, &mut settings.min_duration_minutes);
        let (min, longest) = (settings.min_duration_minutes, DAY_MINUTES * 2);
        settings.max_duration_minutes = settings.max_duration_minutes.max(min);
        take("/maxDurationMinutes", self.max_duration_minutes, min, longest, &mut settings.max_duration_minutes);
        take("/bufferMinutes", self.buffer_minutes, 0, DAY_MINUTES, &mut settings.buffer_minutes);
        take("/advanceBookingDays", self.advance_booking_days, 1, ADVANCE_DAYS_MAX, &mut settings.advance_booking_days);
        take("/holdSeconds", self.hold_seconds, 1, 3600, &mut settings.hold_seconds);
        take("/offerMinutes", self.offer_minutes, 5, DAY_MINUTES, &mut settings.offer_minutes);
        let check_in = &mut settings.check_in_minutes_before;
        take("/checkInMinutesBefore", self.check_in_minutes_before, 0, DAY_MINUTES, check_in);
        if settings.max_duration_minutes < slot {
            check.wrong("/maxDurationMinutes", "must be at least slotMinutes");
        }
    }

    fn contact(&self, check: &mut Check, settings: &mut Settings) {
        if let Some(currency) = &self.currency {
            settings.currency.clone_from(currency);
            if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
                check.wrong("/currency", "must be an ISO 4217 code such as USD");
            }
        }
        let contact = self.contact.as_ref();
        let mut take = |pointer: &str, own: Option<&Text<'_>>, inner: Option<&Text<'_>>| {
            check.text(pointer, own.or(inner), NAME_CHARS_MAX)
        };
        settings.email = take("/email", self.email.as_ref(), contact.and_then(|contact| contact.email.as_ref()));
        settings.phone = take("/phone", self.phone.as_ref(), contact.and_then(|contact| contact.phone.as_ref()));
        settings.address =
            take("/address", self.address.as_ref(), contact.and_then(|contact| contact.address.as_ref()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::view::FacilityView;
    use super::*;
    use machine::{FacilityId, LocalHours};

    fn settings(body: &str) -> Result<Settings, Vec<String>> {
        let body: FacilityBody<'_> = serde_json::from_str(body).unwrap();
        let mut check = Check::default();
        let settings = body.settings(&mut check, "club");
        check
            .finish(Some(settings))
            .map_err(|problem| problem.facts().errors.iter().map(|error| error.pointer.clone()).collect())
    }

    #[test]
    fn a_name_and_a_zone_are_enough() {
        let made = settings(r#"{"name":"Club","timezone":"Europe/London"}"#).unwrap();
        assert_eq!(made, Settings::new("Club", "club", "Europe/London"));
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let made = settings(
            r#"{"name":"Club","timezone":"Europe/London","openingHours":{"mon":[{"open":"18:00","close":"02:00"}],
            "tue":[{"open":"00:00","close":"24:00"}]},"openingExceptions":[{"date":"2026-12-25","hours":[]}],
            "limits":{"maxActiveReservations":null,"maxHolds":5},"slotMinutes":30}"#,
        );
        let view =
            serde_json::to_value(FacilityView::of(&FacilityId::parse("fac_1").unwrap(), &made.unwrap())).unwrap();
        assert_eq!(view["openingHours"]["mon"], serde_json::json!([{"open": "18:00", "close": "02:00"}]));
        assert_eq!(view["openingHours"]["tue"], serde_json::json!([{"open": "00:00", "close": "24:00"}]));
        assert_eq!(view["openingHours"]["wed"], serde_json::json!([]));
        assert_eq!(view["openingExceptions"], serde_json::json!([{"date": "2026-12-25", "hours": []}]));
        assert_eq!(
            view["limits"],
            serde_json::json!({"maxActiveReservations": null, "maxPerDay": null, "maxHolds": 5})
        );
        assert_eq!((&view["minDurationMinutes"], &view["maxDurationMinutes"]), (&30.into(), &60.into()));
    }

    #[test]
    fn the_originals_opening_and_closing_time_mean_every_day() {
        let made = settings(r#"{"name":"C","timezone":"Europe/London","openingTime":"08:00","closingTime":"20:00"}"#);
        assert_eq!(made.unwrap().opening_hours[6], vec![LocalHours { open: 480, close: 1200 }]);
    }

    #[test]
    fn every_wrong_place_is_named() {
        let wrong = settings(
            r#"{"name":"","timezone":"Mars/Base","openingHours":{"monday":[],"tue":[{"open":"25:00","close":"26:00"}]},
            "holdSeconds":0,"currency":"usd","openingExceptions":[{"date":"soon","hours":[]}]}"#,
        );
        let places = ["/name", "/timezone", "/openingHours/monday", "/openingHours/tue/0", "/openingExceptions/0/date"];
        assert_eq!(wrong.unwrap_err(), [&places[..], &["/holdSeconds", "/currency"]].concat());
    }
}
