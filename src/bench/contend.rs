//! `courtd bench contend`: all clients attempt one slot until somebody has it; then the next one.
//!
//! The winner of an even slot confirms it, the winner of an odd one releases it. Meanwhile the
//! others go on attempting, which is what a popular hour looks like to a server: nearly all refusals.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::args::Load;
use super::book::{PAUSE, wires};
use super::check::{self, Booking, Won};
use super::club::{self, Club, Places, Slot};
use super::cpu::Meter;
use super::measure::{Latency, rate};
use super::report::{Outcome, Step, progress};
use super::wire::{self, Wire};

/// Slots are provided for at most so many a second, each of which takes two commits.
const SLOTS_PER_SECOND_MAX: u64 = 3_000;

/// What the clients of one club did.
struct Tally {
    won: Latency,
    refused: Latency,
    settled: Latency,
    wins: Vec<Won>,
    booked: Vec<Booking>,
    unknown: Places,
    odd: Vec<String>,
}

impl Tally {
    fn new() -> Self {
        let [won, refused, settled] = [(); 3].map(|()| Latency::new());
        Self { won, refused, settled, wins: Vec::new(), booked: Vec::new(), unknown: Places::new(), odd: Vec::new() }
    }

    fn add(&mut self, other: Self) {
        self.won.add(&other.won);
        self.refused.add(&other.refused);
        self.settled.add(&other.settled);
        self.wins.extend(other.wins);
        self.booked.extend(other.booked);
        self.unknown.extend(other.unknown);
        self.odd.extend(other.odd);
    }
}

/// Runs the bench.
pub(super) async fn contend(load: &Load) -> Result<Outcome> {
    let bar = progress("making clubs");
    let mut wires = wires(&load.urls)?;
    let slots = SLOTS_PER_SECOND_MAX * u64::from(load.seconds);
    // A client is another member on every court: nobody is on two courts at once.
    let courts = u32::try_from(club::courts_for(slots.div_ceil(u64::from(load.facilities))))?;
    let clubs = Arc::new(club::create(&mut wires, load.facilities, slots, load.clients * courts).await?);
    bar.set_message("contending");
    let cpu = Meter::start(&load.processes);
    let (tallies, took) = run(load, &clubs).await?;
    let spent = cpu.spent(tallies.iter().map(|tally| tally.won.count() + tally.refused.count()).sum());
    bar.set_message("checking");
    let violations = verify(&mut wires, &clubs, &tallies).await?;
    bar.finish_and_clear();

    let mut total = Tally::new();
    tallies.into_iter().for_each(|tally| total.add(tally));
    let mut attempts = total.won.clone();
    attempts.add(&total.refused);
    let mut facts = serde_json::Map::new();
    facts.insert("clients".into(), json!(load.clients));
    facts.insert("facilities".into(), json!(load.facilities));
    facts.insert("nodes".into(), json!(load.urls.len()));
    facts.insert("seconds".into(), json!(took.as_secs_f64()));
    facts.insert("cpuMicrosPerAttempt".into(), json!(spent.nodes));
    facts.insert("loadCpuMicrosPerAttempt".into(), json!(spent.own));
    facts.insert("unknown".into(), json!(total.unknown.len()));
    let steps = [("attempt", attempts), ("refused", total.refused), ("won", total.won), ("settled", total.settled)];
    let steps = steps.map(|(name, latency)| Step { name, per_second: rate(latency.count(), took), latency }).into();
    Ok(Outcome { bench: "contend", facts, steps, violations })
}

