//! The blocks of the original as bodies of the public interface.
//!
//! What was booked is a promise and stays: a block leaves those of its times out that something is in the way of
//! (`mode` is `skip`), and one that has no other is refused with the list, for staff to settle. In the
//! original a block kept nobody from booking, so both happen.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use machine::{BlockId, CourtId, Instant, Interval};
use serde_json::{Value, json};

use super::taken::Courts;
use crate::calendar::{self, HORIZON_DAYS_BEYOND_WINDOW};
use crate::original::{Record, Refusal, court_time};
use crate::recurrence::{Length, Recurrence};

/// What a block may be for.
const KINDS: [&str; 4] = ["blackout", "maintenance", "event", "extended"];
/// The longest title, in characters.
const TITLE_CHARS_MAX: usize = 200;
/// Times that are looked at: more than a year of days.
const TIMES_MAX: usize = 400;

/// A block that can go over.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) id: String,
    court: Option<CourtId>,
    kind: String,
    first: Interval,
    recurrence: Option<Recurrence>,
    rule: Option<String>,
    title: Option<String>,
}

/// What becomes of a block when it meets what is there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meets {
    /// It is placed; so many of its times are left out.
    Placed { skipped: usize },
    /// Something is in the way of all its times.
    Refused(Refusal),
}

/// Reads one row.
pub(super) fn block(row: &Record, courts: &BTreeSet<String>, zone: Tz) -> Result<Block, Refusal> {
    let id = row.text("id").unwrap_or_default();
    if BlockId::parse(&id).is_err() {
        return Err(Refusal::new(&id, "bad_id", "not an id that can be kept"));
    }
    let refused = |reason, detail: String| Refusal::new(&id, reason, detail);
    let court = row.words("court_id");
    let known = court.as_ref().map(|text| CourtId::parse(text).ok().filter(|_| courts.contains(text)).ok_or(text));
    let court = known.transpose().map_err(|text| refused("unknown_court", format!("there is no court {text:?}")))?;
    let kind = row.text("block_type").unwrap_or_default();
    if !KINDS.contains(&kind.as_str()) {
        return Err(refused("unknown_kind", format!("nobody knows what {kind:?} means")));
    }
    let time = |column: &str| {
        let text = row.text(column).unwrap_or_default();
        let read = court_time::read(&text).map(|(at, _)| Instant(at));
        read.map_err(|error| refused("bad_time", format!("{column} {text:?} is {error}")))
    };
    let first = Interval { start: time("start_time")?, end: time("end_time")? };
    if first.end <= first.start {
        return Err(refused("ends_before_start", "it ends before it begins".to_owned()));
    }
    let rule = row.words("recurrence_rule");
    let recurrence = rule.as_ref().map(|rule| Recurrence::new(rule, first, zone, Length::Wall)).transpose();
    let recurrence = recurrence.map_err(|error| refused("bad_rule", format!("recurrence_rule {error}")))?;
    // What is in the description is said in the title, or nowhere.
    let title = row.words("title").or_else(|| row.words("description"));
    let title = title.map(|title| title.chars().take(TITLE_CHARS_MAX).collect());
    Ok(Block { id, court, kind, first, recurrence, rule, title })
}

