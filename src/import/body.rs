//! Reservations and lines of logs as bodies of the public interface.

use machine::{ImportReservation, Instant, LogLine, Logged};
use serde_json::{Map, Value, json};

use crate::http::reservations::StatusWord;
use crate::original::court_time;

/// A reservation with everything that was known of it.
pub(super) fn reservation(import: &ImportReservation) -> Value {
    let elsewhere = &import.elsewhere;
    let body = json!({
        "id": import.reservation_id.as_str(),
        "courtId": import.court_id.as_str(),
        "memberId": import.member_id.as_str(),
        "startTime": time(import.slot.start),
        "endTime": time(import.slot.end),
        "status": StatusWord::of(elsewhere.status),
        "createdAt": elsewhere.created_at.map(time),
        "confirmedAt": import.confirmed_at.map(time),
        "checkedInAt": elsewhere.checked_in_at.map(time),
        "endedAt": elsewhere.ended_at.map(time),
        "cancellationReason": elsewhere.cancellation_reason,
        "bookingType": import.booking_type,
        "source": import.source,
        "notes": import.notes,
        "participants": elsewhere.participants,
        "paymentStatus": elsewhere.payment.word(),
        "rateCents": elsewhere.rate_cents,
        "creditsPaid": elsewhere.credits_paid,
        "paymentId": elsewhere.payment_id,
        "log": elsewhere.log.iter().map(line).collect::<Value>(),
    });
    without_nulls(body)
}

/// A line of a log.
pub(super) fn line(line: &LogLine) -> Value {
    let mut body = json!({"id": line.id.as_str(), "at": time(line.at), "note": line.note});
    match &line.what {
        Logged::Cancellation { notice_millis, penalty_credits } => {
            body["log"] = "cancellation".into();
            body["noticeMinutes"] = notice_millis.map(|millis| millis / 60_000).into();
            body["penaltyCredits"] = (*penalty_credits).into();
        }
        Logged::NoShow { penalty_credits } => {
            body["log"] = "no_show".into();
            body["penaltyCredits"] = (*penalty_credits).into();
        }
        Logged::Notification { kind, medium, minutes_before } => {
            body["log"] = "notification".into();
            body["type"] = kind.as_str().into();
            body["medium"] = medium.as_deref().into();
            body["minutesBefore"] = (*minutes_before).into();
        }
    }
    without_nulls(body)
}

fn time(at: Instant) -> String {
    court_time::write(at.0)
}

/// What is not known is left out.
fn without_nulls(body: Value) -> Value {
    let Value::Object(fields) = body else { return body };
    fields.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>().into()
}
