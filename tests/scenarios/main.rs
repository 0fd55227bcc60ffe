//! Behaviour as scripts that a club manager can read, played on the pure machine and on three nodes.
//!
//! Every `*.txt` below is a script, and every script is two tests: `machine::holds::…` and `http::holds::…`.
//! With `COURTD_SCENARIOS_REWRITE=1` a run on the machine writes what has come of each line into the
//! scripts; what git shows then is what has changed. How a line is written is in `README.md` beside this.

#![allow(unreachable_pub, reason = "a test has no outside: pub is for its other modules")]

#[path = "../harness/mod.rs"]
#[allow(dead_code, unused_imports, reason = "what the other test binaries use of it is not used here")]
mod harness;

mod action;
mod body;
mod commands;
mod defects;
mod founding;
mod http;
mod language;
mod outcome;
mod phrase;
mod play;
mod pure;
mod requests;
mod script;
mod steered;
mod step;
mod telling;
mod token;
mod when;
mod world;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use script::Script;

/// Plays a script in one world.
type Play = fn(&Script) -> Result<(), Failed>;

/// Set to write what came of each line into the scripts.
const REWRITE: &str = "COURTD_SCENARIOS_REWRITE";

/// Scripts that cannot be played over HTTP, each with what is missing there.
const NOT_OVER_HTTP: &[(&str, &str)] = &[];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let scripts = match script::all(&folder()) {
        Ok(scripts) => scripts,
        Err(error) => {
            let mut out = std::io::stderr().lock();
            let _ = std::io::Write::write_fmt(&mut out, format_args!("failed to read the scripts: {error}\n"));
            return ExitCode::FAILURE;
        }
    };
    let worlds: [(&str, Play); 2] = [("machine", on_the_machine), ("http", over_http)];
    let trials =
        worlds.iter().flat_map(|(world, play)| scripts.iter().map(move |script| (world, play, script.clone())));
    let trials = trials.map(|(world, play, script)| {
        let (play, name) = (*play, script.name());
        let left_out = *world == "http" && NOT_OVER_HTTP.iter().any(|(left_out, _)| *left_out == name);
        Trial::test(format!("{world}::{name}"), move || play(&script)).with_ignored_flag(left_out)
    });
    let known = scripts.iter().map(Script::name).collect();
    let list = Trial::test("every_script_left_out_over_http_is_there", move || every_left_out_is_there(&known));
    let defects = Trial::test("every_defect_of_the_original_has_its_case", defects::every_defect_has_its_case);
    let trials = trials.chain(language::trials()).chain([list, defects]).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn every_left_out_is_there(known: &BTreeSet<String>) -> Result<(), Failed> {
    let gone: Vec<&str> = NOT_OVER_HTTP.iter().map(|(name, _)| *name).filter(|name| !known.contains(*name)).collect();
    if gone.is_empty() { Ok(()) } else { Err(format!("there is no script {}", gone.join(", ")).into()) }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

fn on_the_machine(script: &Script) -> Result<(), Failed> {
    let (founding, wall) = play::found(script)?;
    let mut world = pure::Pure::found(&founding, &wall)?;
    let played = play::play(script, &mut world, founding.settings, wall);
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(folder().join(&script.path), script.rewritten(&played.came))?;
    }
    verdict(&played)
}

fn over_http(script: &Script) -> Result<(), Failed> {
    let (founding, wall) = play::found(script)?;
    let mut world = http::Http::found(&founding, &wall, script.listens())?;
    let played = play::play(script, &mut world, founding.settings, wall);
    world.close();
    verdict(&played)
}

fn verdict(played: &play::Played) -> Result<(), Failed> {
    if played.complaints.is_empty() { Ok(()) } else { Err(played.complaints.join("\n").into()) }
}