impl Block {
    /// The body that places it.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({
            "id": self.id,
            "kind": self.kind,
            "startTime": court_time::write(self.first.start.0),
            "endTime": court_time::write(self.first.end.0),
            "mode": "skip",
        });
        let optional = [
            ("courtId", self.court.as_ref().map(ToString::to_string)),
            ("recurrenceRule", self.rule.clone()),
            ("title", self.title.clone()),
        ];
        optional.into_iter().for_each(|(field, text)| {
            if let Some(text) = text {
                body[field] = text.into();
            }
        });
        body
    }

    /// Foretells what becomes of it, and takes the times that it gets.
    pub(super) fn meet(&self, courts: &mut Courts, zone: Tz, now: i64, window: u32) -> Meets {
        let claims = self.kind != "extended";
        let in_the_way = |courts: &Courts, time: &Interval| {
            if claims { courts.overlapping(self.court.as_ref(), *time) } else { Vec::new() }
        };
        let times = self.times(zone, now, window);
        let met: Vec<Vec<String>> = times.iter().map(|time| in_the_way(courts, time)).collect();
        let free: Vec<&Interval> =
            times.iter().zip(&met).filter(|(_, met)| met.is_empty()).map(|(time, _)| time).collect();
        if free.is_empty() {
            return Meets::Refused(self.refusal(met.concat()));
        }
        let skipped = times.len() - free.len();
        free.into_iter().filter(|_| claims).for_each(|time| courts.put(self.court.as_ref(), *time, &self.id));
        Meets::Placed { skipped }
    }

    /// The refusal of one that something is in the way of.
    pub(super) fn refusal(&self, mut by: Vec<String>) -> Refusal {
        by.sort_unstable();
        by.dedup();
        let detail = format!(
            "nothing is left of it beside {}: place it with the mode \"displace\", or move them first",
            by.join(", ")
        );
        Refusal { overlaps: by, ..Refusal::new(&self.id, "in_the_way", detail) }
    }

    /// Its times to come, up to the end of the calendar; `window` is the booking window in days.
    pub(super) fn times(&self, zone: Tz, now: i64, window: u32) -> Vec<Interval> {
        let Some(recurrence) = &self.recurrence else {
            return Some(self.first).filter(|time| time.end.0 > now).into_iter().collect();
        };
        let today = calendar::date_at(zone, Instant(now));
        let last = calendar::plus_days(today, window.saturating_add(HORIZON_DAYS_BEYOND_WINDOW));
        let end = calendar::span_of(zone, last).map_or(self.first.end, |day| day.end);
        let start = self.first.start.max(Instant(now).plus(-self.first.millis()));
        let times = recurrence.times(zone, Interval { start, end }, TIMES_MAX).times;
        times.into_iter().filter(|time| time.end.0 > now).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::original::Booking;

    /// Tuesday, 2026-12-01T00:00:00Z; at the club it is Monday, 16:00.
    const NOW: i64 = 1_796_083_200_000;
    const LA: Tz = chrono_tz::America::Los_Angeles;

    fn reading(cells: Value) -> Result<Block, Refusal> {
        let mut row = json!({"id": "b1", "court_id": "c1", "block_type": "event", "title": "Clinic",
            "start_time": "2026-11-03T17:00:00Z", "end_time": "2026-11-03T19:00:00Z", "recurrence_rule": "FREQ=WEEKLY;BYDAY=TU"});
        let (Value::Object(row), Value::Object(cells)) = (&mut row, cells) else { unreachable!("both are objects") };
        row.extend(cells);
        block(&Record::of_json(row.clone()), &["c1".to_owned()].into(), LA)
    }

    fn taken(hours: &[i64]) -> Courts {
        let mut courts = Courts::default();
        for at in hours {
            let start = NOW + at * 3_600_000;
            courts.take(&Booking::for_test(&format!("r{at}"), "c1", start, start + 3_600_000));
        }
        courts
    }

    #[test]
    fn a_block_goes_over_as_it_is() {
        let body = reading(json!({})).unwrap().body();
        let told = (&body["courtId"], &body["kind"], &body["recurrenceRule"], &body["mode"], &body["title"]);
        assert_eq!(
            told,
            (&"c1".into(), &"event".into(), &"FREQ=WEEKLY;BYDAY=TU".into(), &"skip".into(), &"Clinic".into())
        );
        let everywhere = reading(json!({"court_id": "", "title": null, "description": "why"})).unwrap().body();
        assert_eq!((everywhere.get("courtId"), &everywhere["title"]), (None, &"why".into()));
        let times = |cells| reading(cells).unwrap().times(LA, NOW, 14).len();
        assert_eq!(times(json!({})), 7, "44 days hold seven Tuesdays");
        assert_eq!(times(json!({"recurrence_rule": null})), 0, "it is over");
        assert_eq!(times(json!({"recurrence_rule": "FREQ=WEEKLY;UNTIL=20261118T000000Z"})), 0, "it was called off");
    }

    #[test]
    fn what_is_booked_stays_and_a_block_leaves_it_out() {
        let weekly = reading(json!({})).unwrap();
        // The second hour of the first is booked.
        assert_eq!(weekly.meet(&mut taken(&[]), LA, NOW, 14), Meets::Placed { skipped: 0 });
        let mut courts = taken(&[18]);
        assert_eq!(weekly.meet(&mut courts, LA, NOW, 14), Meets::Placed { skipped: 1 });
        let once =
            json!({"recurrence_rule": null, "start_time": "2026-12-01T17:00:00Z", "end_time": "2026-12-02T17:00:00Z"});
        let once = reading(once).unwrap();
        let Meets::Refused(refusal) = once.meet(&mut courts, LA, NOW, 14) else { panic!("all of it is taken") };
        assert_eq!((refusal.reason.as_str(), refusal.overlaps), ("in_the_way", vec!["r18".to_owned()]));
        let next =
            json!({"recurrence_rule": null, "start_time": "2026-12-08T18:00:00Z", "end_time": "2026-12-08T19:00:00Z"});
        let next = reading(next).unwrap();
        assert!(matches!(next.meet(&mut courts, LA, NOW, 14), Meets::Refused(refusal) if refusal.overlaps == ["b1"]));
    }

    #[test]
    fn broken_rows_are_refused_with_their_reason() {
        let cases = [
            (json!({"id": "b 1"}), "bad_id"),
            (json!({"court_id": "demolished"}), "unknown_court"),
            (json!({"block_type": "lunch"}), "unknown_kind"),
            (json!({"start_time": "soon"}), "bad_time"),
            (json!({"end_time": "2026-11-03T17:00:00Z"}), "ends_before_start"),
            (json!({"recurrence_rule": "sometimes"}), "bad_rule"),
        ];
        for (cells, reason) in cases {
            assert_eq!(reading(cells.clone()).unwrap_err().reason, reason, "{cells}");
        }
    }
}
