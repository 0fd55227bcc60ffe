//! The waitlist of the original as bodies of the public interface.
//!
//! Whoever waited waits on, in the order of joining; what was offered there is waited for again, because the hold
//! that was offered did not outlive the original. What nobody can begin any more has run out.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use machine::{CourtId, LogLine, MemberId, WaitlistId};
use serde_json::{Map, Value, json};

use super::body;
use super::people::Item;
use crate::original::{Record, Refusal, court_time, found};
use crate::{calendar, time};

/// The most that the interface takes; more is as much.
const PRIORITY_MAX: i64 = 1000;

/// An entry that can go over.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Waiting {
    pub(super) id: String,
    /// The word for where it stood there.
    pub(super) found: String,
    /// Where it stands here, unless it is served at once.
    pub(super) stands: &'static str,
    /// When it joined, for the order.
    pub(super) joined: i64,
    /// What was written about it.
    pub(super) log: Vec<LogLine>,
    body: Map<String, Value>,
}

/// What an entry is judged against.
pub(super) struct Waiters<'a> {
    pub(super) courts: &'a BTreeSet<String>,
    pub(super) members: &'a [Item],
    pub(super) zone: Tz,
    /// Milliseconds UTC.
    pub(super) now: i64,
}

impl Waiting {
    /// The body that takes it over.
    pub(super) fn body(&self) -> Value {
        let mut body = self.body.clone();
        body.insert("log".into(), self.log.iter().map(body::line).collect());
        body.into()
    }
}

/// Reads one row.
pub(super) fn entry(row: &Record, known: &Waiters<'_>) -> Result<Waiting, Refusal> {
    let id = row.text("id").unwrap_or_default();
    if WaitlistId::parse(&id).is_err() {
        return Err(Refusal::new(&id, "bad_id", "not an id that can be kept"));
    }
    let refused = |reason, detail: String| Refusal::new(&id, reason, detail);
    let mut body = Map::new();
    body.insert("id".into(), json!(id));
    let member = member(row, known).map_err(|(reason, detail)| refused(reason, detail))?;
    body.insert("memberId".into(), json!(member.id));
    court(row, known, &mut body).map_err(|detail| refused("unknown_court", detail))?;
    let end = day(row, known.zone, &mut body).map_err(|detail| refused("bad_time", detail))?;
    let found = found(row);
    let stands = standing(&found, end <= known.now);
    let stands = stands.ok_or_else(|| refused("unknown_status", format!("nobody knows what {found:?} means")))?;
    if stands == "active" && member.body["status"] == "inactive" {
        return Err(refused("member_inactive", format!("{:?} has left", member.id)));
    }
    body.insert("status".into(), json!(stands));
    wishes(row, &mut body);
    let moment = |column: &str| row.text(column).and_then(|text| court_time::read(&text).ok()).map(|(at, _)| at);
    let joined = moment("created_at");
    put(&mut body, "joinedAt", joined.map(court_time::write));
    if stands != "active" {
        // One that nobody ended ran out when its window did.
        let ended = if found == stands { moment("updated_at") } else { Some(end) };
        put(&mut body, "endedAt", ended.map(court_time::write));
        put(&mut body, "reservationId", row.words("offered_reservation_id"));
    }
    Ok(Waiting { id, found, stands, joined: joined.unwrap_or(i64::MAX), log: Vec::new(), body })
}

fn standing(found: &str, is_over: bool) -> Option<&'static str> {
    Some(match found {
        "active" | "offered" | "notified" if is_over => "expired",
        "active" | "offered" | "notified" => "active",
        "converted" => "converted",
        "expired" => "expired",
        "cancelled" => "cancelled",
        _ => return None,
    })
}

fn member<'a>(row: &Record, known: &Waiters<'a>) -> Result<&'a Item, (&'static str, String)> {
    let id = row.text("member_id").unwrap_or_default();
    let member = known.members.iter().find(|member| member.id == id).filter(|_| MemberId::parse(&id).is_ok());
    member.ok_or_else(|| ("unknown_member", format!("there is no member {id:?}")))
}

/// A court where one is named, else a sport, else any.
fn court(row: &Record, known: &Waiters<'_>, body: &mut Map<String, Value>) -> Result<(), String> {
    match row.words("court_id") {
        Some(court) if CourtId::parse(&court).is_err() || !known.courts.contains(&court) => {
            return Err(format!("there is no court {court:?}"));
        }
        Some(court) => put(body, "courtId", Some(court)),
        None => put(body, "courtType", row.words("court_type")),
    }
    Ok(())
}

