//! What the command line says to `courtd import`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Bring a club over from another system.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Where it comes from.
    #[command(subcommand)]
    pub from: Origin,
}

/// Systems that can be imported from.
#[derive(Debug, Subcommand)]
pub enum Origin {
    /// The original's Cloudflare D1 database: an SQL export or an SQLite file.
    D1(D1Args),
}

/// Import of a D1 export.
#[derive(Debug, Args)]
pub struct D1Args {
    /// The export: SQL text as `wrangler d1 export` writes it, or an SQLite database.
    pub file: PathBuf,
    /// A node of the cluster; may be repeated, the next one is asked when one does not answer.
    #[arg(long = "url", value_name = "URL", default_values_t = default_urls())]
    pub urls: Vec<String>,
    /// Read, decide and report what would come of it in a cluster without the facility; no node is asked.
    #[arg(long)]
    pub dry_run: bool,
    /// How the report is printed.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
    /// Also write the report to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Table,
    /// For programs.
    Json,
}

fn default_urls() -> Vec<String> {
    [8787, 8788, 8789].map(|port| format!("http://127.0.0.1:{port}")).to_vec()
}
