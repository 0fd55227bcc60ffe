//! `courtd import`, from the file to the report.

use anyhow::{Context, Result, bail};

use super::api::Api;
use super::args::{D1Args, ImportArgs, Origin, Output};
use super::bring::bring;
use super::foretell::foretell;
use super::plan::plan;
use super::print;
use super::report::Report;
use super::source::{self, Tables};

/// Runs `courtd import`.
pub async fn run(args: ImportArgs) -> Result<()> {
    let Origin::D1(args) = args.from;
    let now = chrono::Utc::now().timestamp_millis();
    let tables = source::open(&args.file)?;
    let mut report =
        if args.dry_run { rehearse(&tables, now) } else { import(&tables, now, &mut Api::new(&args.urls)?).await? };
    report.file = args.file.display().to_string();
    print(&args, &report)?;
    let lost = report.unaccounted();
    if !lost.is_empty() {
        bail!("the report does not account for every row of {}", lost.join(", "));
    }
    Ok(())
}

/// Brings everything; `now` is in milliseconds UTC.
pub(super) async fn import(tables: &Tables, now: i64, api: &mut Api) -> Result<Report> {
    let (plans, mut report) = plan(tables, now);
    for plan in &plans {
        bring(plan, api, &mut report).await?;
    }
    Ok(report)
}

/// What [`import`] would come to in a cluster that has nothing of it.
pub(super) fn rehearse(tables: &Tables, now: i64) -> Report {
    let (plans, mut report) = plan(tables, now);
    report.dry_run = true;
    plans.iter().for_each(|plan| foretell(plan, now, &mut report));
    report
}

#[expect(clippy::print_stdout, reason = "the report is this command's output")]
fn print(args: &D1Args, report: &Report) -> Result<()> {
    let json = serde_json::to_string_pretty(report)?;
    if let Some(file) = &args.report {
        std::fs::write(file, format!("{json}\n")).with_context(|| format!("failed to write {}", file.display()))?;
    }
    match args.output {
        Output::Table => print!("{}", print::text(report)),
        Output::Json => println!("{}", serde_json::to_string(report)?),
    }
    Ok(())
}
