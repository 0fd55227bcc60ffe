//! A script on three nodes over HTTP: every request at another node than the one before, every look at yet
//! another, which is told how much it has to have applied.
//!
//! The nodes' clock is the script's. After a jump they have to hear from each other that all have jumped
//! before they believe it; that is waited for, by what they say that they would stamp.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cluster::Clock;
use courtd::Access;
use courtd::dev::DevCluster;
use machine::{CourtId, Instant, Interval, LocalDate, MemberId};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::action::{Action, Spot, Who};
use crate::body::{self, instant};
use crate::founding::{Founding, court_id, member_id};
use crate::harness::{Answer, Api, Request, look_until};
use crate::outcome::{Outcome, Standing, Taken, Waiting};
use crate::requests::{self, FACILITY, NOBODYS};
use crate::steered::Steered;
use crate::when::Wall;
use crate::world::World;

/// How long nodes may take to believe a jump: a few pulses of a busy machine.
const BELIEVED_WITHIN: Duration = Duration::from_secs(20);

/// Three nodes, and what was last asked of them.
pub struct Http {
    runtime: Runtime,
    /// There but while it is restarted.
    cluster: Option<DevCluster>,
    folder: TempDir,
    clock: Arc<Steered>,
    api: Api,
    /// How many were asked so far: whose turn it is.
    asked: u64,
    /// How far the log is known to be.
    index: u64,
    /// Whether time has passed since the log last heard of it.
    is_later: bool,
    last: Option<(Action, Request, Answer)>,
    known: Vec<Known>,
}

/// A reservation that an answer told of.
struct Known {
    court: CourtId,
    start: Instant,
    member: MemberId,
    id: String,
}

