//! The command line.

use clap::Parser;

#[derive(Parser)]
enum Courtd {
    /// Measure a cluster, and check that it told the truth meanwhile.
    Bench(courtd::bench::BenchArgs),
    /// Bring a club over from another system.
    Import(courtd::import::ImportArgs),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Courtd::parse() {
        Courtd::Bench(args) => courtd::bench::run(args).await,
        Courtd::Import(args) => courtd::import::run(args).await,
    }
}
