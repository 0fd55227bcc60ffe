//! `courtd bench book`: each client holds and confirms one slot after another, no two the same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::args::Load;
use super::check::{self, Booking};
use super::club::{self, Club, Places, Slot};
use super::commits::Commits;
use super::cpu::Meter;
use super::measure::{Latency, rate};
use super::report::{Outcome, Step, progress};
use super::wire::{self, Answer, Wire};

/// Slots are provided for at most so many pairs a second, of a client and of all.
const PAIRS_PER_SECOND_MAX: (u64, u64) = (2_000, 20_000);

/// After a request without an answer: a node that is down must not be asked in a tight circle.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// What one client did.
struct Tally {
    attempt: Latency,
    confirm: Latency,
    pair: Latency,
    /// By club.
    booked: Vec<(usize, Booking)>,
    unknown: Vec<(usize, (String, i64))>,
    /// Answers that were neither yes nor unknown, by what they said.
    refused: BTreeMap<String, u64>,
}

impl Tally {
    fn new() -> Self {
        let [attempt, confirm, pair] = [(); 3].map(|()| Latency::new());
        Self { attempt, confirm, pair, booked: Vec::new(), unknown: Vec::new(), refused: BTreeMap::new() }
    }

    fn add(&mut self, other: Self) {
        self.attempt.add(&other.attempt);
        self.confirm.add(&other.confirm);
        self.pair.add(&other.pair);
        self.booked.extend(other.booked);
        self.unknown.extend(other.unknown);
        other.refused.into_iter().for_each(|(what, count)| *self.refused.entry(what).or_default() += count);
    }
}

/// Clubs to book in, and all that was booked in them so far: one load can follow another.
pub(super) struct Ground {
    wires: Vec<Wire>,
    clubs: Arc<Vec<Club>>,
    /// By club.
    booked: Vec<Vec<Booking>>,
    unknown: Vec<Places>,
}

/// Runs the bench.
pub(super) async fn book(load: &Load) -> Result<Outcome> {
    let bar = progress("making clubs");
    let mut ground = Ground::make(&load.urls, load.facilities, &[load.clients], load.seconds).await?;
    bar.finish_and_clear();
    ground.book(load).await
}

impl Ground {
    /// Makes clubs with slots for a load of so many `seconds` for each number of clients.
    pub(super) async fn make(urls: &[String], clubs: u32, loads: &[u32], seconds: u32) -> Result<Self> {
        let mut wires = wires(urls)?;
        let (each, all) = PAIRS_PER_SECOND_MAX;
        let pairs: u64 = loads.iter().map(|clients| (u64::from(*clients) * each).min(all)).sum();
        let clubs = Arc::new(club::create(&mut wires, clubs, pairs * u64::from(seconds), 0).await?);
        let (booked, unknown) = (vec![Vec::new(); clubs.len()], vec![Places::new(); clubs.len()]);
        Ok(Self { wires, clubs, booked, unknown })
    }

    /// Runs one load and checks everything that was ever booked here.
    pub(super) async fn book(&mut self, load: &Load) -> Result<Outcome> {
        let bar = progress("booking");
        let before = Commits::ask(&mut self.wires).await;
        let cpu = Meter::start(&load.processes);
        let (tally, took) = run(load, &self.clubs).await?;
        let writes = tally.attempt.count() + tally.confirm.count();
        let spent = cpu.spent(writes);
        let commits = Commits::ask(&mut self.wires).await;
        bar.set_message("checking");
        let mut facts = serde_json::Map::new();
        facts.insert("clients".into(), json!(load.clients));
        facts.insert("facilities".into(), json!(self.clubs.len()));
        facts.insert("nodes".into(), json!(load.urls.len()));
        facts.insert("seconds".into(), json!(took.as_secs_f64()));
        facts.insert("booked".into(), json!(tally.booked.len()));
        facts.insert("unknown".into(), json!(tally.unknown.len()));
        facts.insert("refused".into(), json!(tally.refused));
        facts.insert("cpuMicrosPerWrite".into(), json!(spent.nodes));
        facts.insert("loadCpuMicrosPerWrite".into(), json!(spent.own));
        facts.insert("writesPerCommit".into(), json!(commits.writes_each(&before, writes)));
        let violations = self.verify(tally.booked, tally.unknown, &tally.refused).await?;
        bar.finish_and_clear();
        let steps = [("pair", tally.pair), ("attempt", tally.attempt), ("confirm", tally.confirm)];
        let steps = steps.map(|(name, latency)| Step { name, per_second: rate(latency.count(), took), latency }).into();
        Ok(Outcome { bench: "book", facts, steps, violations })
    }

