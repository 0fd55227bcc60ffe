//! Carries a plan out: creates what is missing, books in order of start, and reports.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::StatusCode;

use super::api::Api;
use super::args::{D1Args, ImportArgs, Origin, Output};
use super::bookings;
use super::people::Item;
use super::plan::{AsOf, FacilityPlan, plan};
use super::report::{Report, TableReport};
use super::source;
use super::taken::Courts;
use crate::original::Refusal;

/// Items of a page; the interface's most.
const PAGE_ITEMS: usize = 200;

/// Runs `courtd import`.
pub async fn run(args: ImportArgs) -> Result<()> {
    let Origin::D1(args) = args.from;
    let as_of = AsOf::read(args.as_of.as_deref(), chrono::Utc::now().timestamp_millis())?;
    let (plans, mut report) = plan(&source::open(&args.file)?, as_of);
    report.file = args.file.display().to_string();
    report.dry_run = args.dry_run;
    if args.dry_run {
        plans.iter().for_each(|plan| foretell(plan, &mut report));
    } else {
        let mut api = Api::new(&args.urls)?;
        for plan in &plans {
            bring(plan, &mut api, &mut report).await?;
        }
    }
    print(&args, &report)?;
    let lost = report.unaccounted();
    if !lost.is_empty() {
        bail!("the report does not account for every row of {}", lost.join(", "));
    }
    Ok(())
}

/// What [`bring`] would do in a cluster that has nothing of the facility.
fn foretell(plan: &FacilityPlan, report: &mut Report) {
    report.table("facilities").imported += 1;
    report.table("courts").imported += plan.courts.len();
    report.table("members").imported += plan.members.len();
    let table = report.table("reservations");
    let mut courts = Courts::default();
    for booking in &plan.bookings {
        let overlaps = courts.overlapping(booking);
        if overlaps.is_empty() {
            courts.take(booking);
            table.imported += 1;
        } else {
            table.refused.push(Courts::refusal(booking, overlaps, ""));
        }
    }
}

async fn bring(plan: &FacilityPlan, api: &mut Api, report: &mut Report) -> Result<()> {
    let steps = 1 + plan.courts.len() + plan.members.len() + plan.bookings.len();
    let bar = progress(steps as u64);
    let id = &plan.facility.id;
    let base = format!("/api/facilities/{id}");

    bar.set_message("facility");
    let there = api.get(&base).await?;
    match there.status {
        StatusCode::OK => report.table("facilities").existing += 1,
        StatusCode::NOT_FOUND => {
            api.post("/api/facilities", &plan.facility.body, "facility").await?.accepted(&format!("facility {id}"))?;
            report.table("facilities").imported += 1;
        }
        _ => drop(there.accepted(&format!("looking for facility {id}"))?),
    }
    bar.inc(1);
    bar.set_message("courts");
    create(api, &format!("{base}/courts"), &plan.courts, report.table("courts"), &bar).await?;
    bar.set_message("members");
    create(api, &format!("{base}/members"), &plan.members, report.table("members"), &bar).await?;
    bar.set_message("reservations");
    bookings::book(api, id, &plan.bookings, report.table("reservations"), &bar).await?;
    bar.finish_and_clear();
    Ok(())
}

/// Creates those that are not there yet; what is there stays as it is.
async fn create(api: &mut Api, path: &str, items: &[Item], report: &mut TableReport, bar: &ProgressBar) -> Result<()> {
    let there = existing(api, path).await?;
    for item in items {
        if there.contains(&item.id) {
            report.existing += 1;
        } else {
            let answer = api.post(path, &item.body, &format!("{}-{}", report.table, item.id)).await?;
            match answer.status {
                // Somebody else was faster; or the row is something the interface cannot take.
                StatusCode::CONFLICT if api.get(&format!("{path}/{}", item.id)).await?.status.is_success() => {
                    report.existing += 1
                }
                status if status.is_client_error() && status != StatusCode::NOT_FOUND => {
                    let told = answer.accepted("it").expect_err("a client error is no success");
                    report.refused.push(Refusal::new(&item.id, "refused", told.to_string()));
                }
                _ => {
                    answer.accepted(&format!("{} {}", report.table, item.id))?;
                    report.imported += 1;
                }
            }
        }
        bar.inc(1);
    }
    Ok(())
}

/// The ids of all items of a list.
async fn existing(api: &mut Api, path: &str) -> Result<BTreeSet<String>> {
    let mut ids = BTreeSet::new();
    let mut cursor: Option<String> = None;
    loop {
        let from = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let page =
            api.get(&format!("{path}?consistency=linearizable&limit={PAGE_ITEMS}{from}")).await?.accepted(path)?;
        let items = page["items"].as_array().context("a list without items")?;
        ids.extend(items.iter().filter_map(|item| item["id"].as_str()).map(str::to_owned));
        cursor = page["nextCursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return Ok(ids);
        }
    }
}

fn progress(steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:14} {wide_bar} {pos}/{len} {eta}");
    // Drawn on stderr, and not at all where that is no terminal.
    ProgressBar::new(steps).with_style(style.expect("the template is well-formed"))
}

