//! The README's commands, word for word, against `courtd dev`.
//!
//! The blocks are taken out of README.md and given to bash. Only what the README itself leaves to
//! the reader is set: where the nodes are (`COURT`, `WATCH`).

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Deserializer, Value};

use crate::harness::{Api, Process, Request, Socket, eventually, free_ports};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_of_the_readme_do_what_it_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ports = free_ports(3);
    let first = ports[0].to_string();
    let mut dev = Process::courtd("dev", folder.path(), &["dev", "--port", &first], &[]);
    let api = Api::new(ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect());
    // Ready is when a node says so, also before the terminal does: everything has to be there by then.
    eventually(Duration::from_secs(40), "courtd dev is ready", async || {
        dev.must_run();
        let asked = api.ask(1, &Request::get("/readyz")).await;
        match asked {
            Ok(answer) if answer.status == 200 => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    let mut page = Socket::open_at(&watched(ports[1])).await.expect("the address that wscat is given");
    assert_eq!(page.frame().await["type"], "initial_state");
    let said = bash(&block("book"), &[("COURT", api.url(1))]);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let answers: Vec<Value> = Deserializer::from_slice(&said.stdout)
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("every command answers JSON");

    let [held, refused, confirmed, shown, cancelled] = answers.as_slice() else {
        panic!("five commands: {answers:#?}")
    };
    assert_eq!((&held["success"], &held["courtId"]), (&true.into(), &"crt_test123".into()), "{held}");
    assert_eq!((&refused["success"], &refused["error"]), (&false.into(), &"Slot pending".into()), "{refused}");
    assert_eq!(
        (&confirmed["success"], &confirmed["reservationId"]),
        (&true.into(), &"rsv_readme1".into()),
        "{confirmed}"
    );
    let slots = shown["slots"].as_array().expect("slots");
    assert!(slots.iter().any(|slot| slot["state"]["reservationId"] == "rsv_readme1"), "{shown}");
    assert_eq!(cancelled["success"], true, "{cancelled}");
    for kind in ["slot_pending", "slot_reserved", "slot_released"] {
        let frame = page.frame().await;
        assert_eq!((frame["type"].as_str(), &frame["courtId"]), (Some(kind), &"crt_test123".into()), "{frame}");
    }
}

#[test]
fn the_readme_shows_how_three_nodes_are_configured_as_the_contract_has_it() {
    let readme = readme();
    let toml = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a configuration");
    let read: toml::Table = toml.parse().expect("it is TOML");
    assert_eq!(read["cluster"]["initial"].as_array().map(Vec::len), Some(3));
}

/// The address that the README gives to wscat, as the shell gives it.
fn watched(port: u16) -> String {
    let script = format!("wscat() {{ printf '%s' \"$2\"; }}\n{}", block("watch"));
    let said = bash(&script, &[("WATCH", &format!("127.0.0.1:{port}"))]);
    String::from_utf8(said.stdout).expect("an address")
}

/// The fenced block of README.md that is marked `sh <name>`.
fn block(name: &str) -> String {
    let readme = readme();
    let rest =
        readme.split(&format!("```sh {name}\n")).nth(1).unwrap_or_else(|| panic!("README.md has a block {name}"));
    rest.split("```").next().expect("the block ends").to_owned()
}

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("there is a README")
}

fn bash(script: &str, env: &[(&str, &str)]) -> Output {
    let env = env.iter().copied();
    Command::new("bash").args(["-euo", "pipefail", "-c", script]).envs(env).output().expect("there is bash and curl")
}
