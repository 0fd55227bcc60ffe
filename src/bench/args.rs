//! What the command line says to `courtd bench`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Measure a cluster, and check that it told the truth meanwhile.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// What to measure.
    #[command(subcommand)]
    pub what: Bench,
}

/// What can be measured.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Hold and confirm distinct slots.
    Book(Load),
    /// Many clients attempt one slot at a time.
    Contend(Load),
    /// Sockets watch changes.
    Watch(WatchArgs),
    /// From a cancellation to the offer in the email provider's hands, on three nodes of its own.
    Offers(OffersArgs),
    /// The disk, three nodes below HTTP, three nodes over HTTP: all figures in one run.
    Suite(SuiteArgs),
}

/// Load against a running cluster.
#[derive(Clone, Debug, Args)]
pub struct Load {
    /// A node; repeat it for each. Clients are spread over them.
    #[arg(long = "url", value_name = "URL", default_values_t = default_urls())]
    pub urls: Vec<String>,
    /// How many clients (or sockets) at a time.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub clients: u32,
    /// For how many seconds.
    #[arg(long, visible_alias = "for", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub seconds: u32,
    /// Over how many facilities the load is spread.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub facilities: u32,
    /// A table and a JSON line, or the JSON line alone.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
    /// Process ids of the nodes, where they are known, for their CPU time.
    #[arg(skip)]
    pub processes: Vec<u32>,
}

/// Sockets that watch.
#[derive(Clone, Debug, Args)]
pub struct WatchArgs {
    /// Nodes, number of sockets (`--clients`), and for how long.
    #[command(flatten)]
    pub load: Load,
    /// Changes a second, over all facilities.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub changes: u32,
    /// As many changes as the sockets can be told of, instead: the next once nearly all have seen it.
    #[arg(long, conflicts_with = "changes")]
    pub saturate: bool,
}

/// Offers to those who wait.
#[derive(Clone, Debug, Args)]
pub struct OffersArgs {
    /// Where the nodes keep their data; emptied afterwards. The system's temporary folder, if left out.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Cancellations on a cluster at rest, and as many with emails waiting.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    pub samples: u32,
    /// Emails that wait meanwhile.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub waiting: u32,
    /// A table and a JSON line, or the JSON line alone.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

/// All figures in one run.
#[derive(Clone, Debug, Args)]
pub struct SuiteArgs {
    /// Where the disk is measured and the nodes keep their data; emptied afterwards. The system's
    /// temporary folder, if left out: name a folder on the disk you mean.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Seconds of each step.
    #[arg(long, visible_alias = "for", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub seconds: u32,
    /// Numbers of clients, one step each.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64, 256])]
    pub clients: Vec<u32>,
    /// Numbers of facilities, one round of steps each.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 100])]
    pub facilities: Vec<u32>,
    /// Sockets of the watching step; 0 leaves it out.
    #[arg(long, default_value_t = 1_000)]
    pub sockets: u32,
    /// Offers of the offering step, at rest and with emails waiting; 0 leaves it out.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(0..=5_000))]
    pub offers: u32,
    /// Emails that wait in the offering step.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub waiting: u32,
    /// A table and a JSON line, or the JSON line alone.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people, and the JSON line.
    Table,
    /// One line of JSON.
    Json,
}

fn default_urls() -> Vec<String> {
    [8787, 8788, 8789].map(|port| format!("http://127.0.0.1:{port}")).to_vec()
}
