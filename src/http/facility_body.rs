//! A facility as clients write and read it, and back and forth to the machine's settings.

use std::collections::BTreeMap;

use machine::{CancellationPolicy, FacilityId, LocalHours, NoShowPolicy, PeakHours, Settings};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::check::{Check, Text};
use crate::calendar;
use crate::time::{clock_text, parse_clock, parse_date};

/// Weekdays in the order of the settings.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
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
    chain: Option<String>,
    #[serde(borrow)]
    #[schema(value_type = String, example = "America/Los_Angeles")]
    timezone: Option<Text<'a>>,
    status: Option<FacilityStatus>,
    /// Openings per weekday, `mon` to `sun`; one left out is closed.
    opening_hours: Option<BTreeMap<String, Vec<HoursBody>>>,
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
    reminder_minutes_before: Option<Vec<u32>>,
    cancellation: Option<CancellationBody>,
    no_show: Option<NoShowBody>,
    limits: Option<LimitsBody>,
    peak_hours: Option<Vec<PeakBody>>,
    currency: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    address: Option<String>,
}

/// Whether a facility takes bookings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FacilityStatus {
    Active,
    Inactive,
}

/// One opening, `HH:MM`; `close` may be `24:00` or pass midnight.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct HoursBody {
    open: String,
    close: String,
}

/// The openings of one date; an empty list is closed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExceptionBody {
    date: String,
    hours: Vec<HoursBody>,
}

/// What a late cancellation costs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CancellationBody {
    hours: Option<u32>,
    fee_cents: Option<u32>,
    penalty_credits: Option<u32>,
}

/// What staying away costs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NoShowBody {
    penalty_credits: Option<u32>,
    grace_minutes: Option<u32>,
    suspend_after: Option<u32>,
    suspend_days: Option<u32>,
}

/// How much a member may hold at a time; null is no limit.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LimitsBody {
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    max_active_reservations: Option<Option<u32>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    max_per_day: Option<Option<u32>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    max_holds: Option<Option<u32>>,
}

/// Hours that cost more.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PeakBody {
    days: Vec<String>,
    from: String,
    to: String,
}

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

impl FacilityBody<'_> {
    /// The settings that the body asks for, on top of the defaults; wrong places are noted.
    pub(crate) fn settings(&self, check: &mut Check, slug: &str) -> Settings {
        let name = check.required_text("/name", self.name.as_ref(), NAME_CHARS_MAX);
        let zone = check.required_text("/timezone", self.timezone.as_ref(), NAME_CHARS_MAX);
        if self.timezone.is_some() && calendar::zone(&zone).is_none() {
            check.wrong("/timezone", "must be an IANA time zone such as America/Los_Angeles");
        }
        let mut settings = Settings::new(&name, slug, &zone);
        settings.chain.clone_from(&self.chain);
        settings.active = self.status != Some(FacilityStatus::Inactive);
        self.hours(check, &mut settings);
        self.numbers(check, &mut settings);
        self.policies(check, &mut settings);
        self.contact(check, &mut settings);
        settings
    }

    fn hours(&self, check: &mut Check, settings: &mut Settings) {
        if self.opening_time.is_some() || self.closing_time.is_some() {
            let open = self.opening_time.clone().unwrap_or_else(|| "06:00".to_owned());
            let close = self.closing_time.clone().unwrap_or_else(|| "22:00".to_owned());
            let daily = local_hours(check, "/openingTime", &open, &close);
            settings.opening_hours = std::array::from_fn(|_| daily.into_iter().collect());
        }
        if let Some(week) = &self.opening_hours {
            settings.opening_hours = std::array::from_fn(|_| Vec::new());
            for (weekday, openings) in week {
                let pointer = format!("/openingHours/{weekday}");
                match WEEKDAYS.iter().position(|known| known == weekday) {
                    Some(at) => settings.opening_hours[at] = openings_of(check, &pointer, openings),
                    None => check.wrong(pointer, "must be one of mon tue wed thu fri sat sun"),
                }
            }
        }
        for (at, exception) in self.opening_exceptions.iter().flatten().enumerate() {
            let pointer = format!("/openingExceptions/{at}");
            let hours = openings_of(check, &format!("{pointer}/hours"), &exception.hours);
            match parse_date(&exception.date) {
                Some(date) => drop(settings.opening_exceptions.insert(date, hours)),
                None => check.wrong(format!("{pointer}/date"), "must be a date, YYYY-MM-DD"),
            }
        }
        for (at, peak) in self.peak_hours.iter().flatten().enumerate() {
            let pointer = format!("/peakHours/{at}");
            let index = |day: &String| WEEKDAYS.iter().position(|known| known == day);
            let days: Vec<u8> = peak.days.iter().filter_map(index).filter_map(|day| u8::try_from(day).ok()).collect();
            if days.len() != peak.days.len() {
                check.wrong(format!("{pointer}/days"), "must be of mon tue wed thu fri sat sun");
            }
            let hours = local_hours(check, &pointer, &peak.from, &peak.to);
            settings.peak_hours.extend(hours.map(|hours| PeakHours { days, hours }));
        }
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

    fn policies(&self, check: &mut Check, settings: &mut Settings) {
        if let Some(reminders) = &self.reminder_minutes_before {
            settings.reminder_minutes_before.clone_from(reminders);
            if reminders.len() > 5 {
                check.wrong("/reminderMinutesBefore", "must be at most 5 numbers");
            }
        }
        if let Some(given) = &self.cancellation {
            let default = settings.cancellation;
            settings.cancellation = CancellationPolicy {
                hours: check.number("/cancellation/hours", given.hours, 0, 8760).unwrap_or(default.hours),
                fee_cents: given.fee_cents.unwrap_or(default.fee_cents),
                penalty_credits: given.penalty_credits.unwrap_or(default.penalty_credits),
            };
        }
        if let Some(given) = &self.no_show {
            settings.no_show = NoShowPolicy {
                penalty_credits: given.penalty_credits.unwrap_or(settings.no_show.penalty_credits),
                grace_minutes: given.grace_minutes,
                suspend_after: given.suspend_after,
                suspend_days: given.suspend_days.unwrap_or(settings.no_show.suspend_days),
            };
        }
        if let Some(given) = &self.limits {
            let limits = &mut settings.limits;
            limits.max_active_reservations = given.max_active_reservations.unwrap_or(limits.max_active_reservations);
            limits.max_per_day = given.max_per_day.unwrap_or(limits.max_per_day);
            limits.max_holds = given.max_holds.unwrap_or(limits.max_holds);
        }
    }

    fn contact(&self, check: &mut Check, settings: &mut Settings) {
        if let Some(currency) = &self.currency {
            settings.currency.clone_from(currency);
            if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
                check.wrong("/currency", "must be an ISO 4217 code such as USD");
            }
        }
        settings.email.clone_from(&self.email);
        settings.phone.clone_from(&self.phone);
        settings.address.clone_from(&self.address);
    }
}

