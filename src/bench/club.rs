//! A club made for one bench: open day and night, without limits, with a slot for every request.
//!
//! Slots are numbered, so that clients draw distinct ones from one counter, and every court has a
//! member of its own, so that nobody plays on two courts at once. Opening never closes: the clock
//! and the opening hours never decide what a load measures.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::DateTime;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::check::Booking;
use super::wire::{Answer, Wire};

/// Length of a slot.
pub(super) const SLOT_MILLIS: i64 = 15 * 60_000;

/// Days of slots, from tomorrow on: safely inside the booking window of 365.
const DAYS: u64 = 360;

/// Slots of one court.
pub(super) const SLOTS_PER_COURT: u64 = DAYS * 96;

/// How long a node has to serve a facility that was just made on another one.
const SERVING_DEADLINE: Duration = Duration::from_secs(60);

/// Between two looks whether it does.
const SERVING_PAUSE: Duration = Duration::from_millis(50);

/// A court and a quarter of an hour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) number: u64,
    pub(super) court: usize,
    pub(super) start: i64,
}

/// One facility under load.
pub(super) struct Club {
    pub(super) id: String,
    courts: Vec<String>,
    /// Start of the first slot of each court.
    first: i64,
    next: AtomicU64,
    /// The greatest log index any answer named.
    newest: AtomicU64,
}

impl Club {
    /// Makes a facility with its courts and members, and waits until every node serves it.
    pub(super) async fn create(wires: &mut [Wire], courts: u64, members: u32) -> Result<Self> {
        let tag: String = std::iter::repeat_with(fastrand::alphanumeric).take(10).collect();
        let id = format!("fac_bench_{}", tag.to_lowercase());
        let tomorrow = (chrono::Utc::now() + chrono::TimeDelta::days(1)).date_naive();
        let first = tomorrow.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
        let names = (0..courts).map(|at| format!("crt_{at}")).collect();
        let club = Self { id, courts: names, first, next: AtomicU64::new(0), newest: AtomicU64::new(0) };
        let wire = wires.first_mut().context("no --url")?;
        club.make(wire, "/api/facilities", &club.facility()).await?;
        for court in &club.courts {
            let body = json!({"id": court, "name": court, "courtType": "tennis"});
            club.make(wire, &format!("/api/facilities/{}/courts", club.id), &body).await?;
        }
        for member in 0..members.max(u32::try_from(courts)?) {
            let id = format!("mbr_{member}");
            let body = json!({"id": id, "name": id, "email": format!("{id}@example.org")});
            club.make(wire, &format!("/api/facilities/{}/members", club.id), &body).await?;
        }
        for wire in wires {
            club.wait_until_served(wire).await?;
        }
        Ok(club)
    }

    fn facility(&self) -> Value {
        let day = json!([{"open": "00:00", "close": "24:00"}]);
        json!({
            "id": self.id, "name": self.id, "slug": self.id.replace('_', "-"), "timezone": "UTC",
            "openingHours": {"mon": day, "tue": day, "wed": day, "thu": day, "fri": day, "sat": day, "sun": day},
            "slotMinutes": 15, "minDurationMinutes": 15, "maxDurationMinutes": 60,
            "advanceBookingDays": 365, "holdSeconds": 60,
            "limits": {"maxActiveReservations": null, "maxPerDay": null, "maxHolds": null},
        })
    }

    async fn make(&self, wire: &mut Wire, path: &str, body: &Value) -> Result<()> {
        let give_up = Instant::now() + SERVING_DEADLINE;
        loop {
            let answer = wire.post(path, body.to_string()).await?;
            match answer.status {
                200..=299 => {
                    self.saw(&answer);
                    return Ok(());
                }
                503 if Instant::now() < give_up => tokio::time::sleep(SERVING_PAUSE).await,
                status => bail!("{path} answered {status}: {}", String::from_utf8_lossy(&answer.body)),
            }
        }
    }

    async fn wait_until_served(&self, wire: &mut Wire) -> Result<()> {
        let give_up = Instant::now() + SERVING_DEADLINE;
        let path = format!("/api/facilities/{}?minIndex={}", self.id, self.newest());
        loop {
            let answer = wire.get(&path).await?;
            match answer.status {
                200 => return Ok(()),
                404 | 503 if Instant::now() < give_up => tokio::time::sleep(SERVING_PAUSE).await,
                status => bail!("{path} answered {status}: {}", String::from_utf8_lossy(&answer.body)),
            }
        }
    }

