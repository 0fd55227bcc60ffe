//! `courtd bench suite`: the disk, three nodes below HTTP, the same through HTTP, contention and
//! sockets, in one run and one table, each figure beside its target and its ratio to the disk.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::args::{Load, OffersArgs, Output, SuiteArgs, WatchArgs};
use super::below::Cluster;
use super::book::Ground;
use super::disk::{self, Disk};
use super::fleet::Fleet;
use super::report::{Outcome, print, progress, table};
use super::{contend, offers, watch};

/// Changes a second of the watching step: those at which others were measured.
const CHANGES_PER_SECOND: u32 = 2;

/// Clients of the contending step.
const CONTENDERS: u32 = 64;

/// One line of the table.
struct Row {
    what: String,
    per_second: f64,
    /// Whether the ratio to the disk means something.
    of_disk: bool,
    p50: f64,
    p99: f64,
    writes_per_commit: Option<f64>,
    /// Microseconds of CPU time for each write or attempt: of the nodes, and below HTTP of the load as well.
    cpu: Option<f64>,
    /// The same of the load alone.
    load_cpu: Option<f64>,
    target: String,
}

/// Runs everything.
pub(super) async fn suite(args: &SuiteArgs) -> Result<()> {
    let folder = match &args.data_dir {
        Some(parent) => std::fs::create_dir_all(parent).and_then(|()| TempDir::with_prefix_in("courtd-bench-", parent)),
        None => TempDir::with_prefix("courtd-bench-"),
    };
    let folder = folder.context("failed to make a folder for the nodes' data")?;
    // The nodes inherit the limit: all sockets may be on one of them.
    watch::room_for(args.sockets)?;
    let lasting = Duration::from_secs(args.seconds.into());
    let disk = {
        let (bar, path) = (progress("the disk"), folder.path().to_owned());
        let disk = tokio::task::spawn_blocking(move || disk::measure(&path, lasting)).await??;
        bar.finish_and_clear();
        disk
    };
    let mut rows = below(args, &folder, &disk).await?;
    let fleet = Fleet::start(folder.path()).await?;
    let (over, violations) = over_http(args, &fleet).await?;
    fleet.stop().await?;
    rows.extend(over);
    let mut violations = violations;
    if args.offers > 0 {
        let data_dir = Some(folder.path().join("offers"));
        let args = OffersArgs { data_dir, samples: args.offers, waiting: args.waiting, output: args.output };
        let outcome = offers::offers(&args).await?;
        rows.extend(offer_rows(&outcome));
        violations.extend(outcome.violations);
    }
    print(args.output, &text(&disk, &rows, &violations), &to_json(&disk, &rows, &violations));
    if !violations.is_empty() {
        bail!("{} violations of what must hold", violations.len());
    }
    Ok(())
}

async fn below(args: &SuiteArgs, folder: &TempDir, disk: &Disk) -> Result<Vec<Row>> {
    let bar = progress("three nodes below HTTP");
    let mut cluster = Cluster::start(folder.path()).await?;
    let mut rows = Vec::new();
    for &groups in &args.facilities {
        cluster.provide(groups as usize).await?;
        for &clients in &args.clients {
            let step = cluster.load(groups as usize, clients, Duration::from_secs(args.seconds.into())).await?;
            rows.push(Row {
                what: format!("below HTTP, {}: writes", spread(groups, clients)),
                per_second: step.writes_per_second,
                of_disk: true,
                p50: step.write.quantile(0.5),
                p99: step.write.quantile(0.99),
                writes_per_commit: step.writes_per_commit,
                cpu: step.cpu,
                load_cpu: None,
                target: below_target(groups, clients, disk),
            });
            rows.push(Row {
                what: format!("below HTTP, {}: pairs", spread(groups, clients)),
                per_second: step.pairs_per_second,
                of_disk: true,
                p50: step.pair.quantile(0.5),
                p99: step.pair.quantile(0.99),
                writes_per_commit: None,
                cpu: None,
                load_cpu: None,
                target: String::new(),
            });
        }
    }
    cluster.stop().await;
    bar.finish_and_clear();
    Ok(rows)
}

