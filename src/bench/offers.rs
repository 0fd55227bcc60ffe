//! `courtd bench offers`: from a cancellation over HTTP, on a node that does not lead, to the offer in the
//! provider's hands; on a cluster that has nothing else to do, and with ten thousand emails waiting.
//!
//! The provider is in this process, so that both ends are seen by one clock. It takes everything at once: what
//! waits, waits for the rate that the nodes are told.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::args::OffersArgs;
use super::book::wires;
use super::club::{Club, Slot};
use super::fleet::Fleet;
use super::measure::{Latency, rate};
use super::provider::Provider;
use super::report::{Outcome, Step, progress};
use super::wire::{self, Wire};

/// Emails a second that each node hands over: the default for this provider.
pub(super) const RATE: u32 = 50;
/// Clients that fill the outbox.
const FILLERS: usize = 64;
/// Courts of the club: more than one, so that filling it is quick.
const COURTS: u64 = 8;
/// An offer that takes longer has not come.
const OFFER_DEADLINE: Duration = Duration::from_secs(30);
/// For the emails about bookings to be gone before the next cancellation.
const QUIET_DEADLINE: Duration = Duration::from_secs(30);

/// Runs the bench on three nodes of its own.
pub(super) async fn offers(args: &OffersArgs) -> Result<Outcome> {
    let folder = match &args.data_dir {
        Some(parent) => std::fs::create_dir_all(parent).and_then(|()| TempDir::with_prefix_in("courtd-bench-", parent)),
        None => TempDir::with_prefix("courtd-bench-"),
    };
    let folder = folder.context("failed to make a folder for the nodes' data")?;
    let provider = Provider::start().await?;
    let fleet = Fleet::start_with(folder.path(), &settings(&provider)).await?;
    let outcome = measure(&fleet.urls, &provider, args).await;
    fleet.stop().await?;
    outcome
}

/// What the nodes are told besides.
fn settings(provider: &Provider) -> String {
    format!(
        "\n[email]\nfrom = \"bench@example.org\"\napi_key = \"SG.bench\"\napi_base = \"{}\"\nrate = {RATE}\n\n\
         [links]\nkey = \"a key that signs the links of a bench\"\n",
        provider.url
    )
}

/// A club with bookings for each of which somebody waits.
struct Bench<'a> {
    club: Arc<Club>,
    provider: &'a Provider,
    /// A node that does not lead.
    follower: Wire,
    wires: Vec<Wire>,
    /// Emails that were decided so far.
    decided: usize,
    /// Members who wait, one for each booking.
    waiters: usize,
}

/// A booking that somebody waits for.
struct Awaited {
    slot: Slot,
    reservation: String,
    waitlist: String,
}

/// Runs the bench on nodes whose emails come to `provider`.
pub(super) async fn measure(urls: &[String], provider: &Provider, args: &OffersArgs) -> Result<Outcome> {
    let bar = progress("making a club");
    let mut wires = wires(urls)?;
    let members = u32::try_from(COURTS)? + 2 * args.samples;
    let club = Arc::new(Club::create(&mut wires, COURTS, members).await?);
    let follower = Wire::new(&wire::authority(&follower(&mut wires, &club, urls).await?)?);
    let mut bench = Bench { club, provider, follower, wires, decided: 0, waiters: usize::try_from(COURTS)? };
    bar.set_message("offers, and nothing else");
    let begun = Instant::now();
    let (idle, mut violations) = bench.idle(args.samples).await?;
    let idle_took = begun.elapsed();
    bar.set_message("filling the outbox");
    let awaited = bench.awaited(args.samples).await?;
    bench.fill(urls, args.waiting).await?;
    bar.set_message("offers before all that waits");
    let (before, begun) = (bench.waiting(), Instant::now());
    let (busy, more) = bench.among_others(&awaited).await?;
    let (after, busy_took) = (bench.waiting(), begun.elapsed());
    bar.finish_and_clear();
    violations.extend(more);
    if after == 0 && args.waiting > 0 {
        violations.push("nothing waited any more before the last offer was made".to_owned());
    }
    let mut facts = serde_json::Map::new();
    facts.insert("samples".into(), json!(args.samples));
    facts.insert("emailsPerSecond".into(), json!(RATE));
    facts.insert("waitingBefore".into(), json!(before));
    facts.insert("waitingAfter".into(), json!(after));
    let step = |name, latency: Latency, took| Step { name, per_second: rate(latency.count(), took), latency };
    let steps = vec![step("idle", idle, idle_took), step("waiting", busy, busy_took)];
    Ok(Outcome { bench: "offers", facts, steps, violations })
}

