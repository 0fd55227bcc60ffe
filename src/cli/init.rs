//! `courtd init`: writes a commented configuration, and never over one that is there.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use crate::settings::TEMPLATE;

/// Where to write the configuration.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The file to write; `-` is stdout
    #[arg(default_value = "courtd.toml")]
    file: PathBuf,
}

pub(super) fn run(args: &InitArgs) -> anyhow::Result<()> {
    if args.file.as_os_str() == "-" {
        print!("{TEMPLATE}");
        return Ok(());
    }
    let shown = args.file.display();
    match OpenOptions::new().write(true).create_new(true).open(&args.file) {
        Ok(mut file) => file.write_all(TEMPLATE.as_bytes()).with_context(|| format!("failed to write {shown}"))?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => bail!("{shown} is there already; name another file"),
        Err(error) => return Err(error).with_context(|| format!("failed to write {shown}")),
    }
    println!("wrote {shown}; next: courtd serve --config {shown}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_that_is_there_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let args = InitArgs { file: folder.path().join("courtd.toml") };
        run(&args).unwrap();
        assert_eq!(std::fs::read_to_string(&args.file).unwrap(), TEMPLATE);
        assert!(run(&args).unwrap_err().to_string().contains("already"));
    }
}