async fn over_http(args: &SuiteArgs, fleet: &Fleet) -> Result<(Vec<Row>, Vec<String>)> {
    let load = |clients, facilities| Load {
        urls: fleet.urls.clone(),
        clients,
        seconds: args.seconds,
        facilities,
        output: Output::Json,
        processes: fleet.processes(),
    };
    let mut rows = Vec::new();
    let mut violations = Vec::new();
    // Order: these have one facility; later every node has a hundred to keep.
    let outcome = contend::contend(&load(CONTENDERS, 1)).await?;
    rows.extend(row(&outcome, "attempt", format!("HTTP, one slot, {CONTENDERS} clients: attempts"), "15,000".into()));
    violations.extend(outcome.violations);
    if args.sockets > 0 {
        for saturate in [false, true] {
            // All on one node: a figure of it, not of how they are spread.
            let load = Load { urls: fleet.urls[..1].to_vec(), ..load(args.sockets, 1) };
            let outcome = watch::watch(&WatchArgs { load, changes: CHANGES_PER_SECOND, saturate }).await?;
            rows.extend(watch_row(&outcome, args.sockets, saturate));
            violations.extend(outcome.violations);
        }
    }
    for &facilities in &args.facilities {
        let bar = progress("making clubs");
        let mut ground = Ground::make(&fleet.urls, facilities, &args.clients, args.seconds).await?;
        bar.finish_and_clear();
        for &clients in &args.clients {
            let outcome = ground.book(&load(clients, facilities)).await?;
            let what = format!("HTTP, {}: pairs", spread(facilities, clients));
            rows.extend(row(&outcome, "pair", what, book_target(facilities, clients)));
            violations.extend(outcome.violations);
        }
    }
    Ok((rows, violations))
}

fn watch_row(outcome: &Outcome, sockets: u32, saturate: bool) -> Option<Row> {
    let fact = |name: &str| outcome.facts.get(name).map(Value::to_string).unwrap_or_default();
    let (how, target) = if saturate {
        let figures = [("nodeMicrosPerDelivery", "µs each"), ("nodeBytesPerSocket", "bytes a socket")];
        (
            format!("saturated ({})", figures.map(|(name, unit)| format!("{} {unit}", fact(name))).join(", ")),
            "5,000 sockets: 120,000, ≤ 8 KiB",
        )
    } else {
        (format!("{CHANGES_PER_SECOND} changes a second"), "5,000 / 10,000 sockets: p99 ≤ 50 / 100 ms")
    };
    row(outcome, "delivery", format!("{sockets} sockets, {how}: deliveries"), target.to_owned())
}

fn offer_rows(outcome: &Outcome) -> impl Iterator<Item = Row> {
    let waiting = outcome.facts.get("waitingAfter").map(Value::to_string).unwrap_or_default();
    let named = [("idle", "at rest".to_owned()), ("waiting", format!("{waiting} emails and more waiting"))];
    named.into_iter().filter_map(|(step, how)| {
        let what = format!("a cancellation at a follower, {how}: the offer is with the provider");
        row(outcome, step, what, "p99 ≤ 1,000 ms".to_owned())
    })
}

fn row(outcome: &Outcome, step: &str, what: String, target: String) -> Option<Row> {
    let step = outcome.step(step)?;
    let (p50, p99) = (step.latency.quantile(0.5), step.latency.quantile(0.99));
    let fact = |names: &[&str]| names.iter().find_map(|name| outcome.facts.get(*name)?.as_f64());
    Some(Row {
        what,
        per_second: step.per_second,
        of_disk: step.name == "pair",
        p50,
        p99,
        writes_per_commit: fact(&["writesPerCommit"]),
        cpu: fact(&["cpuMicrosPerWrite", "cpuMicrosPerAttempt"]),
        load_cpu: fact(&["loadCpuMicrosPerWrite", "loadCpuMicrosPerAttempt"]),
        target,
    })
}

