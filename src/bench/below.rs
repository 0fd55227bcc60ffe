//! Three nodes in this process, loaded below HTTP: consensus and storage without edge or wire.
//!
//! Each client proposes a hold and its confirmation, waiting for each answer. Beside the rate it
//! tells how many log entries shared a commit, which is where the rate comes from.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Datelike};
use cluster::{Facility, Node, NodeRecord, NodeSettings, Request, SystemClock, Timing};
use machine::{
    Actor, CalendarDay, Command, ConfirmHold, Court, CourtId, CreateFacility, FacilityId, HoldId, HoldRef,
    Instant as At, Interval, LocalDate, Member, MemberId, PlaceHold, Preferences, RequestId, ReservationId, Settings,
};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::club::SLOT_MILLIS;
use super::commits::writes_per_commit;
use super::cpu::Meter;
use super::measure::{Latency, rate};

/// Nodes: the smallest number that survives one.
const NODES: u64 = 3;

/// For one proposal, and for making one facility.
const ANSWER_DEADLINE: Duration = Duration::from_secs(10);

/// For the nodes to find each other.
const FORMATION_DEADLINE: Duration = Duration::from_secs(30);

/// How long answers are kept for repeats: as short as a retry between nodes may take.
const REMEMBER_MILLIS: i64 = 60_000;

/// Days of the calendar; each court has 96 slots a day.
const DAYS: i64 = 395;

/// Courts of a facility: 395 days of them outlast every step.
const COURTS: u64 = 8;

const DAY_MILLIS: i64 = 86_400_000;

/// Three nodes and the facilities made so far.
pub(super) struct Cluster {
    nodes: Vec<Arc<Node>>,
    clubs: Vec<Arc<Club>>,
}

/// A facility as each node has it.
struct Club {
    on: Vec<Facility>,
    next: AtomicU64,
    first: i64,
}

/// What a step measured.
pub(super) struct Step {
    pub(super) pairs_per_second: f64,
    pub(super) writes_per_second: f64,
    /// Of one write.
    pub(super) write: Latency,
    /// Of hold and confirmation together.
    pub(super) pair: Latency,
    /// Writes that shared a commit, on the average over the nodes.
    pub(super) writes_per_commit: Option<f64>,
    /// CPU time of a write in microseconds, of all nodes and the load.
    pub(super) cpu: Option<f64>,
}

impl Cluster {
    /// Starts the nodes with their stores below `folder`.
    pub(super) async fn start(folder: &Path) -> Result<Self> {
        let listeners: Vec<TcpListener> =
            (0..NODES).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
        let mut initial = Vec::new();
        for (id, listener) in (1..).zip(&listeners) {
            let peer = listener.local_addr()?.to_string();
            initial.push(NodeRecord { id, region: "bench".into(), peer, client: String::new() });
        }
        let mut nodes = Vec::new();
        for (node, peer_listener) in (1..).zip(listeners) {
            let settings = NodeSettings {
                node,
                cluster_id: "bench".into(),
                initial: initial.clone(),
                data_dir: folder.join(format!("below-{node}")),
                peer_listener,
                clock: Arc::new(SystemClock),
                timing: Timing::default(),
            };
            nodes.push(Node::start(settings).await?);
        }
        Ok(Self { nodes, clubs: Vec::new() })
    }

    /// Stops the nodes.
    pub(super) async fn stop(self) {
        drop(self.clubs);
        for node in &self.nodes {
            node.shutdown(Instant::now() + ANSWER_DEADLINE).await;
        }
    }

    /// Makes facilities until there are so many.
    pub(super) async fn provide(&mut self, clubs: usize) -> Result<()> {
        while self.clubs.len() < clubs {
            let at = self.clubs.len();
            let club = self.make(at).await.with_context(|| format!("failed to make facility {at}"))?;
            self.clubs.push(Arc::new(club));
        }
        Ok(())
    }

