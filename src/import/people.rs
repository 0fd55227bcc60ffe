//! Facilities, courts and members of the original as bodies of the public interface.
//!
//! Values go over as they are: an odd phone number is the club's phone number. What the original
//! counted in other units is converted; what the interface has no place for (payment accounts,
//! identity provider ids) stays behind.

use chrono_tz::Tz;
use machine::{CourtId, FacilityId, MemberId};
use serde_json::{Map, Value, json};

use crate::original::{Record, Refusal, court_time};

/// Weekdays as the interface spells them; the original had one opening for all of them.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The longest reservation in minutes unless the slot does not divide it: the original's.
const DURATION_MINUTES_MAX: i64 = 120;

/// What a court may be for, in the interface's words.
const COURT_TYPES: [&str; 7] = ["pickleball", "tennis", "padel", "squash", "badminton", "basketball", "racquetball"];

/// Something to create, with the body that creates it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) body: Value,
}

/// A facility and the zone its local dates are in.
pub(super) fn facility(row: &Record) -> Result<(Item, Tz), Refusal> {
    let id = row.text("id").unwrap_or_default();
    if FacilityId::parse(&id).is_err() {
        return Err(Refusal::new(&id, "bad_id", "not an id that can be kept"));
    }
    let zone = row.text("timezone").unwrap_or_default();
    let Ok(tz) = zone.parse::<Tz>() else {
        return Err(Refusal::new(&id, "bad_time_zone", format!("there is no time zone {zone:?}")));
    };
    let mut body = Map::new();
    body.insert("id".into(), json!(id));
    body.insert("timezone".into(), json!(zone));
    copy(
        row,
        &mut body,
        &[("name", "name"), ("slug", "slug"), ("email", "email"), ("phone", "phone"), ("address", "address")],
    );
    body.insert("status".into(), json!(row.words("status").unwrap_or_else(|| "active".into())));
    hours(row, &mut body);
    durations(row, &mut body);
    copy_int(row, &mut body, &[("advance_booking_days", "advanceBookingDays")]);
    body.insert(
        "cancellation".into(),
        ints(row, &[("cancellation_hours", "hours"), ("cancellation_fee_cents", "feeCents")]),
    );
    body.insert("noShow".into(), ints(row, &[("no_show_penalty_credits", "penaltyCredits")]));
    Ok((Item { id, body: body.into() }, tz))
}

/// A court.
pub(super) fn court(row: &Record) -> Result<Item, Refusal> {
    let id = row.text("id").unwrap_or_default();
    if CourtId::parse(&id).is_err() {
        return Err(Refusal::new(&id, "bad_id", "not an id that can be kept"));
    }
    let kind = row.words("court_type").unwrap_or_default();
    if !COURT_TYPES.contains(&kind.as_str()) {
        return Err(Refusal::new(&id, "unknown_court_type", format!("nobody plays {kind:?} here")));
    }
    let mut body = Map::new();
    body.insert("id".into(), json!(id));
    copy(row, &mut body, &[("name", "name"), ("court_type", "courtType"), ("surface_type", "surfaceType")]);
    body.insert("active".into(), json!(row.int("is_active") != Some(0)));
    let numbers = [
        ("sort_order", "sortOrder"),
        ("price_per_slot_cents", "pricePerSlotCents"),
        ("peak_price_cents", "peakPriceCents"),
    ];
    copy_int(row, &mut body, &numbers);
    Ok(Item { id, body: body.into() })
}

