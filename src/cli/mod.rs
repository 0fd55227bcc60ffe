//! The command line: one binary, one subcommand a task.

mod ask;
mod init;
mod key;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::bench::BenchArgs;
use crate::dev::DevArgs;
use crate::import::ImportArgs;
use crate::serve::ServeArgs;
use crate::{bench, dev, import, serve};
use ask::Refusal;
use init::InitArgs;
use key::KeyArgs;

pub(crate) use ask::key as key_in_environment;

/// Court reservations that cannot be double-booked, on three or more nodes
#[derive(Debug, Parser)]
#[command(name = "courtd", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run three nodes in this process, open, on loopback, with a demo facility
    Dev(DevArgs),
    /// Run one node of a cluster
    Serve(ServeArgs),
    /// Measure a cluster, and check that it told the truth meanwhile
    Bench(BenchArgs),
    /// Bring a club over from another system
    Import(ImportArgs),
    /// Write a commented configuration
    Init(InitArgs),
    /// Make, list and revoke API keys of a running cluster
    Key(KeyArgs),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

impl Cli {
    /// Does what was asked for.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Dev(args) => dev::run(args).await?,
            Command::Serve(args) => serve::run(args).await?,
            Command::Bench(args) => bench::run(args).await?,
            Command::Import(args) => import::run(args).await?,
            Command::Init(args) => init::run(&args)?,
            Command::Key(args) => key::run(&args).await?,
            Command::Completions { shell } => {
                clap_complete::generate(shell, &mut Self::command(), "courtd", &mut std::io::stdout());
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// How a program hears of what went wrong (`api.md` 7).
pub fn exit_code(error: &anyhow::Error) -> ExitCode {
    error.downcast_ref::<Refusal>().map_or(ExitCode::FAILURE, |refusal| ExitCode::from(refusal.exit_code()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
