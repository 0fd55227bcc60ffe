//! The command line.

use clap::Parser;

#[derive(Parser)]
enum Courtd {
    /// Bring a club over from another system.
    Import(courtd::import::ImportArgs),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Courtd::parse() {
        Courtd::Import(args) => courtd::import::run(args).await,
    }
}
