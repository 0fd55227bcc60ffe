//! From the rows of an export to what is to be created and taken over: pure, and the whole of the
//! decisions that an import makes by itself.
//!
//! Rows that are broken, or no part of an import, enter the report here and never reach a node.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use serde_json::Value;

use super::blocks::{self, Block};
use super::people::{self, Item};
use super::report::{Report, TableReport};
use super::source::Tables;
use super::waiting::{self, Waiters, Waiting};
use super::{counts, logs};
use crate::original::{self, Booking, Known, Record, Refusal, court_time};

/// How many days ahead may be booked where the export does not say: the interface's default.
const ADVANCE_BOOKING_DAYS: u32 = 14;

/// One facility with everything of it that is to be brought.
#[derive(Debug)]
pub(super) struct FacilityPlan {
    pub(super) facility: Item,
    pub(super) zone: Tz,
    pub(super) courts: Vec<Item>,
    pub(super) members: Vec<Item>,
    /// In order of start: the first of two that overlap wins.
    pub(super) bookings: Vec<Booking>,
    pub(super) blocks: Vec<Block>,
    /// In order of joining.
    pub(super) waiting: Vec<Waiting>,
}

/// Decides what is to be brought, and reports what is not. `now` is in milliseconds UTC.
pub(super) fn plan(tables: &Tables, now: i64) -> (Vec<FacilityPlan>, Report) {
    let mut report = Report { now: court_time::write(now), ..Report::default() };
    report.tables.extend(tables.all().map(|(name, rows)| TableReport::new(name, rows.len())));
    for (name, rows) in [("reservations", &tables.reservations), ("waitlist", &tables.waitlist)] {
        rows.iter().for_each(|row| report.table(name).found(&original::found(row)));
    }
    for spelling in tables.reservations.iter().filter_map(original::spelling) {
        *report.spellings.entry(spelling.name()).or_default() += 1;
    }

    let mut seen = BTreeSet::new();
    let mut plans = Vec::new();
    for row in &tables.facilities {
        match people::facility(row).and_then(|(item, zone)| once(&mut seen, &item.id.clone(), (item, zone))) {
            Ok((item, zone)) => plans.push(one_facility(item, zone, now, tables, &mut report)),
            Err(refusal) => report.table("facilities").refuse(refusal, None),
        }
    }
    homeless(tables, &plans, &mut report);
    logs::attach(tables, &mut plans, &mut report);
    plans.iter_mut().for_each(|plan| counts::recount(plan, &mut report.notes));
    (plans, report)
}

/// How many days ahead may be booked at a facility.
pub(super) fn advance_booking_days(facility: &Item) -> u32 {
    let days = facility.body.get("advanceBookingDays").and_then(Value::as_u64);
    days.and_then(|days| u32::try_from(days).ok()).unwrap_or(ADVANCE_BOOKING_DAYS)
}

fn one_facility(facility: Item, zone: Tz, now: i64, tables: &Tables, report: &mut Report) -> FacilityPlan {
    let of_this = |row: &&Record| row.text("facility_id").as_deref() == Some(&facility.id);
    let id = |item: &Item| item.id.clone();
    let courts = read(tables.courts.iter().filter(of_this), people::court, id, report.table("courts"));
    let members = read(tables.members.iter().filter(of_this), people::member, id, report.table("members"));
    let ids = |items: &[Item]| items.iter().map(id).collect::<BTreeSet<_>>();
    let (court_ids, member_ids) = (ids(&courts), ids(&members));

    let known = Known { courts: &court_ids, members: &member_ids, now };
    let rows = tables.reservations.iter().filter(of_this);
    let id = |booking: &Booking| booking.id().to_owned();
    let mut bookings = read(rows, |row| original::read(row, &known), id, report.table("reservations"));
    bookings.sort_by(|a, b| a.order().cmp(&b.order()));

    let waiters = Waiters { courts: &court_ids, members: &members, zone, now };
    let rows = tables.waitlist.iter().filter(of_this);
    let id = |entry: &Waiting| entry.id.clone();
    let mut waiting = read(rows, |row| waiting::entry(row, &waiters), id, report.table("waitlist"));
    // Those who joined at one time keep the order of the file.
    waiting.sort_by_key(|entry| entry.joined);

    let rows = tables.blocks.iter().filter(of_this);
    let id = |block: &Block| block.id.clone();
    let table = report.table("availability_blocks");
    let mut blocks = read(rows, |row| blocks::block(row, &court_ids, zone), id, table);
    let window = advance_booking_days(&facility);
    blocks.retain(|block| {
        let comes = !block.times(zone, now, window).is_empty();
        if !comes {
            table.skip("no time to come", None);
        }
        comes
    });
    FacilityPlan { facility, zone, courts, members, bookings, blocks, waiting }
}

/// Reads rows; those that cannot be read, or have the id of one before, enter the report.
fn read<'a, T>(
    rows: impl Iterator<Item = &'a Record>,
    one: impl Fn(&Record) -> Result<T, Refusal>,
    id: impl Fn(&T) -> String,
    report: &mut TableReport,
) -> Vec<T> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for row in rows {
        match one(row).and_then(|one| once(&mut seen, &id(&one), one)) {
            Ok(one) => all.push(one),
            Err(refusal) => report.refuse(refusal, status(report, row).as_deref()),
        }
    }
    all
}

/// Takes something unless one of its id was taken before.
fn once<T>(seen: &mut BTreeSet<String>, id: &str, one: T) -> Result<T, Refusal> {
    if seen.insert(id.to_owned()) {
        Ok(one)
    } else {
        Err(Refusal::new(id, "duplicate_id", "an earlier row has the same id"))
    }
}