impl Http {
    /// Starts three nodes at the script's first instant, with its club on them.
    pub fn found(founding: &Founding, wall: &Wall) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("three nodes cannot be started: {error}");
        let runtime = Runtime::new().map_err(|error| failed(&error))?;
        let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
        let clock = Arc::new(Steered::at(wall.now));
        let cluster = runtime.block_on(start(&clock, folder.path())).map_err(|error| failed(&error))?;
        let api = api(&cluster);
        let cluster = Some(cluster);
        let (asked, index, is_later, last, known) = (0, 0, false, None, Vec::new());
        let mut http = Self { runtime, cluster, folder, clock, api, asked, index, is_later, last, known };
        http.set_up(&Request::post("/api/facilities", body::facility(FACILITY, &founding.settings)))?;
        for court in &founding.courts {
            http.set_up(&Request::post(&format!("/api/facilities/{FACILITY}/courts"), body::court(court)))?;
        }
        for member in &founding.members {
            http.set_up(&Request::post(&format!("/api/facilities/{FACILITY}/members"), body::member(member)))?;
        }
        Ok(http)
    }

    /// Stops the nodes.
    pub fn close(self) {
        if let Some(cluster) = self.cluster {
            self.runtime.block_on(cluster.stop());
        }
    }

    fn set_up(&mut self, request: &Request) -> Result<(), String> {
        let answer = self.ask(request)?;
        if answer.status == 201 {
            Ok(())
        } else {
            Err(format!("the club cannot be founded: {} {}", answer.status, answer.body))
        }
    }

    /// Asks the node whose turn it is, once all of them stamp the script's time.
    fn ask(&mut self, request: &Request) -> Result<Answer, String> {
        self.until_believed()?;
        let node = self.asked % 3 + 1;
        self.asked += 1;
        let answer = self.runtime.block_on(self.api.insist(node, request));
        self.index = self.index.max(answer.index.unwrap_or(0));
        Ok(answer)
    }

    /// Reads from the node whose turn it is, once it has applied all that is known to have happened.
    fn read(&mut self, path: &str) -> Result<Value, String> {
        let join = if path.contains('?') { '&' } else { '?' };
        let answer = self.ask(&Request::get(&format!("{path}{join}minIndex={}", self.index)))?;
        if answer.status == 200 { Ok(answer.body) } else { Err(format!("{path}: {} {}", answer.status, answer.body)) }
    }

    fn until_believed(&self) -> Result<(), String> {
        let now = self.clock.now();
        let look = async || {
            let stamps = self.cluster.as_ref().map(DevCluster::now).unwrap_or_default();
            if stamps.iter().all(|stamp| *stamp == now) { Ok(()) } else { Err(format!("{stamps:?}")) }
        };
        let believed = self.runtime.block_on(look_until(BELIEVED_WITHIN, look));
        believed.map_err(|stamps| format!("the nodes do not believe {now:?}: they stamp {stamps}"))
    }

    /// Whoever looks sees what is due by then. A node tells it in time by its own clock, which may have slept
    /// through a jump; giving up a hold that never was is a request like any other, and has it settled.
    fn settle(&mut self) -> Result<(), String> {
        if std::mem::take(&mut self.is_later) {
            let answer = self.ask(&Request::post("/release", json!({"facilityId": FACILITY, "holdId": NOBODYS})))?;
            if answer.status != 200 {
                return Err(format!("a release of nothing: {} {}", answer.status, answer.body));
            }
        }
        Ok(())
    }

    /// The reservation that is meant: whose it is first, what is live next, what was there last.
    fn find(&mut self, spot: &Spot, who: Option<&MemberId>) -> Result<Option<String>, String> {
        let of = spot.of.as_ref().or(who);
        let here = |known: &&Known| known.court == spot.court && known.start == spot.start;
        let own = self.known.iter().rev().filter(here).find(|known| Some(&known.member) == of);
        if let Some(own) = own {
            return Ok(Some(own.id.clone()));
        }
        let last = self.known.iter().rev().find(here).map(|known| known.id.clone());
        let path = format!("/availability?facilityId={FACILITY}&courtId={}", spot.court);
        let slots = self.read(&path)?;
        let live = slots["slots"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|slot| instant(&slot["startTime"]) == Some(spot.start));
        Ok(live.and_then(|slot| slot["state"]["reservationId"].as_str().map(str::to_owned)).or(last))
    }

    fn remember(&mut self, action: &Action, request: &Request, answer: &Answer) {
        let (Action::Hold { court, member, slot, .. } | Action::Import { court, member, slot }) = action else {
            return;
        };
        let sent = request.body.as_ref().and_then(|body| body["reservations"][0]["id"].as_str());
        if let Some(id) = answer.body["reservationId"].as_str().or(sent) {
            let (court, start, member, id) = (court.clone(), slot.start, member.clone(), id.to_owned());
            self.known.push(Known { court, start, member, id });
        }
    }

    fn reservation(&mut self, id: &str) -> Result<Value, String> {
        self.read(&format!("/api/reservations/{id}?facilityId={FACILITY}"))
    }
}

impl World for Http {
    fn at(&mut self, now: Instant) -> Result<(), String> {
        self.clock.set(now);
        self.is_later = true;
        Ok(())
    }

    fn restart(&mut self) -> Result<(), String> {
        let stopped = self.cluster.take().ok_or("there are no nodes")?;
        self.runtime.block_on(stopped.stop());
        let started = self.runtime.block_on(start(&self.clock, self.folder.path()));
        let cluster = started.map_err(|error| format!("the nodes do not come back: {error}"))?;
        self.api = api(&cluster);
        self.cluster = Some(cluster);
        Ok(())
    }

    fn act(&mut self, who: &Who, action: &Action) -> Result<Outcome, String> {
        let me = match who {
            Who::Member(member) => Some(member.clone()),
            Who::Staff | Who::Club => None,
        };
        let request = requests::of(action, |spot| self.find(spot, me.as_ref()))?;
        let answer = self.ask(&request)?;
        if answer.status < 300 {
            self.remember(action, &request, &answer);
        }
        let outcome = requests::outcome(action, &answer)?;
        self.last = Some((action.clone(), request, answer));
        Ok(outcome)
    }