/// A node that does not lead the club.
async fn follower(wires: &mut [Wire], club: &Club, urls: &[String]) -> Result<String> {
    let wire = wires.first_mut().context("no --url")?;
    let answer = wire.get("/api/cluster?limit=200").await?;
    let cluster: Value = serde_json::from_slice(&answer.body).context("/api/cluster is not JSON")?;
    let groups = cluster["groups"].as_array().context("/api/cluster has no groups")?;
    let leader = groups.iter().find(|group| group["facilityId"] == club.id).and_then(|group| group["leader"].as_u64());
    let leader = usize::try_from(leader.context("nobody leads the club")?)?;
    let follower = (1..).zip(urls).find(|(node, _)| *node != leader).map(|(_, url)| url.clone());
    follower.context("one node alone has nobody who follows")
}

impl Bench<'_> {
    /// One cancellation after the other, each on a cluster at rest.
    async fn idle(&mut self, samples: u32) -> Result<(Latency, Vec<String>)> {
        let (mut latency, mut violations) = (Latency::new(), Vec::new());
        for _ in 0..samples {
            let awaited = self.await_one().await?;
            if !self.provider.counts(self.decided, QUIET_DEADLINE).await {
                bail!("{} emails were to be sent, and {} came", self.decided, self.provider.count());
            }
            self.sample(&awaited, &mut latency, &mut violations).await?;
        }
        Ok((latency, violations))
    }

    async fn awaited(&mut self, samples: u32) -> Result<Vec<Awaited>> {
        let mut all = Vec::new();
        for _ in 0..samples {
            all.push(self.await_one().await?);
        }
        Ok(all)
    }

    async fn among_others(&mut self, all: &[Awaited]) -> Result<(Latency, Vec<String>)> {
        let (mut latency, mut violations) = (Latency::new(), Vec::new());
        for awaited in all {
            self.sample(awaited, &mut latency, &mut violations).await?;
        }
        Ok((latency, violations))
    }

    /// Emails that were decided and have not come.
    fn waiting(&self) -> usize {
        self.decided.saturating_sub(self.provider.count())
    }

    /// Books a slot, and has somebody wait for it.
    async fn await_one(&mut self) -> Result<Awaited> {
        let slot = self.club.take().context("the club is full")?;
        let wire = &mut self.wires[0];
        let reservation = book(wire, &self.club, slot).await?;
        let joined = must(wire.post("/api/waitlist", self.club.wish(slot, self.waiters)).await?, "/api/waitlist")?;
        self.waiters += 1;
        self.decided += 1;
        let waitlist = joined.field("id").context("an entry without an id")?.to_owned();
        Ok(Awaited { slot, reservation, waitlist })
    }

    /// Calls a booking off at the follower, and measures until the offer is there.
    async fn sample(&mut self, one: &Awaited, latency: &mut Latency, violations: &mut Vec<String>) -> Result<()> {
        let body = self.club.call_off(one.slot, &one.reservation);
        let begun = Instant::now();
        must(self.follower.post("/cancel", body).await?, "/cancel")?;
        // The word of the cancellation, and the offer.
        self.decided += 2;
        let end = format!("-{}", one.waitlist);
        match self.provider.arrival(&end, OFFER_DEADLINE).await {
            Some(at) => latency.record(at.saturating_duration_since(begun)),
            None => violations.push(format!("the offer to {} did not come", one.waitlist)),
        }
        Ok(())
    }

    /// Books until so many emails wait.
    async fn fill(&mut self, urls: &[String], waiting: u32) -> Result<()> {
        while self.waiting() < waiting as usize {
            let missing = waiting as usize - self.waiting();
            let mut fillers = JoinSet::new();
            for at in 0..FILLERS {
                let (club, many) = (Arc::clone(&self.club), missing / FILLERS + usize::from(at < missing % FILLERS));
                let mut wire = Wire::new(&wire::authority(&urls[at % urls.len()])?);
                fillers.spawn(async move {
                    for _ in 0..many {
                        let slot = club.take().context("the club is full")?;
                        book(&mut wire, &club, slot).await?;
                    }
                    anyhow::Ok(many)
                });
            }
            while let Some(filled) = fillers.join_next().await {
                self.decided += filled??;
            }
        }
        Ok(())
    }
}

/// Holds and confirms a slot; the reservation.
async fn book(wire: &mut Wire, club: &Club, slot: Slot) -> Result<String> {
    let held = must(wire.post("/attempt", club.attempt(slot, slot.court)).await?, "/attempt")?;
    let hold = held.field("holdId").context("a hold without an id")?;
    let confirmed = must(wire.post("/confirm", club.of_hold(hold)).await?, "/confirm")?;
    Ok(confirmed.field("reservationId").context("a reservation without an id")?.to_owned())
}

fn must(answer: wire::Answer, path: &str) -> Result<wire::Answer> {
    if answer.status >= 300 {
        bail!("{path} answered {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
    }
    Ok(answer)
}
