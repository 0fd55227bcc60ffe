//! From the rows of an export to what is to be created and booked: pure, and the whole of the
//! decisions that an import makes by itself.
//!
//! Rows that are broken, or no part of the import, enter the report here and never reach a node.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use chrono::{NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;

use super::people::{self, Item};
use super::report::{Report, TableReport};
use super::source::Tables;
use crate::original::{self, Booking, Known, Record, Refusal, Verdict, court_time};

/// From when on reservations are still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AsOf {
    /// From this instant, in milliseconds UTC.
    Instant(i64),
    /// From the beginning of this day at the facility.
    Day(NaiveDate),
}

impl AsOf {
    /// Reads what the command line says; `now` where it says nothing.
    pub(super) fn read(text: Option<&str>, now: i64) -> Result<Self> {
        let Some(text) = text else {
            return Ok(Self::Instant(now));
        };
        if let Ok(day) = text.parse::<NaiveDate>() {
            return Ok(Self::Day(day));
        }
        let at = chrono::DateTime::parse_from_rfc3339(text);
        let at = at.with_context(|| format!("--as-of {text} is neither YYYY-MM-DD nor a time with an offset"))?;
        Ok(Self::Instant(at.timestamp_millis()))
    }

    fn at(self, tz: Tz) -> i64 {
        match self {
            Self::Instant(at) => at,
            // Where clocks skip midnight, the day begins an hour later.
            Self::Day(day) => (0..24)
                .filter_map(|hour| {
                    tz.from_local_datetime(&day.and_time(NaiveTime::from_hms_opt(hour, 0, 0)?)).earliest()
                })
                .map(|at| at.timestamp_millis())
                .next()
                .unwrap_or_else(|| day.and_time(NaiveTime::MIN).and_utc().timestamp_millis()),
        }
    }
}

/// One facility with everything of it that is to be brought.
#[derive(Debug)]
pub(super) struct FacilityPlan {
    pub(super) facility: Item,
    pub(super) courts: Vec<Item>,
    pub(super) members: Vec<Item>,
    /// In order of start: the first of two that overlap wins.
    pub(super) bookings: Vec<Booking>,
}

/// Decides what is to be brought, and reports what is not.
pub(super) fn plan(tables: &Tables, as_of: AsOf) -> (Vec<FacilityPlan>, Report) {
    let mut report = Report::default();
    let all = [
        ("facilities", &tables.facilities),
        ("courts", &tables.courts),
        ("members", &tables.members),
        ("reservations", &tables.reservations),
    ];
    report.tables.extend(all.iter().map(|(name, rows)| TableReport::new(name, rows.len())));
    for (name, rows) in &tables.others {
        let mut table = TableReport::new(name, *rows);
        (0..*rows).for_each(|_| table.skip("not in this import"));
        report.tables.push(table);
    }
    for spelling in tables.reservations.iter().filter_map(original::spelling) {
        *report.spellings.entry(spelling.name()).or_default() += 1;
    }

    let mut seen = BTreeSet::new();
    let mut plans = Vec::new();
    for row in &tables.facilities {
        match people::facility(row).and_then(|(item, tz)| once(&mut seen, item).map(|item| (item, tz))) {
            Ok((item, tz)) => plans.push(one_facility(item, as_of.at(tz), tables, &mut report)),
            Err(refusal) => report.table("facilities").refused.push(refusal),
        }
    }
    homeless(tables, &plans, &mut report);
    (plans, report)
}

fn one_facility(facility: Item, as_of: i64, tables: &Tables, report: &mut Report) -> FacilityPlan {
    report.as_of.insert(facility.id.clone(), court_time::write(as_of));
    let of_this = |row: &&Record| row.text("facility_id").as_deref() == Some(&facility.id);
    let courts = items(tables.courts.iter().filter(of_this), people::court, report.table("courts"));
    let members = items(tables.members.iter().filter(of_this), people::member, report.table("members"));
    let ids = |items: &[Item]| items.iter().map(|item| item.id.clone()).collect();
    let known = Known { courts: &ids(&courts), members: &ids(&members), as_of };
    let bookings = bookings(tables.reservations.iter().filter(of_this), &known, report.table("reservations"));
    FacilityPlan { facility, courts, members, bookings }
}

