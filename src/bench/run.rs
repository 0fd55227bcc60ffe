//! Runs what was asked for, prints it, and fails where something untrue was found.

use anyhow::{Result, bail};

use super::args::{Bench, BenchArgs, Output};
use super::report::{Outcome, print};
use super::{book, contend, suite, watch};

/// Runs `courtd bench`.
pub async fn run(args: BenchArgs) -> Result<()> {
    match args.what {
        Bench::Book(load) => finish(load.output, &book::book(&load).await?),
        Bench::Contend(load) => finish(load.output, &contend::contend(&load).await?),
        Bench::Watch(args) => finish(args.load.output, &watch::watch(&args).await?),
        Bench::Suite(args) => suite::suite(&args).await,
    }
}

fn finish(output: Output, outcome: &Outcome) -> Result<()> {
    print(output, &outcome.to_text(), &outcome.to_json());
    match outcome.violations.len() {
        0 => Ok(()),
        count => bail!("{count} violations of what must hold"),
    }
}