    async fn verify(
        &mut self,
        booked: Vec<(usize, Booking)>,
        unknown: Vec<(usize, (String, i64))>,
        refused: &BTreeMap<String, u64>,
    ) -> Result<Vec<String>> {
        booked.into_iter().for_each(|(at, booking)| self.booked[at].push(booking));
        for (at, place) in unknown {
            self.unknown[at].insert(place);
        }
        let refusals = refused.iter();
        let mut violations: Vec<String> =
            refusals.map(|(what, count)| format!("{count} requests on free slots were refused: {what}")).collect();
        for (node, wire) in self.wires.iter_mut().enumerate() {
            for (at, club) in self.clubs.iter().enumerate() {
                let found = check::bookings(&self.booked[at], &self.unknown[at], &club.shown(wire).await?);
                violations.extend(found.into_iter().map(|what| format!("node {}: {}: {what}", node + 1, club.id)));
            }
        }
        Ok(violations)
    }
}

/// One connection a node, for what is not load.
pub(super) fn wires(urls: &[String]) -> Result<Vec<Wire>> {
    urls.iter().map(|url| Ok(Wire::new(&wire::authority(url)?))).collect()
}

async fn run(load: &Load, clubs: &Arc<Vec<Club>>) -> Result<(Tally, Duration)> {
    let gate = Arc::new(Barrier::new(load.clients as usize + 1));
    let mut clients = JoinSet::new();
    for at in 0..load.clients as usize {
        let wire = Wire::new(&wire::authority(&load.urls[at % load.urls.len()])?);
        let lasting = Duration::from_secs(load.seconds.into());
        clients.spawn(client(at, wire, Arc::clone(clubs), Arc::clone(&gate), lasting));
    }
    gate.wait().await;
    let begun = Instant::now();
    let mut total = Tally::new();
    while let Some(tally) = clients.join_next().await {
        total.add(tally??);
    }
    Ok((total, begun.elapsed()))
}

async fn client(
    at: usize,
    mut wire: Wire,
    clubs: Arc<Vec<Club>>,
    gate: Arc<Barrier>,
    lasting: Duration,
) -> Result<Tally> {
    let connected = wire.connect().await;
    // Order: every client comes to the gate, also one that could not connect, or the rest would wait for ever.
    gate.wait().await;
    connected?;
    let mut tally = Tally::new();
    let begun = Instant::now();
    let mut turn = at;
    while begun.elapsed() < lasting {
        let club = turn % clubs.len();
        let Some(slot) = clubs[club].take() else { break };
        if !pair(&mut wire, (club, &clubs[club]), slot, &mut tally).await {
            tokio::time::sleep(PAUSE).await;
        }
        turn += 1;
    }
    Ok(tally)
}

/// Holds and confirms one slot; false where the node gave no answer.
async fn pair(wire: &mut Wire, (at, club): (usize, &Club), slot: Slot, tally: &mut Tally) -> bool {
    let begun = Instant::now();
    let held = match wire.post("/attempt", club.attempt(slot, slot.court)).await {
        Ok(answer) if answer.status == 200 => answer,
        other => return tally.not_done("attempt", other, at, club, slot),
    };
    let held_at = Instant::now();
    tally.attempt.record(held_at - begun);
    let hold = held.field("holdId").unwrap_or_default();
    let confirmed = match wire.post("/confirm", club.of_hold(hold)).await {
        Ok(answer) if answer.status == 200 => answer,
        other => return tally.not_done("confirm", other, at, club, slot),
    };
    tally.confirm.record(held_at.elapsed());
    tally.pair.record(begun.elapsed());
    club.saw(&confirmed);
    tally.booked.push((at, club.booking(slot, confirmed.field("reservationId").unwrap_or_default())));
    true
}

impl Tally {
    /// Notes an answer that is not yes; what may have acted, or left a hold behind, is unknown.
    fn not_done(&mut self, step: &str, answer: Result<Answer>, at: usize, club: &Club, slot: Slot) -> bool {
        let answered = answer.is_ok();
        match answer {
            Ok(answer) if (400..500).contains(&answer.status) => {
                let code = answer.field("code").unwrap_or("without a code");
                *self.refused.entry(format!("{step} {} {code}", answer.status)).or_default() += 1;
            }
            _ => self.unknown.push((at, club.place(slot))),
        }
        answered
    }
}