fn items<'a>(
    rows: impl Iterator<Item = &'a Record>,
    read: fn(&Record) -> Result<Item, Refusal>,
    report: &mut TableReport,
) -> Vec<Item> {
    let mut seen = BTreeSet::new();
    let mut items = Vec::new();
    for row in rows {
        match read(row).and_then(|item| once(&mut seen, item)) {
            Ok(item) => items.push(item),
            Err(refusal) => report.refused.push(refusal),
        }
    }
    items
}

fn bookings<'a>(rows: impl Iterator<Item = &'a Record>, known: &Known<'_>, report: &mut TableReport) -> Vec<Booking> {
    let mut seen = BTreeSet::new();
    let mut bookings: Vec<Booking> = Vec::new();
    for row in rows {
        match original::judge(row, known) {
            Verdict::Bring(booking) if !seen.insert(booking.id.clone()) => report.refused.push(twice(&booking.id)),
            Verdict::Bring(booking) => bookings.push(*booking),
            Verdict::Past => report.skip("past"),
            Verdict::Skip(status) => report.skip(status),
            Verdict::Refuse(refusal) => report.refused.push(refusal),
        }
    }
    bookings.sort_by(|a, b| a.order().cmp(&b.order()));
    bookings
}

/// Takes an item unless one of its id was taken before.
fn once(seen: &mut BTreeSet<String>, item: Item) -> Result<Item, Refusal> {
    if seen.insert(item.id.clone()) { Ok(item) } else { Err(twice(&item.id)) }
}

fn twice(id: &str) -> Refusal {
    Refusal::new(id, "duplicate_id", "an earlier row has the same id")
}