/// One tally a club.
async fn run(load: &Load, clubs: &Arc<Vec<Club>>) -> Result<(Vec<Tally>, Duration)> {
    let gate = Arc::new(Barrier::new(load.clients as usize + 1));
    // One begin for all: wins of different clients are compared by the time since then.
    let epoch = Instant::now();
    let lasting = Duration::from_secs(load.seconds.into());
    let mut clients = JoinSet::new();
    for at in 0..load.clients {
        let wire = Wire::new(&wire::authority(&load.urls[at as usize % load.urls.len()])?);
        clients.spawn(client(at, wire, Arc::clone(clubs), Arc::clone(&gate), (epoch, lasting)));
    }
    gate.wait().await;
    let begun = Instant::now();
    let mut tallies: Vec<Tally> = clubs.iter().map(|_| Tally::new()).collect();
    while let Some(done) = clients.join_next().await {
        let (club, tally) = done??;
        tallies[club].add(tally);
    }
    Ok((tallies, begun.elapsed()))
}

async fn client(
    at: u32,
    mut wire: Wire,
    clubs: Arc<Vec<Club>>,
    gate: Arc<Barrier>,
    (epoch, lasting): (Instant, Duration),
) -> Result<(usize, Tally)> {
    let connected = wire.connect().await;
    // Order: every client comes to the gate, also one that could not connect, or the rest would wait for ever.
    gate.wait().await;
    connected?;
    let home = at as usize % clubs.len();
    let club = &clubs[home];
    let mut tally = Tally::new();
    let begun = Instant::now();
    while begun.elapsed() < lasting {
        let Some(slot) = club.current() else { break };
        let sent = Instant::now();
        match wire.post("/attempt", club.attempt(slot, at as usize * club.courts() + slot.court)).await {
            Ok(answer) if answer.status == 200 => {
                tally.won.record(sent.elapsed());
                let won = Won { slot: slot.number, client: at, from: epoch.elapsed(), until: None };
                let hold = answer.field("holdId").unwrap_or_default().to_owned();
                settle(&mut wire, club, slot, (won, epoch), &hold, &mut tally).await;
                club.advance(slot);
            }
            Ok(answer) if answer.status == 409 && answer.field("code") == Some("slot_taken") => {
                tally.refused.record(sent.elapsed())
            }
            Ok(answer) if (400..500).contains(&answer.status) => {
                tally.odd.push(format!(
                    "an attempt answered {}: {}",
                    answer.status,
                    String::from_utf8_lossy(&answer.body)
                ));
                club.advance(slot);
            }
            _ => {
                // Perhaps it is held now for nobody: leave it to expire.
                tally.unknown.insert(club.place(slot));
                club.advance(slot);
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    Ok((home, tally))
}

/// Confirms or releases what was won.
async fn settle(
    wire: &mut Wire,
    club: &Club,
    slot: Slot,
    (mut won, epoch): (Won, Instant),
    hold: &str,
    tally: &mut Tally,
) {
    let is_kept = slot.number.is_multiple_of(2);
    if !is_kept {
        won.until = Some(epoch.elapsed());
    }
    tally.wins.push(won);
    let sent = Instant::now();
    match wire.post(if is_kept { "/confirm" } else { "/release" }, club.of_hold(hold)).await {
        Ok(answer) if answer.status == 200 => {
            tally.settled.record(sent.elapsed());
            club.saw(&answer);
            if is_kept {
                tally.booked.push(club.booking(slot, answer.field("reservationId").unwrap_or_default()));
            }
        }
        Ok(answer) if (400..500).contains(&answer.status) => {
            tally.odd.push(format!(
                "a winner was answered {}: {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            ));
        }
        _ => {
            tally.unknown.insert(club.place(slot));
        }
    }
}

async fn verify(wires: &mut [Wire], clubs: &[Club], tallies: &[Tally]) -> Result<Vec<String>> {
    let mut violations = Vec::new();
    for (club, tally) in clubs.iter().zip(tallies) {
        violations.extend(tally.odd.iter().cloned());
        violations.extend(check::winners(&tally.wins).into_iter().map(|what| format!("{}: {what}", club.id)));
        for (node, wire) in wires.iter_mut().enumerate() {
            let found = check::bookings(&tally.booked, &tally.unknown, &club.shown(wire).await?);
            violations.extend(found.into_iter().map(|what| format!("node {}: {}: {what}", node + 1, club.id)));
        }
    }
    Ok(violations)
}