    /// The next slot that nobody has drawn.
    pub(super) fn take(&self) -> Option<Slot> {
        self.slot(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// The slot that is contended now.
    pub(super) fn current(&self) -> Option<Slot> {
        self.slot(self.next.load(Ordering::Relaxed))
    }

    /// How many courts there are.
    pub(super) fn courts(&self) -> usize {
        self.courts.len()
    }

    /// Goes on from this slot to the next, unless somebody has.
    pub(super) fn advance(&self, from: Slot) {
        // An error means that somebody else was faster.
        let _ = self.next.compare_exchange(from.number, from.number + 1, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// `None` past the last one.
    fn slot(&self, number: u64) -> Option<Slot> {
        let courts = self.courts.len() as u64;
        let (row, court) = (number / courts, usize::try_from(number % courts).ok()?);
        let start = self.first + i64::try_from(row).ok()? * SLOT_MILLIS;
        (row < SLOTS_PER_COURT).then_some(Slot { number, court, start })
    }

    /// Notes how far the facility's log has come.
    pub(super) fn saw(&self, answer: &Answer) {
        self.newest.fetch_max(answer.index, Ordering::Relaxed);
    }

    pub(super) fn newest(&self) -> u64 {
        self.newest.load(Ordering::Relaxed)
    }

    /// Body of an attempt on the slot.
    pub(super) fn attempt(&self, slot: Slot, member: usize) -> String {
        let (start, end) = (rfc3339(slot.start), rfc3339(slot.start + SLOT_MILLIS));
        let (id, court) = (&self.id, &self.courts[slot.court]);
        format!(
            r#"{{"facilityId":"{id}","courtId":"{court}","startTime":"{start}","endTime":"{end}","memberId":"mbr_{member}"}}"#
        )
    }

    /// Body of a wish for the slot alone.
    pub(super) fn wish(&self, slot: Slot, member: usize) -> String {
        let time = |millis: i64, format| {
            DateTime::from_timestamp_millis(millis).unwrap_or_default().format(format).to_string()
        };
        json!({
            "facilityId": self.id, "memberId": format!("mbr_{member}"), "courtId": self.courts[slot.court],
            "preferredDate": time(slot.start, "%Y-%m-%d"), "preferredStartTime": time(slot.start, "%H:%M"),
            "preferredEndTime": time(slot.start + SLOT_MILLIS, "%H:%M"), "durationMinutes": SLOT_MILLIS / 60_000,
            "notifyEmail": true,
        })
        .to_string()
    }

    /// Body of a cancellation.
    pub(super) fn call_off(&self, slot: Slot, reservation: &str) -> String {
        let (id, court, start) = (&self.id, &self.courts[slot.court], rfc3339(slot.start));
        format!(r#"{{"facilityId":"{id}","courtId":"{court}","startTime":"{start}","reservationId":"{reservation}"}}"#)
    }

    /// Body of a confirm or release.
    pub(super) fn of_hold(&self, hold: &str) -> String {
        format!(r#"{{"facilityId":"{}","holdId":"{hold}"}}"#, self.id)
    }

    /// The slot, booked.
    pub(super) fn booking(&self, slot: Slot, id: &str) -> Booking {
        Booking {
            court: self.courts[slot.court].clone(),
            start: slot.start,
            end: slot.start + SLOT_MILLIS,
            id: id.to_owned(),
        }
    }

    /// The slot as a check names one whose fate is unknown.
    pub(super) fn place(&self, slot: Slot) -> (String, i64) {
        (self.courts[slot.court].clone(), slot.start)
    }

    /// Everything that a node shows, once it has applied all that was answered.
    pub(super) async fn shown(&self, wire: &mut Wire) -> Result<Vec<Booking>> {
        let mut shown = Vec::new();
        for court in &self.courts {
            let path = format!("/availability?facilityId={}&courtId={court}&minIndex={}", self.id, self.newest());
            let answer = wire.get(&path).await?;
            if answer.status != 200 {
                bail!("{path} answered {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
            }
            let page: Value = serde_json::from_slice(&answer.body).with_context(|| format!("{path} is not JSON"))?;
            let slots = page["slots"].as_array().with_context(|| format!("{path} has no slots"))?;
            for slot in slots {
                shown.push(read(slot).with_context(|| format!("{path} has a slot that makes no sense: {slot}"))?);
            }
        }
        Ok(shown)
    }
}

/// Courts for `slots` slots, and one to spare.
pub(super) fn courts_for(slots: u64) -> u64 {
    slots.div_ceil(SLOTS_PER_COURT) + 1
}

/// Makes clubs with room for `slots` slots all in all.
pub(super) async fn create(wires: &mut [Wire], clubs: u32, slots: u64, members: u32) -> Result<Vec<Club>> {
    let courts = courts_for(slots.div_ceil(u64::from(clubs)));
    let mut made = Vec::new();
    for _ in 0..clubs {
        made.push(Club::create(wires, courts, members).await?);
    }
    Ok(made)
}

/// The places of a club whose fate is unknown.
pub(super) type Places = BTreeSet<(String, i64)>;

fn read(slot: &Value) -> Option<Booking> {
    let time = |name: &str| Some(DateTime::parse_from_rfc3339(slot[name].as_str()?).ok()?.timestamp_millis());
    let id = slot["state"]["reservationId"].as_str().unwrap_or_default().to_owned();
    Some(Booking { court: slot["courtId"].as_str()?.to_owned(), start: time("startTime")?, end: time("endTime")?, id })
}

fn rfc3339(millis: i64) -> String {
    DateTime::from_timestamp_millis(millis).unwrap_or_default().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn club(courts: usize) -> Club {
        let courts = (0..courts).map(|at| format!("crt_{at}")).collect();
        Club { id: "fac".into(), courts, first: 0, next: AtomicU64::new(0), newest: AtomicU64::new(0) }
    }

    #[test]
    fn slots_are_distinct_and_end() {
        let club = club(2);
        let all: BTreeSet<_> = std::iter::from_fn(|| club.take()).map(|slot| (slot.court, slot.start)).collect();
        assert_eq!(all.len() as u64, 2 * SLOTS_PER_COURT);
        assert_eq!(courts_for(SLOTS_PER_COURT + 1), 3);
    }

    #[test]
    fn a_contended_slot_gives_way_once() {
        let club = club(1);
        let slot = club.current().unwrap();
        club.advance(slot);
        club.advance(slot);
        assert_eq!(club.current().unwrap().number, 1);
    }

    #[test]
    fn an_attempt_names_its_slot() {
        let body: Value = serde_json::from_str(&club(1).attempt(Slot { number: 0, court: 0, start: 0 }, 7)).unwrap();
        assert_eq!(body["startTime"], "1970-01-01T00:00:00Z");
        assert_eq!(body["endTime"], "1970-01-01T00:15:00Z");
        assert_eq!((&body["courtId"], &body["memberId"]), (&json!("crt_0"), &json!("mbr_7")));
    }
}