/// A member.
pub(super) fn member(row: &Record) -> Result<Item, Refusal> {
    let id = row.text("id").unwrap_or_default();
    if MemberId::parse(&id).is_err() {
        return Err(Refusal::new(&id, "bad_id", "not an id that can be kept"));
    }
    let mut body = Map::new();
    body.insert("id".into(), json!(id));
    copy(
        row,
        &mut body,
        &[("name", "name"), ("email", "email"), ("phone", "phone"), ("membership_type", "membershipType")],
    );
    if let Some(text) = row.words("membership_expires_at") {
        let (at, _) = court_time::read(&text)
            .map_err(|error| Refusal::new(&id, "bad_time", format!("membership_expires_at {text:?} is {error}")))?;
        body.insert("membershipExpiresAt".into(), json!(court_time::write(at)));
    }
    body.insert("status".into(), json!(row.words("status").unwrap_or_else(|| "active".into())));
    body.insert("limits".into(), limits(row));
    body.insert("preferences".into(), preferences(&id, row)?);
    let counts =
        [("credits_balance", "creditsBalance"), ("no_show_count", "noShowCount"), ("total_bookings", "totalBookings")];
    copy_int(row, &mut body, &counts);
    Ok(Item { id, body: body.into() })
}

/// One opening for all seven days; none where the original named none, so that its default holds.
fn hours(row: &Record, body: &mut Map<String, Value>) {
    if let (Some(open), Some(close)) = (row.text("opening_time"), row.text("closing_time")) {
        let daily = json!([{"open": open, "close": close}]);
        body.insert("openingHours".into(), WEEKDAYS.map(|day| (day.to_owned(), daily.clone())).into_iter().collect());
    }
}

fn durations(row: &Record, body: &mut Map<String, Value>) {
    if let Some(slot) = row.int("slot_duration_minutes").filter(|slot| *slot > 0) {
        let longest = if DURATION_MINUTES_MAX % slot == 0 { DURATION_MINUTES_MAX } else { slot.saturating_mul(2) };
        body.insert("slotMinutes".into(), json!(slot));
        body.insert("minDurationMinutes".into(), json!(slot));
        body.insert("maxDurationMinutes".into(), json!(longest));
    }
}

/// A window in hours becomes one in days, rounded up: nobody loses an hour.
fn limits(row: &Record) -> Value {
    let days = row.int("max_advance_hours").filter(|hours| *hours > 0).map(|hours| (hours - 1) / 24 + 1);
    json!({"maxActiveReservations": row.int("max_active_reservations"), "advanceBookingDays": days})
}

/// The original kept them as JSON text with defaults for what is missing.
fn preferences(id: &str, row: &Record) -> Result<Value, Refusal> {
    let text = row.words("preferences").unwrap_or_else(|| "{}".into());
    let Ok(Value::Object(kept)) = serde_json::from_str(&text) else {
        return Err(Refusal::new(id, "bad_preferences", format!("preferences {text:?} are no JSON object")));
    };
    let flag = |name: &str, or: bool| kept.get(name).and_then(Value::as_bool).unwrap_or(or);
    let locale = kept.get("locale").and_then(Value::as_str).unwrap_or("en");
    Ok(json!({
        "notificationEmail": flag("notification_email", true),
        "notificationSms": flag("notification_sms", false),
        "locale": locale,
    }))
}

fn copy(row: &Record, body: &mut Map<String, Value>, names: &[(&str, &str)]) {
    for (column, field) in names {
        if let Some(text) = row.words(column) {
            body.insert((*field).to_owned(), json!(text));
        }
    }
}

fn copy_int(row: &Record, body: &mut Map<String, Value>, names: &[(&str, &str)]) {
    for (column, field) in names {
        if let Some(number) = row.int(column) {
            body.insert((*field).to_owned(), json!(number));
        }
    }
}

