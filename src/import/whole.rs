//! A club's whole season, brought to three nodes: interrupted in the middle, gone on with, and brought again.
//!
//! The nodes' clocks stand still on the day of the export, so that the same rows are over on every day on which
//! this runs. Data of a made-up club season; see `tests/data`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;

use cluster::Clock;
use serde_json::Value;

use super::api::Api;
use super::report::{Counts, Report};
use super::run::{import, rehearse};
use super::source::{self, Tables};
use crate::auth::Access;
use crate::dev::DevCluster;
use crate::original::court_time;

const FACILITY: &str = "fac_thestack";
/// Sunday, 10:00 at the club.
const NOW: &str = "2026-11-22T18:00:00Z";
/// In the middle of the season: once it is here, half of the work is done.
const HALFWAY: &str = "rsv_003000";

/// A clock that stands still.
#[derive(Debug)]
struct Stopped(i64);

impl Clock for Stopped {
    fn now_millis(&self) -> i64 {
        self.0
    }
}

fn now() -> i64 {
    court_time::read(NOW).unwrap().0
}

fn season() -> Tables {
    let packed = include_bytes!("../../tests/data/d1-export.sql.gz");
    let mut sql = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut sql).unwrap();
    source::from_sql(&sql).unwrap()
}

/// Three nodes, and one of them at a time to ask.
struct Nodes {
    cluster: DevCluster,
    urls: Vec<String>,
}

impl Nodes {
    async fn start() -> Self {
        let cluster = DevCluster::start_on(Arc::new(Stopped(now())), None, 0, Access::open()).await.unwrap();
        let urls = cluster.addresses().iter().map(|address| format!("http://{address}")).collect();
        Self { cluster, urls }
    }

    fn api(&self, node: usize) -> Api {
        Api::new(&self.urls[node..=node]).unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        self.api(2).get(path).await.unwrap().accepted(path).unwrap()
    }

    /// All items of a list that has pages.
    async fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}limit=200&consistency=linearizable{cursor}")).await;
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["nextCursor"].as_str() else { return items };
            cursor = format!("&cursor={next}");
        }
    }

    /// Index and digest of the facility's state, which all nodes agree on.
    async fn state(&self) -> (u64, String) {
        loop {
            let mut states = BTreeSet::new();
            for node in 0..3 {
                let cluster = self.api(node).get("/api/cluster").await.unwrap().body;
                let groups = cluster["groups"].as_array().unwrap();
                let group = groups.iter().find(|group| group["facilityId"] == FACILITY).unwrap();
                states.insert((group["appliedIndex"].as_u64().unwrap(), group["digest"].as_str().unwrap().to_owned()));
            }
            if states.len() == 1 {
                return states.pop_first().unwrap();
            }
        }
    }
}

fn counts<'a>(report: &'a Report, table: &str) -> &'a Counts {
    &report.tables.iter().find(|of| of.table == table).unwrap().all
}

/// What is reported of every refused row.
fn refused(report: &Report) -> BTreeSet<(&str, &str, &str)> {
    let all = report.tables.iter().flat_map(|of| of.refusals.iter().map(move |one| (of.table, one)));
    all.map(|(table, one)| (table, one.id.as_str(), one.reason.as_str())).collect()
}

/// How many rows of each table there are in the file, and are here, by a run or a rehearsal.
fn here(report: &Report) -> BTreeMap<&str, (usize, usize, usize)> {
    let of_table = |of: &Counts| (of.rows, of.imported + of.existing, of.refused + of.skipped);
    report.tables.iter().map(|of| (of.table, of_table(&of.all))).collect()
}

