//! Records of a club as the API takes and gives them.

use chrono::{DateTime, SecondsFormat};
use machine::{Court, Instant, LocalHours, Member, MemberStatus, Settings};
use serde_json::{Value, json};

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A facility with all its settings said.
pub fn facility(id: &str, settings: &Settings) -> Value {
    let hours = |hours: &[LocalHours]| -> Value { hours.iter().map(|one| opening(*one, "open", "close")).collect() };
    let week: Value = WEEKDAYS.iter().zip(&settings.opening_hours).map(|(day, open)| (*day, hours(open))).collect();
    let exceptions = settings.opening_exceptions.iter();
    let exceptions: Value =
        exceptions.map(|(date, open)| json!({"date": date.to_string(), "hours": hours(open)})).collect();
    let peak = settings.peak_hours.iter().map(|peak| {
        let mut body = opening(peak.hours, "from", "to");
        body["days"] = peak.days.iter().map(|day| WEEKDAYS[usize::from(*day)]).collect();
        body
    });
    let (cancel, no_show, limits) = (settings.cancellation, settings.no_show, settings.limits);
    json!({
        "id": id, "name": settings.name, "slug": settings.slug, "timezone": settings.timezone,
        "status": if settings.active { "active" } else { "inactive" },
        "openingHours": week, "openingExceptions": exceptions, "peakHours": peak.collect::<Value>(),
        "slotMinutes": settings.slot_minutes, "minDurationMinutes": settings.min_duration_minutes,
        "maxDurationMinutes": settings.max_duration_minutes, "bufferMinutes": settings.buffer_minutes,
        "advanceBookingDays": settings.advance_booking_days, "holdSeconds": settings.hold_seconds,
        "offerMinutes": settings.offer_minutes, "checkInMinutesBefore": settings.check_in_minutes_before,
        "cancellation": {"hours": cancel.hours, "feeCents": cancel.fee_cents, "penaltyCredits": cancel.penalty_credits},
        "reminderMinutesBefore": settings.reminder_minutes_before,
        "noShow": {"penaltyCredits": no_show.penalty_credits, "graceMinutes": no_show.grace_minutes,
                   "suspendAfter": no_show.suspend_after, "suspendDays": no_show.suspend_days},
        "limits": {"maxActiveReservations": limits.max_active_reservations, "maxPerDay": limits.max_per_day,
                   "maxHolds": limits.max_holds},
    })
}

/// A court.
pub fn court(court: &Court) -> Value {
    json!({
        "id": court.id.as_str(), "name": court.name, "courtType": court.court_type, "active": court.active,
        "sortOrder": court.sort_order, "pricePerSlotCents": court.price_per_slot_cents,
        "peakPriceCents": court.peak_price_cents,
    })
}

/// A member.
pub fn member(member: &Member) -> Value {
    json!({
        "id": member.id.as_str(), "name": member.name, "email": member.email, "phone": member.phone, "status": status(member.status),
        "membershipExpiresAt": member.membership_expires_at.map(time),
        "suspendedUntil": member.suspended_until.map(time), "creditsBalance": member.credits_balance,
        "preferences": preferences(member.preferences.notification_email, member.preferences.notification_sms),
        "limits": {"maxActiveReservations": member.max_active_reservations,
                   "advanceBookingDays": member.advance_booking_days},
    })
}

/// How a member wants to be told.
pub fn preferences(email: bool, text: bool) -> Value {
    json!({"notificationEmail": email, "notificationSms": text})
}

/// The API's word for whether a member may book.
pub fn status(status: MemberStatus) -> &'static str {
    match status {
        MemberStatus::Active => "active",
        MemberStatus::Suspended => "suspended",
        MemberStatus::Inactive => "inactive",
        MemberStatus::Erased => "erased",
    }
}

/// An instant as clients write it.
pub fn time(at: Instant) -> String {
    let at = DateTime::from_timestamp_millis(at.0).expect("an instant of these centuries");
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// An instant of an answer.
pub fn instant(value: &Value) -> Option<Instant> {
    let text = value.as_str()?;
    DateTime::parse_from_rfc3339(text).ok().map(|at| Instant(at.timestamp_millis()))
}

fn opening(hours: LocalHours, open: &str, close: &str) -> Value {
    let text = |minutes: u16| match minutes {
        0..=1440 => format!("{:02}:{:02}", minutes / 60, minutes % 60),
        past => format!("{:02}:{:02}", past / 60 - 24, past % 60),
    };
    json!({open: text(hours.open), close: text(hours.close)})
}