fn ints(row: &Record, names: &[(&str, &str)]) -> Value {
    let mut object = Map::new();
    copy_int(row, &mut object, names);
    object.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::source;

    const SCHEMA: &str = "CREATE TABLE facilities (id, name, slug, timezone, status, opening_time, closing_time,
            slot_duration_minutes, advance_booking_days, cancellation_hours, cancellation_fee_cents, no_show_penalty_credits, email);
        CREATE TABLE courts (id, name, court_type, is_active, sort_order, price_per_slot_cents);
        CREATE TABLE members (id, name, email, phone, status, preferences, max_advance_hours, max_active_reservations, membership_expires_at);
        CREATE TABLE reservations (id);";

    fn member_of(values: &str) -> Result<Value, Refusal> {
        let tables = source::from_sql(&format!("{SCHEMA} INSERT INTO members VALUES ({values});")).unwrap();
        member(&tables.members[0]).map(|item| item.body)
    }

    #[test]
    fn a_facility_keeps_its_settings() {
        let row = "INSERT INTO facilities VALUES ('f', 'F', 'f', 'America/Los_Angeles', NULL, '06:00', '22:00', 60, 14, 24, 1000, 1, 'a@b');";
        let (item, tz) = facility(&source::from_sql(&format!("{SCHEMA}{row}")).unwrap().facilities[0]).unwrap();
        assert_eq!(tz, chrono_tz::America::Los_Angeles);
        assert_eq!(item.body["openingHours"]["sun"], json!([{"open": "06:00", "close": "22:00"}]));
        assert_eq!(item.body["cancellation"], json!({"hours": 24, "feeCents": 1000}));
        assert_eq!(item.body["noShow"], json!({"penaltyCredits": 1}));
        assert_eq!((&item.body["maxDurationMinutes"], &item.body["advanceBookingDays"]), (&json!(120), &json!(14)));
        assert_eq!(
            (&item.body["status"], &item.body["email"], item.body.get("phone")),
            (&json!("active"), &json!("a@b"), None)
        );
    }

    #[test]
    fn a_zone_that_is_none_refuses_the_facility() {
        let row = "INSERT INTO facilities (id, name, timezone) VALUES ('f', 'F', 'Mars/Olympus');";
        let refused = facility(&source::from_sql(&format!("{SCHEMA}{row}")).unwrap().facilities[0]).unwrap_err();
        assert_eq!(refused.reason, "bad_time_zone");
    }

    #[test]
    fn a_court_without_a_flag_takes_bookings() {
        let rows =
            "INSERT INTO courts VALUES ('a', 'A', 'pickleball', NULL, 1, 4000), ('b', 'B', 'tennis', 0, 2, NULL);";
        let tables = source::from_sql(&format!("{SCHEMA}{rows}")).unwrap();
        let bodies: Vec<_> = tables.courts.iter().map(|row| court(row).unwrap().body).collect();
        assert_eq!((&bodies[0]["active"], &bodies[0]["pricePerSlotCents"]), (&json!(true), &json!(4000)));
        assert_eq!((&bodies[1]["active"], bodies[1].get("pricePerSlotCents")), (&json!(false), None));
    }

    #[test]
    fn a_member_goes_over_as_it_is() {
        let body = member_of("'m', 'M', '  A@B.Org ', '(206) 555-0100', 'suspended', '{\"notification_sms\":true}', 721, 6, '2027-06-30 00:00:00'").unwrap();
        assert_eq!((&body["email"], &body["phone"]), (&json!("  A@B.Org "), &json!("(206) 555-0100")));
        assert_eq!(body["limits"], json!({"maxActiveReservations": 6, "advanceBookingDays": 31}));
        assert_eq!(body["preferences"], json!({"notificationEmail": true, "notificationSms": true, "locale": "en"}));
        assert_eq!(
            (&body["status"], &body["membershipExpiresAt"]),
            (&json!("suspended"), &json!("2027-06-30T00:00:00Z"))
        );
    }

    #[test]
    fn whole_days_stay_whole_days() {
        let body = member_of("'m', 'M', 'm', NULL, 'active', NULL, 720, NULL, NULL").unwrap();
        assert_eq!(body["limits"], json!({"maxActiveReservations": null, "advanceBookingDays": 30}));
    }

    #[test]
    fn broken_members_are_refused_with_their_reason() {
        let cases = [
            ("'m m', 'M', 'm', NULL, 'active', '{}', NULL, NULL, NULL", "bad_id"),
            ("'m', 'M', 'm', NULL, 'active', 'nonsense', NULL, NULL, NULL", "bad_preferences"),
            ("'m', 'M', 'm', NULL, 'active', '{}', NULL, NULL, 'soon'", "bad_time"),
        ];
        for (values, reason) in cases {
            assert_eq!(member_of(values).unwrap_err().reason, reason, "{values}");
        }
    }
}