/// The status of a row, where the rows of its table have one.
fn status(report: &TableReport, row: &Record) -> Option<String> {
    (!report.by_status.is_empty()).then(|| original::found(row))
}

/// Refuses the rows of facilities that are not in the export, or not possible.
fn homeless(tables: &Tables, plans: &[FacilityPlan], report: &mut Report) {
    let homes: BTreeSet<&str> = plans.iter().map(|plan| plan.facility.id.as_str()).collect();
    for (name, rows) in tables.of_facilities() {
        for row in rows {
            let facility = row.text("facility_id").unwrap_or_default();
            if !homes.contains(facility.as_str()) {
                let id = row.text("id").unwrap_or_default();
                let refusal = Refusal::new(&id, "unknown_facility", format!("there is no facility {facility:?}"));
                let table = report.table(name);
                let status = status(table, row);
                table.refuse(refusal, status.as_deref());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::report::Here;
    use crate::import::source;

    const SCHEMA: &str = "CREATE TABLE facilities (id, name, slug, timezone);
        CREATE TABLE courts (id, facility_id, name, court_type);
        CREATE TABLE members (id, facility_id, name, email, no_show_count);
        CREATE TABLE reservations (id, facility_id, court_id, member_id, start_time, end_time, status, created_at);
        CREATE TABLE no_show_log (id, reservation_id, member_id, recorded_at, penalty_credits);
        INSERT INTO courts VALUES ('c1', 'f', 'C', 'tennis'), ('c1', 'f', 'again', 'tennis'), ('c9', 'g', 'elsewhere', 'tennis');
        INSERT INTO members VALUES ('m1', 'f', 'M', 'm@example.org', 0), ('m2', 'f', 'N', 'n@example.org', 7);
        INSERT INTO facilities VALUES ('f', 'F', 'f', 'America/Los_Angeles'), ('bad', 'B', 'b', 'nowhere');";

    /// 2026-12-01T00:00:00Z.
    const NOW: i64 = 1_796_083_200_000;

    fn planned(reservations: &str) -> (Vec<FacilityPlan>, Report) {
        plan(&source::from_sql(&format!("{SCHEMA} {reservations}")).unwrap(), NOW)
    }

    fn ids(plan: &FacilityPlan) -> Vec<&str> {
        plan.bookings.iter().map(Booking::id).collect()
    }

    fn reasons(report: &mut Report, table: &str) -> Vec<String> {
        report.table(table).refusals.iter().map(|refusal| refusal.reason.clone()).collect()
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
        let (plans, _) = planned(&rows.concat());
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
        let (plans, mut report) = planned(rows);
        assert_eq!((plans.len(), ids(&plans[0])), (1, vec!["r2", "r1"]));
        let refused = ["duplicate_id", "unknown_status", "bad_time", "unknown_facility"];
        assert_eq!(reasons(&mut report, "reservations"), refused);
        assert_eq!(reasons(&mut report, "courts"), ["duplicate_id", "unknown_facility"]);
        assert_eq!(reasons(&mut report, "facilities"), ["bad_time_zone"]);
        assert_eq!(report.spellings["utc"], 5);

        report.table("facilities").here(Here::Imported, None);
        report.table("courts").here(Here::Imported, None);
        (0..2).for_each(|_| report.table("members").here(Here::Imported, None));
        report.table("reservations").here(Here::Imported, Some(("confirmed", "confirmed")));
        assert_eq!(report.unaccounted(), ["reservations"]);
        report.table("reservations").here(Here::Imported, Some(("confirmed", "completed")));
        assert!(report.unaccounted().is_empty(), "{report:?}");
    }

    #[test]
    fn a_line_goes_with_what_it_is_about_and_the_log_counts() {
        let rows = "INSERT INTO reservations VALUES
            ('r1', 'f', 'c1', 'm1', '2026-11-02T18:00:00Z', '2026-11-02T19:00:00Z', 'no_show', NULL),
            ('r2', 'f', 'c1', 'm1', 'soon', '2026-11-02T21:00:00Z', 'no_show', NULL);
            INSERT INTO no_show_log VALUES ('n1', 'r1', 'm1', '2026-11-02T19:00:00Z', 1),
            ('n2', 'r2', 'm1', '2026-11-02T19:00:00Z', 1), ('n3', 'r9', 'm1', '2026-11-02T19:00:00Z', 1),
            ('n4', 'r1', 'm2', '2026-11-02T19:00:00Z', 1), ('n1', 'r1', 'm1', '2026-11-02T19:00:00Z', 1),
            ('n5', NULL, 'm1', '2026-11-02T19:00:00Z', 1);";
        let (plans, mut report) = planned(rows);
        let line_ids: Vec<_> =
            plans[0].bookings[0].import.elsewhere.log.iter().map(|line| line.id.to_string()).collect();
        assert_eq!(line_ids, ["n1"]);
        let refused = ["duplicate_id", "subject_refused", "unknown_subject", "other_member", "about_nothing"];
        assert_eq!(reasons(&mut report, "no_show_log"), refused);
        let counts: Vec<_> = plans[0].members.iter().map(|member| member.body["noShowCount"].clone()).collect();
        assert_eq!(counts, [Value::from(1), Value::from(7)], "the row where it says more, the log where that does");
        assert_eq!(report.notes.len(), 2, "{:?}", report.notes);
    }
}