    async fn make(&self, at: usize) -> Result<Club> {
        let id = FacilityId::parse(&format!("fac_below_{at}"))?;
        let slug = format!("below-{at}");
        let give_up = Instant::now() + FORMATION_DEADLINE;
        let made = loop {
            let deadline = Instant::now() + ANSWER_DEADLINE;
            match self.nodes[0]
                .create_facility(id.clone(), slug.clone(), request_id(&format!("make-{at}")), deadline)
                .await
            {
                Ok(made) => break made,
                Err(error) if Instant::now() > give_up => return Err(error.into()),
                // The directory may not have its leader yet.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        };
        let first = self.nodes[0].now().0 / DAY_MILLIS * DAY_MILLIS + DAY_MILLIS;
        let mut newest = 0;
        for (step, command) in commands(&slug, first)?.into_iter().enumerate() {
            newest = propose(&made, format!("make-{at}-{step}"), command).await?;
        }
        let mut on = Vec::new();
        for node in &self.nodes {
            on.push(serving(node, &id, newest).await?);
        }
        Ok(Club { on, next: AtomicU64::new(0), first })
    }

    /// Loads the first `clubs` facilities with `clients` for a while.
    pub(super) async fn load(&self, clubs: usize, clients: u32, lasting: Duration) -> Result<Step> {
        let (before, cpu) = (self.commits(), Meter::start(&[]));
        let begun = Instant::now();
        let mut running = JoinSet::new();
        for at in 0..clients as usize {
            let clubs: Vec<Arc<Club>> = self.clubs.iter().take(clubs).map(Arc::clone).collect();
            running.spawn(client(at, clubs, lasting));
        }
        let (mut write, mut pair) = (Latency::new(), Latency::new());
        while let Some(done) = running.join_next().await {
            let (writes, pairs) = done??;
            write.add(&writes);
            pair.add(&pairs);
        }
        let (took, cpu) = (begun.elapsed(), cpu.spent(write.count()).own);
        let writes_per_commit = writes_per_commit(write.count(), NODES, self.commits() - before);
        let (pairs_per_second, writes_per_second) = (rate(pair.count(), took), rate(write.count(), took));
        Ok(Step { pairs_per_second, writes_per_second, write, pair, writes_per_commit, cpu })
    }

    /// Commits of all stores so far.
    fn commits(&self) -> u64 {
        self.nodes.iter().map(|node| node.storage_stats().commits).sum()
    }
}

/// Waits until a node serves a facility.
async fn serving(node: &Node, id: &FacilityId, newest: u64) -> Result<Facility> {
    let mut changes = node.directory_changes();
    let deadline = Instant::now() + FORMATION_DEADLINE;
    loop {
        if let cluster::Lookup::Here(facility) = node.facility(id.as_str()) {
            facility.wait_for(newest, deadline).await?;
            return Ok(facility);
        }
        match tokio::time::timeout_at(deadline, changes.changed()).await {
            Ok(changed) => changed.context("the node has stopped")?,
            Err(_) => bail!("node {} does not serve {id}", node.id()),
        }
    }
}

/// Everything that makes a facility: settings with an open calendar, courts, a member a court.
fn commands(slug: &str, first: i64) -> Result<Vec<Command>> {
    let mut settings = Settings::new(slug, slug, "UTC");
    (settings.slot_minutes, settings.min_duration_minutes) = (15, 15);
    settings.hold_seconds = 60;
    (settings.limits.max_holds, settings.limits.max_active_reservations) = (None, None);
    settings.advance_booking_days = u32::MAX;
    let days = (0..DAYS).map(|day| open_day(first + day * DAY_MILLIS)).collect();
    let mut commands = vec![Command::CreateFacility(Box::new(CreateFacility { settings, days }))];
    for at in 0..COURTS {
        commands.push(Command::CreateCourt(court(at)?));
        commands.push(Command::CreateMember(Box::new(member(at)?)));
    }
    Ok(commands)
}

fn open_day(start: i64) -> CalendarDay {
    let date = DateTime::from_timestamp_millis(start).unwrap_or_default().date_naive();
    let span = Interval { start: At(start), end: At(start + DAY_MILLIS) };
    let narrow = "a year of this century, a month and a day fit";
    let date = LocalDate {
        year: i16::try_from(date.year()).expect(narrow),
        month: u8::try_from(date.month()).expect(narrow),
        day: u8::try_from(date.day()).expect(narrow),
    };
    CalendarDay { date, span, open: vec![span], slot_millis: SLOT_MILLIS, prime: Vec::new() }
}

fn court(at: u64) -> Result<Court> {
    Ok(Court::new(CourtId::parse(&format!("crt_{at}"))?, &format!("Court {at}"), "tennis"))
}

fn member(at: u64) -> Result<Member> {
    Ok(Member {
        preferences: Preferences { notification_email: false, notification_sms: false, locale: "en".into() },
        ..Member::new(MemberId::parse(&format!("mbr_{at}"))?, &format!("Member {at}"))
    })
}

/// One client: its own facility handle of one node, one pair after another.
async fn client(at: usize, clubs: Vec<Arc<Club>>, lasting: Duration) -> Result<(Latency, Latency)> {
    let (mut writes, mut pairs) = (Latency::new(), Latency::new());
    let begun = Instant::now();
    let mut turn = at;
    while begun.elapsed() < lasting {
        let club = &clubs[turn % clubs.len()];
        let facility = &club.on[at % club.on.len()];
        let number = club.next.fetch_add(1, Ordering::Relaxed);
        let (hold, confirm) = pair(number, club.first)?;
        let held = Instant::now();
        propose(facility, format!("h{number}"), hold).await?;
        writes.record(held.elapsed());
        let confirmed = Instant::now();
        propose(facility, format!("c{number}"), confirm).await?;
        writes.record(confirmed.elapsed());
        pairs.record(held.elapsed());
        turn += 1;
    }
    Ok((writes, pairs))
}

/// The commands that book slot `number`.
fn pair(number: u64, first: i64) -> Result<(Command, Command)> {
    let (row, court) = (i64::try_from(number / COURTS)?, number % COURTS);
    if row >= DAYS * (DAY_MILLIS / SLOT_MILLIS) {
        bail!("all {number} slots are booked: the step is too long for this machine");
    }
    let start = first + row * SLOT_MILLIS;
    let hold_id = HoldId::parse(&format!("hld_{number}"))?;
    let hold = PlaceHold {
        hold_id: hold_id.clone(),
        reservation_id: ReservationId::parse(&format!("rsv_{number}"))?,
        court_id: CourtId::parse(&format!("crt_{court}"))?,
        member_id: MemberId::parse(&format!("mbr_{court}"))?,
        slot: Interval { start: At(start), end: At(start + SLOT_MILLIS) },
        source: "api".into(),
        overrides: None,
    };
    let confirm = ConfirmHold { hold: HoldRef::Id(hold_id), reservation_id: None, pay: machine::Pay::Later };
    Ok((Command::PlaceHold(hold), Command::ConfirmHold(confirm)))
}

/// Proposes and expects yes; the log index of the answer.
async fn propose(facility: &Facility, key: String, command: Command) -> Result<u64> {
    let request = Request {
        actor: Actor::Service("bench".into()),
        request: request_id(&key),
        fingerprint: 0,
        remember_millis: REMEMBER_MILLIS,
        command,
    };
    let answer = facility.propose(request, Instant::now() + ANSWER_DEADLINE).await?;
    match answer.reply {
        Ok(_) => Ok(answer.index),
        Err(rejection) => bail!("{key} was rejected: {rejection:?}"),
    }
}

fn request_id(key: &str) -> RequestId {
    RequestId { principal: "bench".into(), key: key.to_owned() }
}
