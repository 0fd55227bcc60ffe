//! `courtd bench watch`: many sockets see every change that a few writers make.
//!
//! A delivery is counted from the moment the change was asked for until its frame is read, so it
//! has consensus in it. Sockets only note what came when; figures and checks are made afterwards.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use cluster::Cursor;
use serde_json::json;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::args::WatchArgs;
use super::book::wires;
use super::changes::{self, Change, Flow};
use super::check::{self, Stream};
use super::club::{self, Club};
use super::measure::{Latency, rate};
use super::report::{Outcome, Step, progress};
use super::socket::{Message, Socket};
use super::usage;
use super::wire::{self, text_field};
use crate::process;

/// Handshakes at a time: more would overrun the nodes' listen queues.
const HANDSHAKES_MAX: usize = 128;

/// Open files beside the sockets.
const SPARE_FILES: u64 = 256;

/// How long the sockets have to see the last change, once it was answered.
const LAST_DELIVERY: Duration = Duration::from_secs(10);

/// Until when sockets watch.
#[derive(Clone, Debug)]
enum Phase {
    Loading,
    /// Until they have seen this index of their club.
    Until(Arc<Vec<u64>>),
    Stop,
}

/// What one socket noted.
struct Watched {
    name: String,
    club: usize,
    stream: Stream,
    /// When each change came.
    at: Vec<Instant>,
    /// Why it ended before it was told to.
    broken: Option<String>,
    flow: Arc<Flow>,
}

/// What it took, where the node tells.
struct Cost {
    /// Microseconds of the node's processor time for a delivery, with the change it is of.
    node_micros: Option<f64>,
    /// The same of this process.
    bench_micros: Option<f64>,
    /// Memory of the node for a socket.
    socket_bytes: Option<u64>,
}

/// Runs the bench.
pub(super) async fn watch(args: &WatchArgs) -> Result<Outcome> {
    let load = &args.load;
    room_for(load.clients)?;
    let bar = progress("making clubs");
    let mut wires = wires(&load.urls)?;
    let slots = changes::slots(args);
    let clubs = Arc::new(club::create(&mut wires, load.facilities, slots, 0).await?);
    bar.set_message("opening sockets");
    let empty = usage::ask(&mut wires[0]).await;
    let flow = Arc::new(Flow::default());
    let (phase, sockets) = open(args, &clubs, &flow).await?;
    let (open, ours) = (usage::ask(&mut wires[0]).await, process::usage());
    bar.set_message("watching");
    let begun = Instant::now();
    let changes = changes::make(args, &clubs, &flow).await?;
    let watched = close(phase, sockets, &changes).await;
    let took = begun.elapsed();
    bar.set_message("checking");
    let delivered = watched.iter().map(|one| one.at.len() as u64).sum();
    let done = usage::ask(&mut wires[0]).await;
    // Only where all sockets are on one node are its figures theirs.
    let only = |figure| if load.urls.len() == 1 { figure } else { None };
    let cost = Cost {
        node_micros: only(usage::micros_each(open, done, delivered)),
        bench_micros: usage::micros_each(ours, process::usage(), delivered),
        socket_bytes: usage::bytes_each(empty, done, u64::from(load.clients)).filter(|_| load.urls.len() == 1),
    };
    bar.finish_and_clear();
    Ok(outcome(args, &watched, &changes, took, &cost))
}

/// Raises the limit on open files as far as it goes without rights.
pub(super) fn room_for(sockets: u32) -> Result<()> {
    let wanted = u64::from(sockets) + SPARE_FILES;
    let allowed = process::open_files(wanted)?;
    if allowed < wanted {
        bail!("{sockets} sockets need {wanted} open files, and this system allows {allowed}: raise `ulimit -n`");
    }
    Ok(())
}

async fn open(
    args: &WatchArgs,
    clubs: &Arc<Vec<Club>>,
    flow: &Arc<Flow>,
) -> Result<(watch::Sender<Phase>, JoinSet<Watched>)> {
    let load = &args.load;
    let (phase, _) = watch::channel(Phase::Loading);
    let line = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    // Every socket says once that it has begun, or why not.
    let (ready, mut begun) = mpsc::channel(load.clients as usize);
    let mut sockets = JoinSet::new();
    for at in 0..load.clients as usize {
        let club = at % clubs.len();
        let host = wire::authority(&load.urls[at % load.urls.len()])?;
        let path = format!("/websocket?facilityId={}", clubs[club].id);
        let watched = Watched {
            name: format!("socket {at} on {host}"),
            club,
            stream: Stream::default(),
            at: Vec::new(),
            broken: None,
            flow: Arc::clone(flow),
        };
        let (line, ready, phase) = (Arc::clone(&line), ready.clone(), phase.subscribe());
        sockets.spawn(async move {
            let opened = {
                let _turn = line.acquire().await;
                first_state(&host, &path).await
            };
            match opened {
                Err(error) => {
                    let _ = ready.send(Err(error)).await;
                    watched
                }
                Ok((socket, start)) => {
                    let _ = ready.send(Ok(())).await;
                    drop(ready);
                    follow(socket, start, watched, phase).await
                }
            }
        });
    }
    drop(ready);
    while let Some(begun) = begun.recv().await {
        begun.context("a socket did not open")?;
    }
    Ok((phase, sockets))
}

