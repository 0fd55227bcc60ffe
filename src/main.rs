//! The binary: reads the command line, runs what was asked for, turns errors into exit codes.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use courtd::cli::{self, Cli};
use tracing_subscriber::EnvFilter;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter =
        EnvFilter::try_from_env("COURTD_LOG").unwrap_or_else(|_| EnvFilter::new("warn,openraft=error,courtd=info"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ran = runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(cli.run()));
    ran.unwrap_or_else(|error| {
        // Nothing is left to be done where even stderr is closed.
        let _ = writeln!(std::io::stderr(), "courtd: {error:#}");
        cli::exit_code(&error)
    })
}
