//! The log engine alone, beside the raw disk, in one run: `--seconds N` a row, `--dir DIR`.
//!
//! Disks drift, so the figure that counts is the ratio to the raw append of 4 KiB + `fdatasync`
//! measured just before and just after. A table for people, then a line of JSON a row.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use openraft::EntryPayload;
use openraft::impls::leader_id_adv::LeaderId;
use openraft::storage::{IOFlushed, RaftLogStorage};
use openraft::type_config::TypeConfigExt;
use raft::{Batch, Config, Entry, LogId};
use storage::{Engine, GroupLog, Identity, Options, Store};
use tokio::sync::Mutex;

const PAYLOAD_BYTES: usize = 256;
const WRITERS: [usize; 4] = [1, 16, 64, 256];
const GROUPS: [u64; 2] = [1, 100];

struct Arguments {
    seconds: f64,
    dir: PathBuf,
}

struct Row {
    engine: &'static str,
    groups: u64,
    writers: usize,
    appends: f64,
    commits: f64,
    entries_a_flush: f64,
    p50_ms: f64,
    p99_ms: f64,
    raw: f64,
}

fn main() {
    let arguments = arguments();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let folder = tempfile::tempdir_in(&arguments.dir).expect("a folder can be made");
    let time = Duration::from_secs_f64(arguments.seconds);
    let (first_rate, first_p50) = raw(folder.path(), time);
    println!("raw 4 KiB append + fdatasync: {first_rate:.0}/s, p50 {first_p50:.3} ms");
    println!("engine  groups  writers   appends/s  commits/s  entries/flush   p50 ms   p99 ms  commits/F");
    let mut rows = Vec::new();
    for (name, engine) in [("sled", Engine::Sled), ("file", Engine::File)] {
        for groups in GROUPS {
            for writers in WRITERS {
                let (before, _) = raw(folder.path(), time / 4);
                let mut row = runtime.block_on(load(folder.path(), name, engine, groups, writers, time));
                let (after, _) = raw(folder.path(), time / 4);
                row.raw = f64::midpoint(before, after);
                print_row(&row);
                rows.push(row);
            }
        }
    }
    let (last_rate, last_p50) = raw(folder.path(), time);
    println!("raw 4 KiB append + fdatasync: {last_rate:.0}/s, p50 {last_p50:.3} ms");
    println!(
        r#"{{"raw":[{{"per_second":{first_rate:.0},"p50_ms":{first_p50:.3}}},{{"per_second":{last_rate:.0},"p50_ms":{last_p50:.3}}}]}}"#
    );
    rows.iter().for_each(print_json);
}

fn arguments() -> Arguments {
    let mut found = Arguments { seconds: 2.0, dir: std::env::temp_dir() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seconds" => {
                let value = words.next().and_then(|value| value.parse().ok());
                found.seconds = value.expect("--seconds takes a number");
            }
            "--dir" => found.dir = words.next().expect("--dir takes a folder").into(),
            // What cargo itself passes to a benchmark.
            "--bench" => {}
            other => panic!("unknown argument {other}"),
        }
    }
    found
}

/// The disk by itself: rate and median.
fn raw(folder: &Path, time: Duration) -> (f64, f64) {
    let path = folder.join("raw");
    let mut file = File::create(&path).expect("a file can be made");
    let block = [7_u8; 4096];
    let (started, mut times) = (Instant::now(), Vec::new());
    while started.elapsed() < time {
        let before = Instant::now();
        file.write_all(&block).and_then(|()| file.sync_data()).expect("the disk works");
        times.push(before.elapsed());
    }
    let rate = times.len() as f64 / started.elapsed().as_secs_f64();
    std::fs::remove_file(path).expect("the file is ours");
    (rate, quantile(&mut times, 50))
}

async fn load(folder: &Path, name: &'static str, engine: Engine, groups: u64, writers: usize, time: Duration) -> Row {
    let dir = folder.join(format!("{name}-{groups}-{writers}"));
    let identity = Identity { cluster_id: "bench".into(), node: 1 };
    let store = Store::open(&dir, &identity, Options { engine, ..Options::default() }).expect("a new store opens");
    let logs: Vec<_> = (0..groups).map(|group| Arc::new(Mutex::new((store.log(group), 0)))).collect();
    let before = store.stats();
    let started = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|writer| tokio::spawn(write(Arc::clone(&logs[writer % logs.len()]), started + time)))
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.expect("a writer does not panic"));
    }
    let seconds = started.elapsed().as_secs_f64();
    let after = store.stats();
    store.close().await;
    std::fs::remove_dir_all(&dir).expect("the folder is ours");
    let (entries, commits) = ((after.entries - before.entries) as f64, (after.commits - before.commits) as f64);
    Row {
        engine: name,
        groups,
        writers,
        appends: entries / seconds,
        commits: commits / seconds,
        entries_a_flush: entries / commits,
        p50_ms: quantile(&mut times, 50),
        p99_ms: quantile(&mut times, 99),
        raw: 0.0,
    }
}

/// One client: appends an entry, waits until it is durable, and so on.
async fn write(log: Arc<Mutex<(GroupLog, u64)>>, until: Instant) -> Vec<Duration> {
    let payload = Bytes::from_static(&[3; PAYLOAD_BYTES]);
    let mut times = Vec::new();
    while Instant::now() < until {
        let before = Instant::now();
        let (flushed, told) = Config::oneshot();
        {
            let mut held = log.lock().await;
            let (log, next) = &mut *held;
            let log_id = LogId { leader_id: LeaderId { term: 1, node_id: 1 }, index: *next };
            let entry = Entry { log_id, payload: EntryPayload::Normal(Batch(vec![payload.clone()])) };
            log.append([entry], IOFlushed::signal(flushed)).await.expect("it is appended");
            *next += 1;
        }
        told.await.expect("it is told").expect("it is durable");
        times.push(before.elapsed());
    }
    times
}

fn quantile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times.get(times.len() * percent / 100).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}

fn print_row(row: &Row) {
    println!(
        "{:<7} {:>6} {:>8} {:>11.0} {:>10.0} {:>14.1} {:>8.2} {:>8.2} {:>10.2}",
        row.engine,
        row.groups,
        row.writers,
        row.appends,
        row.commits,
        row.entries_a_flush,
        row.p50_ms,
        row.p99_ms,
        row.commits / row.raw,
    );
}

fn print_json(row: &Row) {
    println!(
        r#"{{"engine":"{}","groups":{},"writers":{},"appends_per_second":{:.0},"commits_per_second":{:.0},"entries_per_flush":{:.1},"p50_ms":{:.3},"p99_ms":{:.3},"raw_per_second":{:.0},"commits_to_raw":{:.3}}}"#,
        row.engine,
        row.groups,
        row.writers,
        row.appends,
        row.commits,
        row.entries_a_flush,
        row.p50_ms,
        row.p99_ms,
        row.raw,
        row.commits / row.raw,
    );
}