#[expect(clippy::print_stdout, reason = "the report is this command's output")]
fn print(args: &D1Args, report: &Report) -> Result<()> {
    let json = serde_json::to_string_pretty(report)?;
    if let Some(file) = &args.report {
        std::fs::write(file, format!("{json}\n")).with_context(|| format!("failed to write {}", file.display()))?;
    }
    match args.output {
        Output::Table => print!("{}", report.to_text()),
        Output::Json => println!("{}", serde_json::to_string(report)?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dev::DevCluster;

    /// Far enough ahead for any clock; every spelling, two that overlap, and one of each breakage.
    const EXPORT: &str = "
        CREATE TABLE facilities (id, name, slug, timezone, opening_time, closing_time, slot_duration_minutes);
        CREATE TABLE courts (id, facility_id, name, court_type);
        CREATE TABLE members (id, facility_id, name, email, phone, preferences, status);
        CREATE TABLE reservations (id, facility_id, court_id, member_id, start_time, end_time, status, created_at, notes);
        INSERT INTO facilities VALUES ('fac_x', 'X', 'x', 'America/Los_Angeles', '06:00', '22:00', 60);
        INSERT INTO courts VALUES ('c1', 'fac_x', 'One', 'pickleball'), ('c2', 'fac_x', 'Two', 'curling');
        INSERT INTO members VALUES ('m1', 'fac_x', 'Ana', ' A@B.org ', '(206) 555-0100', '{}', 'suspended');
        INSERT INTO reservations VALUES
            ('second', 'fac_x', 'c1', 'm1', '2099-01-01T18:30:00.000Z', '2099-01-01T19:30:00Z', 'confirmed', '', ''),
            ('first',  'fac_x', 'c1', 'm1', '2099-01-01 18:00:00',      '2099-01-01T19:00:00Z', 'confirmed', '', 'ok'),
            ('next',   'fac_x', 'c1', 'm1', '2099-01-01T12:00:00-08:00', '2099-01-01T21:00:00Z', 'confirmed', '', NULL),
            ('off',    'fac_x', 'c1', 'm1', '2099-01-02T18:00:00Z',     '2099-01-02T19:00:00Z', 'cancelled', '', ''),
            ('lost',   'fac_x', 'c2', 'm1', '2099-01-02T18:00:00Z',     '2099-01-02T19:00:00Z', 'confirmed', '', ''),
            ('back',   'fac_x', 'c1', 'm1', '2099-01-02T19:00:00Z',     '2099-01-02T18:00:00Z', 'confirmed', '', '');";

    async fn imported(urls: &[String]) -> Report {
        let (plans, mut report) = plan(&source::from_sql(EXPORT).unwrap(), AsOf::Instant(0));
        let mut api = Api::new(urls).unwrap();
        for plan in &plans {
            bring(plan, &mut api, &mut report).await.unwrap();
        }
        assert!(report.unaccounted().is_empty(), "{report:?}");
        report
    }

    fn counts(report: &Report) -> Vec<(usize, usize, usize, usize)> {
        let count = |of: &TableReport| (of.imported, of.existing, of.skipped.values().sum(), of.refused.len());
        report.tables.iter().map(count).collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_import_run_twice_leaves_the_state_of_running_it_once() {
        let cluster = DevCluster::start(None, 0).await.unwrap();
        let urls: Vec<String> = cluster.addresses().iter().map(|address| format!("http://{address}")).collect();
        let first = imported(&urls[..1]).await;
        assert_eq!(counts(&first), [(1, 0, 0, 0), (1, 0, 0, 1), (1, 0, 0, 0), (2, 0, 1, 3)], "{first:?}");
        let refused: Vec<_> =
            first.tables[3].refused.iter().map(|one| (one.id.as_str(), one.reason.as_str())).collect();
        assert_eq!(refused, [("back", "ends_before_start"), ("second", "overlap"), ("lost", "court_not_found")]);
        assert_eq!(first.tables[3].refused[1].overlaps, ["first"]);

        let again = imported(&urls[1..2]).await;
        assert_eq!(counts(&again), [(0, 1, 0, 0), (0, 1, 0, 1), (0, 1, 0, 0), (0, 2, 1, 3)], "{again:?}");

        let mut other = Api::new(&urls[2..]).unwrap();
        let path = "/availability?facilityId=fac_x&consistency=linearizable";
        let seen = other.get(path).await.unwrap().body;
        let slots = seen["slots"].as_array().unwrap();
        let starts: Vec<_> = slots.iter().map(|slot| slot["startTime"].as_str().unwrap()).collect();
        assert_eq!(starts, ["2099-01-01T18:00:00Z", "2099-01-01T20:00:00Z"]);
        let member = other.get("/api/facilities/fac_x/members/m1").await.unwrap().body;
        assert_eq!((&member["email"], &member["status"]), (&" A@B.org ".into(), &"suspended".into()));
        cluster.stop().await;
    }
}