fn spread(facilities: u32, clients: u32) -> String {
    let plural = |count: u32, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    format!("{}, {}", plural(facilities, "facility", "facilities"), plural(clients, "client", "clients"))
}

/// What writes below HTTP should reach, from the disk of this run.
fn below_target(groups: u32, clients: u32, disk: &Disk) -> String {
    let (f, l) = (disk.per_second, disk.latency.quantile(0.5));
    match (groups, clients) {
        (1, 1) => format!("p50 ≤ 4 L = {:.2} ms", 4.0 * l),
        (1, 64) => format!("≥ 7 F = {:.0}, p99 ≤ 10 ms", 7.0 * f),
        (1, 256) => format!("≥ 12 F = {:.0}", 12.0 * f),
        (100, 64) => format!("≥ 1.2 F = {:.0}", 1.2 * f),
        (100, 256) => format!("≥ 3 F = {:.0}", 3.0 * f),
        _ => String::new(),
    }
}

/// What pairs over HTTP should reach.
fn book_target(facilities: u32, clients: u32) -> String {
    match (facilities, clients) {
        (1, 1) => "600, p50 ≤ 1.6 ms",
        (1, 64) => "6,000, p99 ≤ 20 ms",
        (1, 256) => "8,000, p99 ≤ 60 ms",
        (100, 64) => "3,500",
        (100, 256) => "6,000",
        _ => "",
    }
    .to_owned()
}

fn text(disk: &Disk, rows: &[Row], violations: &[String]) -> String {
    let mut table = table(["", "per second", "× F", "p50 ms", "p99 ms", "writes a commit", "CPU µs", "target"]);
    let milli = |latency: f64| format!("{latency:.2}");
    let (l, p99) = (disk.latency.quantile(0.5), disk.latency.quantile(0.99));
    let f = format!("{:.0}", disk.per_second);
    table.add_row([
        "disk: 4 KiB appended and synced".into(),
        f,
        "F".into(),
        format!("L = {l:.2}"),
        milli(p99),
        String::new(),
        String::new(),
        String::new(),
    ]);
    for row in rows {
        table.add_row([
            row.what.clone(),
            format!("{:.0}", row.per_second),
            if row.of_disk { format!("{:.2}", row.per_second / disk.per_second) } else { String::new() },
            milli(row.p50),
            milli(row.p99),
            row.writes_per_commit.map(|writes| format!("{writes:.1}")).unwrap_or_default(),
            row.cpu
                .map(|cpu| row.load_cpu.map_or(format!("{cpu:.0}"), |load| format!("{cpu:.0} + {load:.0}")))
                .unwrap_or_default(),
            row.target.clone(),
        ]);
    }
    let mut text = format!("{table}\n");
    if violations.is_empty() {
        text.push_str("checked: nothing is wrong\n");
    }
    violations.iter().for_each(|violation| text.push_str(&format!("VIOLATED: {violation}\n")));
    text
}

fn to_json(disk: &Disk, rows: &[Row], violations: &[String]) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "what": row.what, "perSecond": row.per_second, "timesDisk": row.of_disk.then_some(row.per_second / disk.per_second),
                "p50Ms": row.p50, "p99Ms": row.p99, "writesPerCommit": row.writes_per_commit,
                "cpuMicros": row.cpu, "loadCpuMicros": row.load_cpu, "target": row.target,
            })
        })
        .collect();
    let mut disk_figures = disk.latency.to_json();
    disk_figures["perSecond"] = json!(disk.per_second);
    json!({"bench": "suite", "disk": disk_figures, "figures": rows, "violations": violations.len(), "violationsShown": violations})
}