impl FacilityView {
    /// A facility as clients read it.
    pub(crate) fn of(id: &FacilityId, settings: &Settings) -> Self {
        let week = WEEKDAYS.iter().zip(&settings.opening_hours);
        let peak = |peak: &PeakHours| PeakBody {
            days: peak.days.iter().filter_map(|day| WEEKDAYS.get(usize::from(*day))).map(ToString::to_string).collect(),
            from: clock_text(peak.hours.open),
            to: clock_text(peak.hours.close),
        };
        let exceptions = settings.opening_exceptions.iter();
        Self {
            id: id.to_string(),
            name: settings.name.clone(),
            slug: settings.slug.clone(),
            chain: settings.chain.clone(),
            timezone: settings.timezone.clone(),
            status: if settings.active { FacilityStatus::Active } else { FacilityStatus::Inactive },
            opening_hours: week.map(|(weekday, hours)| (*weekday, bodies(hours))).collect(),
            opening_exceptions: exceptions
                .map(|(date, hours)| ExceptionBody { date: date.to_string(), hours: bodies(hours) })
                .collect(),
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
            peak_hours: settings.peak_hours.iter().map(peak).collect(),
            currency: settings.currency.clone(),
            email: settings.email.clone(),
            phone: settings.phone.clone(),
            address: settings.address.clone(),
            version: settings.version,
        }
    }
}

fn openings_of(check: &mut Check, pointer: &str, openings: &[HoursBody]) -> Vec<LocalHours> {
    let opening =
        |(at, hours): (usize, &HoursBody)| local_hours(check, &format!("{pointer}/{at}"), &hours.open, &hours.close);
    openings.iter().enumerate().filter_map(opening).collect()
}

/// A close that is not after the open is one of the next day.
fn local_hours(check: &mut Check, pointer: &str, open: &str, close: &str) -> Option<LocalHours> {
    match (parse_clock(open).filter(|open| *open < 1440), parse_clock(close)) {
        (Some(open), Some(close)) if open < close => Some(LocalHours { open, close }),
        (Some(open), Some(close)) if close < open => Some(LocalHours { open, close: close + 1440 }),
        _ => {
            check.wrong(pointer, "must be two different times, HH:MM");
            None
        }
    }
}

fn bodies(hours: &[LocalHours]) -> Vec<HoursBody> {
    hours.iter().map(|hours| HoursBody { open: clock_text(hours.open), close: clock_text(hours.close) }).collect()
}

/// Tells `null` from a field that is left out.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::<u32>::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

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
