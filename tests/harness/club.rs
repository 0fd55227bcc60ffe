//! A club to book in: open day and night, every day, so that no test depends on when it runs.

use serde_json::{Value, json};

use super::{Api, Request, now_millis};

const MINUTE_MILLIS: i64 = 60_000;
const DAY_MILLIS: i64 = 24 * 60 * MINUTE_MILLIS;

/// A facility with courts and members, and how to ask for its slots.
#[derive(Clone)]
pub struct Club {
    pub facility: String,
    pub courts: Vec<String>,
    pub members: Vec<String>,
    /// Midnight UTC of the day after tomorrow, in milliseconds.
    pub first_day: i64,
}

/// A court and an interval, in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    pub court: String,
    pub start: i64,
    pub end: i64,
}

impl Slot {
    /// Whether they share an instant of one court.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.court == other.court && self.start < other.end && other.start < self.end
    }

    /// A claim of a node's answer or of a frame.
    pub fn read(claim: &Value) -> Self {
        let instant = |field: &str| {
            let text = claim[field].as_str().unwrap_or_else(|| panic!("no {field} in {claim}"));
            assert!(text.ends_with('Z'), "times go out in UTC: {text}");
            chrono::DateTime::parse_from_rfc3339(text).expect("RFC 3339").timestamp_millis()
        };
        let court = claim["courtId"].as_str().unwrap_or_else(|| panic!("no courtId in {claim}")).to_owned();
        Self { court, start: instant("startTime"), end: instant("endTime") }
    }
}

impl Club {
    /// Founds a facility with `courts` courts and `members` members through all nodes.
    pub async fn found(api: &Api, id: &str, courts: usize, members: usize, hold_seconds: u32) -> Self {
        Self::found_through(api, &[1, 2, 3], id, courts, members, hold_seconds).await
    }

    /// The same through these nodes only.
    pub async fn found_through(
        api: &Api,
        nodes: &[u64],
        id: &str,
        courts: usize,
        members: usize,
        hold_seconds: u32,
    ) -> Self {
        let mut nodes = nodes.iter().copied().cycle();
        let mut node = || nodes.next().expect("a cycle has no end");
        let hours = json!([{"open": "00:00", "close": "24:00"}]);
        let week: Value =
            ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().map(|day| (*day, hours.clone())).collect();
        let facility = json!({
            "id": id, "name": "The Proof", "slug": id.replace('_', "-"), "timezone": "UTC", "openingHours": week,
            "slotMinutes": 30, "minDurationMinutes": 30, "maxDurationMinutes": 120, "holdSeconds": hold_seconds,
            "limits": {"maxActiveReservations": 10_000, "maxPerDay": null, "maxHolds": 10_000},
        });
        api.post(node(), "/api/facilities", facility).await.expect(201);
        let names = |prefix: &str, count: usize| (1..=count).map(|n| format!("{prefix}_{n}")).collect::<Vec<_>>();
        let (courts, members) = (names("crt", courts), names("mbr", members));
        for court in &courts {
            let body = json!({"id": court, "name": court, "courtType": "tennis"});
            api.post(node(), &format!("/api/facilities/{id}/courts"), body).await.expect(201);
        }
        for member in &members {
            let body = json!({"id": member, "name": member, "email": format!("{member}@example.org")});
            api.post(node(), &format!("/api/facilities/{id}/members"), body).await.expect(201);
        }
        let first_day = now_millis() / DAY_MILLIS * DAY_MILLIS + 2 * DAY_MILLIS;
        Self { facility: id.to_owned(), courts, members, first_day }
    }

    /// The slot of `halves` half hours that begins `first` half hours into the first day.
    pub fn slot(&self, court: usize, first: i64, halves: i64) -> Slot {
        let start = self.first_day + first * 30 * MINUTE_MILLIS;
        Slot { court: self.courts[court].clone(), start, end: start + halves * 30 * MINUTE_MILLIS }
    }

    /// Asks for a hold.
    pub fn attempt(&self, member: &str, slot: &Slot) -> Request {
        let body = json!({
            "facilityId": self.facility, "courtId": slot.court, "memberId": member,
            "startTime": rfc3339(slot.start), "endTime": rfc3339(slot.end),
        });
        Request::post("/attempt", body)
    }

    /// Asks to confirm a hold.
    pub fn confirm(&self, hold: &str) -> Request {
        Request::post("/confirm", json!({"facilityId": self.facility, "holdId": hold}))
    }

    /// Gives a hold up.
    pub fn release(&self, hold: &str) -> Request {
        Request::post("/release", json!({"facilityId": self.facility, "holdId": hold}))
    }

    /// Cancels a reservation.
    pub fn cancel(&self, slot: &Slot, reservation: &str) -> Request {
        let body = json!({
            "facilityId": self.facility, "courtId": slot.court, "startTime": rfc3339(slot.start), "reservationId": reservation,
        });
        Request::post("/cancel", body)
    }
}

fn rfc3339(millis: i64) -> String {
    let time = chrono::DateTime::from_timestamp_millis(millis).expect("a time of this century");
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