/// Opens a socket and reads where its first state leaves off.
async fn first_state(host: &str, path: &str) -> Result<(Socket, Cursor)> {
    let mut socket = Socket::open(host, path).await?;
    loop {
        match socket.next()? {
            Some(Message::Text(text)) if text_field(&text, "type") == Some("initial_state") => {
                let cursor = text_field(&text, "cursor").context("a first state without a cursor")?;
                return Ok((socket, cursor.parse()?));
            }
            Some(Message::Ping(payload)) => socket.pong(&payload).await?,
            Some(other) => bail!("the first message was {other:?}"),
            None => {
                if !timeout(LAST_DELIVERY, socket.fill()).await.context("no first state in time")?? {
                    bail!("closed before the first state");
                }
            }
        }
    }
}

/// Notes what comes until the phase says that it is enough.
async fn follow(mut socket: Socket, start: Cursor, mut watched: Watched, mut phase: watch::Receiver<Phase>) -> Watched {
    watched.stream.start = start;
    loop {
        if let Err(error) = note(&mut socket, &mut watched).await {
            watched.broken = Some(error.to_string());
            return watched;
        }
        let is_enough = match &*phase.borrow_and_update() {
            Phase::Loading => false,
            Phase::Until(newest) => watched.stream.seen.last().unwrap_or(&start).index >= newest[watched.club],
            Phase::Stop => true,
        };
        if is_enough {
            return watched;
        }
        tokio::select! {
            filled = socket.fill() => match filled {
                Ok(true) => {}
                Ok(false) => watched.broken = Some("closed by the node".to_owned()),
                Err(error) => watched.broken = Some(error.to_string()),
            },
            changed = phase.changed() => if changed.is_err() { return watched },
        }
        if watched.broken.is_some() {
            return watched;
        }
    }
}

async fn note(socket: &mut Socket, watched: &mut Watched) -> Result<()> {
    let known = watched.at.len();
    while let Some(message) = socket.next()? {
        match message {
            Message::Text(text) => {
                let cursor = text_field(&text, "cursor").context("a change without a cursor")?;
                watched.stream.seen.push(cursor.parse()?);
                watched.at.push(Instant::now());
            }
            Message::Ping(payload) => socket.pong(&payload).await?,
            Message::Close => bail!("closed by the node"),
        }
    }
    watched.flow.delivered(watched.at.len() - known);
    Ok(())
}

/// Lets the sockets see the last change, and ends them.
async fn close(phase: watch::Sender<Phase>, mut sockets: JoinSet<Watched>, changes: &[Vec<Change>]) -> Vec<Watched> {
    let newest = changes.iter().map(|made| made.iter().map(|(index, _)| *index).max().unwrap_or(0)).collect();
    phase.send_replace(Phase::Until(Arc::new(newest)));
    let give_up = Instant::now() + LAST_DELIVERY;
    let mut watched = Vec::new();
    loop {
        match tokio::time::timeout_at(give_up, sockets.join_next()).await {
            Ok(Some(one)) => watched.extend(one),
            Ok(None) => return watched,
            Err(_) => break,
        }
    }
    phase.send_replace(Phase::Stop);
    while let Some(one) = sockets.join_next().await {
        watched.extend(one);
    }
    watched
}

fn outcome(args: &WatchArgs, watched: &[Watched], changes: &[Vec<Change>], took: Duration, cost: &Cost) -> Outcome {
    let load = &args.load;
    let mut latency = Latency::new();
    let mut violations = Vec::new();
    if watched.len() != load.clients as usize {
        violations.push(format!(
            "{} sockets of {} ended without a word",
            load.clients as usize - watched.len(),
            load.clients
        ));
    }
    for (club, made) in changes.iter().enumerate() {
        let sent: HashMap<u64, Instant> = made.iter().copied().collect();
        let (ours, streams): (Vec<&Watched>, Vec<Stream>) =
            watched.iter().filter(|one| one.club == club).map(|one| (one, one.stream.clone())).unzip();
        let all = check::changes(&streams, &sent.keys().copied().collect::<Vec<_>>());
        for one in ours {
            violations.extend(one.broken.iter().map(|why| format!("{}: {why}", one.name)));
            violations.extend(check::stream(&one.name, &one.stream, &all));
            for (cursor, at) in one.stream.seen.iter().zip(&one.at) {
                if let Some(sent) = sent.get(&cursor.index) {
                    latency.record(at.saturating_duration_since(*sent));
                }
            }
        }
    }
    let mut facts = serde_json::Map::new();
    facts.insert("sockets".into(), json!(load.clients));
    facts.insert("facilities".into(), json!(load.facilities));
    facts.insert("nodes".into(), json!(load.urls.len()));
    facts.insert("seconds".into(), json!(took.as_secs_f64()));
    facts.insert("changes".into(), json!(changes.iter().map(Vec::len).sum::<usize>()));
    facts.insert("nodeMicrosPerDelivery".into(), json!(cost.node_micros));
    facts.insert("benchMicrosPerDelivery".into(), json!(cost.bench_micros));
    facts.insert("nodeBytesPerSocket".into(), json!(cost.socket_bytes));
    let steps = vec![Step { name: "delivery", per_second: rate(latency.count(), took), latency }];
    Outcome { bench: "watch", facts, steps, violations }
}