/// The day and the window in it, in local words; says when the last slot could have begun.
fn day(row: &Record, zone: Tz, body: &mut Map<String, Value>) -> Result<i64, String> {
    let text = row.text("preferred_date").unwrap_or_default();
    let date = time::parse_date(&text).ok_or_else(|| format!("preferred_date {text:?} is no date"))?;
    let clock = |column: &str| {
        let Some(text) = row.words(column) else { return Ok(None) };
        time::parse_clock(&text).map(Some).ok_or_else(|| format!("{column} {text:?} is no local time"))
    };
    let (from, to) = (clock("preferred_start_time")?, clock("preferred_end_time")?);
    let day = calendar::span_of(zone, date).ok_or_else(|| format!("preferred_date {text:?} is no date"))?;
    let window = calendar::window(zone, date, from, to).ok_or_else(|| format!("{text} has no such times"))?;
    put(body, "preferredDate", Some(text));
    put(body, "preferredStartTime", from.map(time::clock_text));
    put(body, "preferredEndTime", to.map(time::clock_text));
    Ok(if to.is_none() { day.end.0 } else { window.end.0 })
}

fn wishes(row: &Record, body: &mut Map<String, Value>) {
    put(body, "durationMinutes", row.int("duration_minutes"));
    body.insert("priority".into(), json!(row.int("priority").unwrap_or(0).clamp(0, PRIORITY_MAX)));
    body.insert("autoBook".into(), json!(row.int("auto_book") == Some(1)));
    body.insert("notifyEmail".into(), json!(row.int("notify_email") != Some(0)));
    body.insert("notifySms".into(), json!(row.int("notify_sms") == Some(1)));
}

fn put(body: &mut Map<String, Value>, field: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        body.insert(field.to_owned(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-12-01T00:00:00Z.
    const NOW: i64 = 1_796_083_200_000;

    fn reading(cells: Value) -> Result<Waiting, Refusal> {
        let mut row = json!({"id": "w1", "member_id": "m1", "preferred_date": "2026-12-02", "status": "active",
            "preferred_start_time": "17:00", "preferred_end_time": "20:00", "duration_minutes": 60, "priority": 0,
            "auto_book": 0, "notify_email": 1, "notify_sms": 1, "created_at": "2026-11-01 00:00:00",
            "updated_at": "2026-11-02 00:00:00"});
        let (Value::Object(row), Value::Object(cells)) = (&mut row, cells) else { unreachable!("both are objects") };
        row.extend(cells);
        let member = |id: &str, status: &str| Item { id: id.to_owned(), body: json!({"status": status}) };
        let members = [member("m1", "active"), member("gone", "inactive")];
        let known = Waiters {
            courts: &["c1".to_owned()].into(),
            members: &members,
            zone: chrono_tz::America::Los_Angeles,
            now: NOW,
        };
        entry(&Record::of_json(row.clone()), &known)
    }

    #[test]
    fn whoever_waited_waits_on() {
        let body = reading(json!({"court_id": "c1", "court_type": "tennis"})).unwrap().body();
        assert_eq!((&body["courtId"], body.get("courtType")), (&json!("c1"), None));
        assert_eq!((&body["preferredStartTime"], &body["status"]), (&json!("17:00"), &json!("active")));
        assert_eq!((&body["joinedAt"], body.get("endedAt")), (&json!("2026-11-01T00:00:00Z"), None));
        let any = reading(json!({"preferred_start_time": null, "preferred_end_time": "", "priority": -3})).unwrap();
        let body = any.body();
        assert_eq!((body.get("preferredStartTime"), body.get("preferredEndTime")), (None, None));
        assert_eq!(body["priority"], 0);
    }

    #[test]
    fn each_word_has_its_place_before_and_after_the_window() {
        let cases = [
            ("active", "active", "expired"),
            ("offered", "active", "expired"),
            ("converted", "converted", "converted"),
            ("expired", "expired", "expired"),
            ("cancelled", "cancelled", "cancelled"),
        ];
        for (word, to_come, over) in cases {
            assert_eq!(reading(json!({"status": word})).unwrap().stands, to_come, "{word}");
            let past = reading(json!({"status": word, "preferred_date": "2026-11-29"})).unwrap();
            assert_eq!(past.stands, over, "{word}, over");
        }
        let nobody_ended = reading(json!({"preferred_date": "2026-11-29"})).unwrap().body();
        assert_eq!(nobody_ended["endedAt"], "2026-11-30T04:00:00Z", "20:00 at the club");
        assert_eq!(reading(json!({"status": "expired"})).unwrap().body()["endedAt"], "2026-11-02T00:00:00Z");
    }

    #[test]
    fn broken_rows_are_refused_with_their_reason() {
        let cases = [
            (json!({"id": "w 1"}), "bad_id"),
            (json!({"member_id": "nobody"}), "unknown_member"),
            (json!({"member_id": "gone"}), "member_inactive"),
            (json!({"court_id": "demolished"}), "unknown_court"),
            (json!({"preferred_date": "soon"}), "bad_time"),
            (json!({"preferred_start_time": "teatime"}), "bad_time"),
            (json!({"status": "perhaps"}), "unknown_status"),
        ];
        for (cells, reason) in cases {
            assert_eq!(reading(cells.clone()).unwrap_err().reason, reason, "{cells}");
        }
        let gone = reading(json!({"member_id": "gone", "status": "converted"})).unwrap();
        assert_eq!(gone.stands, "converted", "what has ended is nobody's to lose");
    }
}