/// Refuses the rows of facilities that are not in the export, or not possible.
fn homeless(tables: &Tables, plans: &[FacilityPlan], report: &mut Report) {
    let homes: BTreeSet<&str> = plans.iter().map(|plan| plan.facility.id.as_str()).collect();
    for (name, rows) in
        [("courts", &tables.courts), ("members", &tables.members), ("reservations", &tables.reservations)]
    {
        for row in rows {
            let facility = row.text("facility_id").unwrap_or_default();
            if !homes.contains(facility.as_str()) {
                let id = row.text("id").unwrap_or_default();
                let detail = format!("there is no facility {facility:?}");
                report.table(name).refused.push(Refusal::new(&id, "unknown_facility", detail));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::source;

    const SCHEMA: &str = "CREATE TABLE facilities (id, name, slug, timezone);
        CREATE TABLE courts (id, facility_id, name, court_type);
        CREATE TABLE members (id, facility_id, name, email);
        CREATE TABLE reservations (id, facility_id, court_id, member_id, start_time, end_time, status, created_at);
        CREATE TABLE waitlist (id); INSERT INTO waitlist VALUES ('w1'), ('w2');
        INSERT INTO courts VALUES ('c1', 'f', 'C', 'tennis'), ('c1', 'f', 'again', 'tennis'), ('c9', 'g', 'elsewhere', 'tennis');
        INSERT INTO members VALUES ('m1', 'f', 'M', 'm@example.org');
        INSERT INTO facilities VALUES ('f', 'F', 'f', 'America/Los_Angeles'), ('bad', 'B', 'b', 'nowhere');";

    /// 2026-12-01T00:00:00Z.
    const NOW: i64 = 1_796_083_200_000;

    fn planned(reservations: &str, as_of: AsOf) -> (Vec<FacilityPlan>, Report) {
        plan(&source::from_sql(&format!("{SCHEMA} {reservations}")).unwrap(), as_of)
    }

    fn ids(plan: &FacilityPlan) -> Vec<&str> {
        plan.bookings.iter().map(|booking| booking.id.as_str()).collect()
    }

    #[test]
    fn reservations_go_in_order_of_start_then_creation_then_id() {
        let row = |id: &str, start: &str, created: &str| {
            format!(
                "INSERT INTO reservations VALUES ('{id}', 'f', 'c1', 'm1', '{start}', '2026-12-03T20:00:00Z', 'confirmed', '{created}');"
            )
        };
        let rows = [
            row("late", "2026-12-02T19:00:00Z", "2026-11-01 00:00:00"),
            row("b", "2026-12-02 18:00:00", "2026-11-02 00:00:00"),
            row("a", "2026-12-02T10:00:00-08:00", "2026-11-02T00:00:00Z"),
            row("older", "2026-12-02T18:00:00.000Z", "2026-11-01 00:00:00"),
        ];
        let (plans, _) = planned(&rows.concat(), AsOf::Instant(NOW));
        assert_eq!(ids(&plans[0]), ["older", "a", "b", "late"]);
    }

    #[test]
    fn every_row_is_brought_or_reported() {
        let rows = "INSERT INTO reservations VALUES
            ('r1', 'f', 'c1', 'm1', '2026-12-02T18:00:00Z', '2026-12-02T19:00:00Z', 'confirmed', NULL),
            ('r1', 'f', 'c1', 'm1', '2026-12-02T20:00:00Z', '2026-12-02T21:00:00Z', 'confirmed', NULL),
            ('r2', 'f', 'c1', 'm1', '2026-11-02T20:00:00Z', '2026-11-02T21:00:00Z', 'confirmed', NULL),
            ('r3', 'f', 'c1', 'm1', '2026-12-02T20:00:00Z', '2026-12-02T21:00:00Z', NULL, NULL),
            ('r4', 'nowhere', 'c1', 'm1', '2026-12-02T20:00:00Z', '2026-12-02T21:00:00Z', 'confirmed', NULL),
            ('r5', 'f', 'c1', 'm1', 'soon', '2026-12-02T21:00:00Z', 'confirmed', NULL);";
        let (plans, mut report) = planned(rows, AsOf::Instant(NOW));
        assert_eq!((plans.len(), ids(&plans[0])), (1, vec!["r1"]));
        let reasons = |report: &mut Report, table| -> Vec<String> {
            report.table(table).refused.iter().map(|refusal| refusal.reason.clone()).collect()
        };
        assert_eq!(reasons(&mut report, "reservations"), ["duplicate_id", "bad_time", "unknown_facility"]);
        assert_eq!(reasons(&mut report, "courts"), ["duplicate_id", "unknown_facility"]);
        assert_eq!(reasons(&mut report, "facilities"), ["bad_time_zone"]);
        assert_eq!(report.table("waitlist").skipped["not in this import"], 2);
        assert_eq!(report.spellings["utc"], 5);

        for (table, brought) in [("facilities", 1), ("courts", 1), ("members", 1), ("reservations", 1)] {
            report.table(table).imported = brought;
        }
        assert!(report.unaccounted().is_empty());
    }

    #[test]
    fn a_day_begins_at_the_facility() {
        let la = chrono_tz::America::Los_Angeles;
        let day = AsOf::read(Some("2026-12-01"), 0).unwrap();
        assert_eq!(day.at(la), NOW + 8 * 3_600_000);
        let santiago = chrono_tz::America::Santiago;
        assert_eq!(court_time::write(AsOf::read(Some("2026-09-06"), 0).unwrap().at(santiago)), "2026-09-06T04:00:00Z");
        assert_eq!(AsOf::read(Some("2026-12-01T00:00:00+00:00"), 0).unwrap(), AsOf::Instant(NOW));
        assert_eq!(AsOf::read(None, NOW).unwrap(), AsOf::Instant(NOW));
        assert!(AsOf::read(Some("tomorrow"), NOW).is_err());
    }
}