    fn again(&mut self) -> Result<Outcome, String> {
        let (action, request, first) = self.last.clone().ok_or("nothing was asked yet")?;
        let second = self.ask(&request)?;
        let outcome = requests::outcome(&action, &second)?;
        let same = first.status >= 400 || (first.status, &first.body) == (second.status, &second.body);
        Ok(if same { outcome } else { Outcome::Differs(Box::new(outcome)) })
    }

    fn taken(&mut self, court: &CourtId, day: LocalDate, _span: Interval) -> Result<Vec<Taken>, String> {
        self.settle()?;
        let body = self.read(&format!("/availability?facilityId={FACILITY}&courtId={court}&date={day}"))?;
        let slots = body["slots"].as_array().ok_or("no slots")?.clone();
        slots.iter().map(|slot| self.taken_by(slot)).collect()
    }

    fn starts(&mut self, _court: &CourtId, _day: LocalDate) -> Result<Vec<Instant>, String> {
        Err("there is no grid".to_owned())
    }

    fn member(&mut self, member: &MemberId) -> Result<Standing, String> {
        self.settle()?;
        let body = self.read(&format!("/api/facilities/{FACILITY}/members/{member}"))?;
        let no_shows = body["noShowCount"].as_u64().and_then(|count| u32::try_from(count).ok());
        Ok(Standing {
            credits: body["creditsBalance"].as_i64().ok_or("no balance")?,
            no_shows: no_shows.ok_or("no count of no-shows")?,
            status: body["status"].as_str().ok_or("no status")?.to_owned(),
            until: instant(&body["suspendedUntil"]),
        })
    }

    fn standing(&mut self, spot: &Spot) -> Result<String, String> {
        self.settle()?;
        let id = self.find(spot, None)?.ok_or("there is no such reservation")?;
        let status = self.reservation(&id)?["status"].as_str().map(str::to_owned);
        status.ok_or_else(|| "no status".to_owned())
    }

    fn waiting(&mut self) -> Result<Vec<Waiting>, String> {
        Err("there is no waitlist".to_owned())
    }

    fn why_not(&mut self, _member: &MemberId, _court: &CourtId, _slot: Interval) -> Result<Vec<String>, String> {
        Err("nothing can be explained".to_owned())
    }
}

impl Http {
    /// A slot of `/availability` with who has it, which only the reservation itself tells.
    fn taken_by(&mut self, slot: &Value) -> Result<Taken, String> {
        let wrong = || format!("not a slot: {slot}");
        let (start, end) =
            (instant(&slot["startTime"]).ok_or_else(wrong)?, instant(&slot["endTime"]).ok_or_else(wrong)?);
        court_id(slot["courtId"].as_str().ok_or_else(wrong)?)?;
        let slot_of = Interval { start, end };
        let how = match slot["state"]["status"].as_str() {
            Some("pending") => "held",
            Some("reserved") => "booked",
            _ => return Ok(Taken { slot: slot_of, how: "blocked".to_owned(), by: None }),
        };
        let id = slot["state"]["reservationId"].as_str().ok_or_else(wrong)?.to_owned();
        let reservation = self.reservation(&id)?;
        let by = member_id(reservation["memberId"].as_str().ok_or("nobody's")?)?;
        let how = if reservation["status"] == "in_progress" { "in use" } else { how };
        Ok(Taken { slot: slot_of, how: how.to_owned(), by: Some(by) })
    }
}

/// Three nodes on what the folder keeps, wherever ports are free: they find each other again.
async fn start(clock: &Arc<Steered>, folder: &Path) -> anyhow::Result<DevCluster> {
    DevCluster::start_on(Arc::clone(clock) as Arc<dyn Clock>, Some(folder), 0, Access::Open).await
}

fn api(cluster: &DevCluster) -> Api {
    Api::new(cluster.addresses().iter().map(|address| format!("http://{address}")).collect())
}
