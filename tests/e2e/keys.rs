//! A closed cluster from its first key on, by the command line, as its operator would.

use std::fs::{read_dir, read_to_string, write};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Cluster, Process, eventually};

const COMMAND_WITHIN: Duration = Duration::from_secs(30);
const BOOTSTRAP: &str = "c0ffee0123456789c0ffee0123456789c0ffee";

/// What a command said, and how it ended.
struct Said {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs `courtd key …` against node `node` with a key in the environment, if one is given.
async fn key(cluster: &Cluster, node: u64, key: (&str, &str), args: &[&str]) -> Said {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = cluster.api().url(node).to_owned();
    let args = [&["key"], args].concat();
    let env = [("COURTD_URL", url.as_str()), key];
    let mut process = Process::courtd("key", folder.path(), &args, &env);
    let code = process.exit(COMMAND_WITHIN).await.code();
    let read = |path| read_to_string(path).expect("it was written");
    Said { code, stdout: read(&process.stdout), stderr: read(&process.stderr) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_key_is_made_with_the_bootstrap_key_and_all_others_with_that() {
    let secrets = tempfile::tempdir().expect("a temporary folder");
    let file = secrets.path().join("bootstrap");
    write(&file, format!("{BOOTSTRAP}\n")).expect("the folder is ours");
    let file = file.to_str().expect("a path of ASCII");
    let env = [("COURTD_OPEN", "false"), ("COURTD_BOOTSTRAP_KEY_FILE", file), ("COURTD_LOG", "debug")];
    let mut cluster = Cluster::prepare(|folder, id| folder.join(format!("data{id}")), &env);
    for id in 1..=3 {
        cluster.spawn(id);
    }
    cluster.ready().await;

    let nobody = key(&cluster, 1, ("COURTD_KEY", ""), &["list"]).await;
    assert_eq!(nobody.code, Some(1), "{}", nobody.stderr);
    assert!(nobody.stderr.contains("COURTD_KEY_FILE"), "it says what to do: {}", nobody.stderr);

    let first = ["create", "--role", "operator", "--name", "ops"];
    let made = key(&cluster, 1, ("COURTD_KEY_FILE", file), &first).await;
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let operator = made.stdout.trim().to_owned();
    assert!(operator.starts_with("courtd_key_") && operator.lines().count() == 1, "the token and no more");
    let late = key(&cluster, 1, ("COURTD_KEY_FILE", file), &first).await;
    assert_eq!(late.code, Some(1), "the bootstrap key has done what it is for");

    // Every node knows it a moment later; a club's staff key works on any of them.
    let as_operator = ("COURTD_KEY", operator.as_str());
    eventually(Duration::from_secs(10), "node 2 knows the operator", async || {
        let listed = key(&cluster, 2, as_operator, &["list", "--output", "json"]).await;
        let keys: Value = serde_json::from_str(&listed.stdout).map_err(|_| listed.stderr)?;
        if keys[0]["name"] == "ops" { Ok(()) } else { Err(keys.to_string()) }
    })
    .await;
    let wrong = key(&cluster, 2, as_operator, &["create", "--role", "staff", "--facility", "fac_none"]).await;
    assert_eq!(wrong.code, Some(3), "{}", wrong.stderr);
    let usage = key(&cluster, 2, as_operator, &["create", "--role", "staff"]).await;
    assert_eq!(usage.code, Some(2), "{}", usage.stderr);

    let second = ["create", "--role", "operator", "--expires", "2999-01-01T00:00:00Z", "--output", "json"];
    let made = key(&cluster, 2, as_operator, &second).await;
    let second: Value = serde_json::from_str(&made.stdout).expect("one JSON object");
    let id = second["id"].as_str().expect("an id");
    let listed = key(&cluster, 2, as_operator, &["list"]).await;
    assert!(listed.stdout.contains(id) && listed.stdout.contains("2999-01-01"), "{}", listed.stdout);
    let revoked = key(&cluster, 3, as_operator, &["revoke", id]).await;
    assert_eq!(revoked.code, Some(0), "{}", revoked.stderr);
    let gone = key(&cluster, 3, as_operator, &["revoke", "key_none"]).await;
    assert_eq!(gone.code, Some(3), "{}", gone.stderr);
    let token = second["token"].as_str().expect("a token");
    let dead = key(&cluster, 3, ("COURTD_KEY", token), &["list"]).await;
    assert_eq!(dead.code, Some(1), "{}", dead.stderr);

    // No secret has been written down: not in a log, and of the store's files there is only a hash.
    for id in 1..=3 {
        cluster.process(id).must_run();
    }
    for entry in read_dir(cluster.folder()).expect("the folder is ours") {
        let path = entry.expect("an entry").path();
        let text = if path.is_file() { read_to_string(&path).unwrap_or_default() } else { continue };
        for secret in [BOOTSTRAP, &operator[operator.len() - 64..], &token[token.len() - 64..]] {
            assert!(!text.contains(secret), "{} shows a secret", path.display());
        }
    }

    cluster.kill(1);
    cluster.kill(2);
    let alone = key(&cluster, 3, as_operator, &["create", "--role", "operator"]).await;
    assert_eq!(alone.code, Some(5), "{}", alone.stderr);
}