/// Begins an import and drops it in the middle of a request, once half of the season is here.
async fn interrupted(nodes: &Nodes, tables: &Tables) {
    let mut api = nodes.api(0);
    let halfway = async {
        let path = format!("/api/reservations/{HALFWAY}?facilityId={FACILITY}");
        while !nodes.api(1).get(&path).await.unwrap().status.is_success() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        done = import(tables, now(), &mut api) => panic!("it was not interrupted: {done:?}"),
        () = halfway => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_season_comes_over_once_however_often_it_is_brought() {
    let (nodes, tables) = (Nodes::start().await, season());
    let foretold = rehearse(&tables, now());
    assert!(foretold.unaccounted().is_empty(), "{foretold:?}");

    interrupted(&nodes, &tables).await;
    let report = import(&tables, now(), &mut nodes.api(1)).await.unwrap();
    assert!(report.unaccounted().is_empty(), "{report:?}");
    assert_eq!(here(&report), here(&foretold), "a rehearsal says what comes of it");
    assert_eq!(refused(&report), refused(&foretold));
    let reservations = counts(&report, "reservations");
    assert!(reservations.existing > 1_000 && reservations.imported > 1_000, "it went on: {reservations:?}");

    let before = nodes.state().await;
    let again = import(&tables, now(), &mut nodes.api(2)).await.unwrap();
    assert!(again.tables.iter().all(|of| of.all.imported == 0), "nothing is new: {again:?}");
    assert_eq!((here(&again), refused(&again)), (here(&report), refused(&report)));
    assert_eq!(nodes.state().await, before, "nothing has changed, on no node");

    let history = nodes.all(&format!("/api/facilities/{FACILITY}/history?")).await;
    the_history_has_each_row_once_as_it_stood(&history, &report);
    nothing_was_counted_charged_or_told_again(&history);
    what_is_booked_leaves_its_mark(&nodes, &report).await;
    members_have_what_the_file_says(&nodes, &tables, &spent(&history)).await;
    what_ended_is_found_with_all_that_was_known(&nodes).await;
    nodes.cluster.stop().await;
}

/// Afterwards there are as many of each status as in the file, less what was refused, and but for those that the
/// report says became something else.
fn the_history_has_each_row_once_as_it_stood(history: &[Value], report: &Report) {
    let text = |event: &Value, field: &str| event[field].as_str().unwrap_or_default().to_owned();
    let of = |word: &str| history.iter().filter(|event| event["event"] == word).cloned().collect::<Vec<_>>();
    let imported = of("reservation_imported");
    let ids: BTreeSet<String> = imported.iter().map(|event| text(event, "reservationId")).collect();
    assert_eq!(ids.len(), imported.len(), "none twice");

    let mut seen = BTreeMap::<String, usize>::new();
    imported.iter().for_each(|event| *seen.entry(text(event, "status")).or_default() += 1);
    let mut expected = BTreeMap::<String, usize>::new();
    let table = report.tables.iter().find(|of| of.table == "reservations").unwrap();
    for (status, counts) in &table.by_status {
        let became: usize = counts.became.values().sum();
        *expected.entry(status.clone()).or_default() += counts.rows - counts.refused - became;
        counts.became.iter().for_each(|(other, n)| *expected.entry(other.clone()).or_default() += n);
    }
    expected.retain(|_, n| *n > 0);
    assert_eq!(seen, expected);
    let rows: Vec<(&str, usize)> = table.by_status.iter().map(|(status, of)| (status.as_str(), of.rows)).collect();
    let file = [("cancelled", 612), ("completed", 3876), ("confirmed", 1226), ("no_show", 258), ("pending", 34)];
    assert_eq!(rows, file);

    for (word, table) in [
        ("cancellation_imported", "cancellation_log"),
        ("no_show_imported", "no_show_log"),
        ("notification_imported", "notification_log"),
        ("waitlist_imported", "waitlist"),
    ] {
        let events = of(word);
        let id = |event: &Value| {
            if word == "waitlist_imported" { text(event, "waitlistId") } else { text(&event["line"], "id") }
        };
        let ids: BTreeSet<String> = events.iter().map(id).collect();
        let counts = counts(report, table);
        assert_eq!((events.len(), ids.len()), (counts.rows - counts.refused, events.len()), "{word}");
    }
}

fn nothing_was_counted_charged_or_told_again(history: &[Value]) {
    let words: BTreeSet<&str> = history.iter().map(|event| event["event"].as_str().unwrap()).collect();
    for never in ["reservation_missed", "member_suspended", "reservation_cancelled", "refund_due"] {
        assert!(!words.contains(never), "{never}");
    }
}

/// Credits that paid for what somebody who waited was given at once, by member: a slot of an hour costs one.
fn spent(history: &[Value]) -> BTreeMap<String, i64> {
    let given = |event: &&Value| event["event"] == "waitlist_auto_booked";
    let ids: BTreeSet<&str> =
        history.iter().filter(given).filter_map(|event| event["reservationId"].as_str()).collect();
    let mut spent = BTreeMap::new();
    for event in history.iter().filter(|event| event["event"] == "credits_changed") {
        assert!(ids.contains(event["reservationId"].as_str().unwrap()), "nothing else costs anything: {event}");
        *spent.entry(event["memberId"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    spent
}

/// What is to come claims its court, the weekly block leaves out what is booked, and those that could only have
/// come over somebody's reservation name it.
async fn what_is_booked_leaves_its_mark(nodes: &Nodes, report: &Report) {
    let slots = nodes.get(&format!("/availability?facilityId={FACILITY}&consistency=linearizable")).await;
    let taken: BTreeSet<&str> =
        slots["slots"].as_array().unwrap().iter().filter_map(|slot| slot["state"]["reservationId"].as_str()).collect();
    assert!(taken.contains("rsv_overlapped0") && !taken.contains("rsv_overlap0"), "the first by start won");
    let blocks = nodes.all(&format!("/api/facilities/{FACILITY}/blocks?")).await;
    let ids: Vec<&str> = blocks.iter().map(|block| block["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["blk_lesson"]);
    let table = report.tables.iter().find(|of| of.table == "availability_blocks").unwrap();
    assert!(table.refusals.iter().all(|one| one.reason == "in_the_way" && !one.overlaps.is_empty()), "{table:?}");
    assert!(report.notes.iter().any(|note| note.contains("blk_lesson")), "{:?}", report.notes);
}

async fn members_have_what_the_file_says(nodes: &Nodes, tables: &Tables, spent: &BTreeMap<String, i64>) {
    let mut missed = BTreeMap::<String, i64>::new();
    for row in &tables.no_shows {
        *missed.entry(row.text("member_id").unwrap()).or_default() += 1;
    }
    let balances: BTreeMap<String, i64> =
        tables.members.iter().map(|row| (row.text("id").unwrap(), row.int("credits_balance").unwrap())).collect();
    let members = nodes.all(&format!("/api/facilities/{FACILITY}/members?")).await;
    assert_eq!(members.len(), tables.members.len());
    for member in members {
        let id = member["id"].as_str().unwrap();
        assert_eq!(member["creditsBalance"], balances[id] - spent.get(id).copied().unwrap_or(0), "{id}");
        assert_eq!(member["noShowCount"], missed.get(id).copied().unwrap_or(0), "{id}");
    }
}

async fn what_ended_is_found_with_all_that_was_known(nodes: &Nodes) {
    let one = async |id: &str| nodes.get(&format!("/api/reservations/{id}?facilityId={FACILITY}")).await;
    let played = one("rsv_000001").await;
    let told = (&played["status"], &played["completedAt"], &played["paymentStatus"], &played["rateCents"]);
    assert_eq!(told, (&"completed".into(), &"2026-09-01T15:00:00Z".into(), &"paid".into(), &4000.into()));
    let called_off = one("rsv_000002").await;
    let told = (&called_off["status"], &called_off["cancelledAt"], &called_off["cancellationReason"]);
    assert_eq!(told, (&"cancelled".into(), &"2026-09-01T12:00:00Z".into(), &"Schedule conflict".into()));
    assert_eq!(one("rsv_000003").await["status"], "no_show");
    let to_come = one("rsv_005427").await;
    assert_eq!((&to_come["status"], &to_come["startTime"]), (&"confirmed".into(), &"2026-12-01T18:00:00Z".into()));
    let run_out = nodes.get(&format!("/api/waitlist/wl_005?facilityId={FACILITY}")).await;
    assert_eq!(run_out["status"], "expired");
}
