//! A script on three nodes over HTTP: every request at another node than the one before, every look at yet
//! another, which is told how much it has to have applied.
//!
//! The nodes' clock is the script's. After a jump they have to hear from each other that all have jumped
//! before they believe it; that is waited for, by what they say that they would stamp.

mod post;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cluster::Clock;
use courtd::dev::DevCluster;
use courtd::{Outside, Secret, Stripe, StripeSettings};
use machine::{CourtId, Instant, Interval, LocalDate, Medium, MemberId, Settings};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::action::{Action, Spot, Who};
use crate::body::{self, instant, time};
use crate::founding::{Founding, member_id};
use crate::harness::stripe::{self, FakeStripe};
use crate::harness::{Answer, Api, Request, look_until};
use crate::outcome::{Candidate, Outcome, Standing, Taken, Waiting};
use crate::requests::{self, FACILITY, NOBODYS};
use crate::steered::Steered;
use crate::telling::{Carrier, Logged, Told};
use crate::token;
use crate::when::Wall;
use crate::world::World;
use post::Post;

/// How long nodes may take to believe a jump: many pulses of a busy machine.
const BELIEVED_WITHIN: Duration = Duration::from_secs(20);

/// How long a slot is kept for its payment.
const PAYMENT_SECONDS: u32 = 600;

/// Three nodes, and what was last asked of them.
pub struct Http {
    runtime: Runtime,
    /// There but while it is restarted.
    cluster: Option<DevCluster>,
    folder: TempDir,
    clock: Arc<Steered>,
    stripe: FakeStripe,
    /// There where anybody listens to what is told.
    post: Option<Post>,
    api: Api,
    wall: Wall,
    settings: Settings,
    /// How many were asked so far: whose turn it is.
    asked: u64,
    /// How far the log is known to be.
    index: u64,
    /// Whether time has passed since the log last heard of it.
    is_later: bool,
    last: Option<(Action, Request, Answer)>,
    /// Ids of reservations, in the order in which they were first seen.
    seen: Vec<String>,
}

impl Http {
    /// Starts three nodes at the script's first instant, with its club on them; messages leave if anybody listens.
    pub fn found(founding: &Founding, wall: &Wall, listens: bool) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("three nodes cannot be started: {error}");
        let runtime = Runtime::new().map_err(|error| failed(&error))?;
        let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
        let clock = Arc::new(Steered::at(wall.now));
        let stripe = runtime.block_on(FakeStripe::start()).map_err(|error| failed(&error))?;
        let post = if listens { Some(runtime.block_on(Post::start())) } else { None };
        let outside = || outside(&stripe, post.as_ref());
        let cluster = outside().map(|outside| runtime.block_on(start(&clock, folder.path(), outside)));
        let cluster = cluster.and_then(|started| started).map_err(|error| failed(&error))?;
        let api = api(&cluster);
        let (cluster, settings, wall) = (Some(cluster), founding.settings.clone(), *wall);
        let (asked, index, is_later, last, seen) = (0, 0, false, None, Vec::new());
        let mut http = Self {
            runtime,
            cluster,
            folder,
            clock,
            stripe,
            post,
            api,
            wall,
            settings,
            asked,
            index,
            is_later,
            last,
            seen,
        };
        http.set_up("", body::facility(FACILITY, &founding.settings))?;
        for court in &founding.courts {
            http.set_up(&format!("/{FACILITY}/courts"), body::court(court))?;
        }
        for member in &founding.members {
            http.set_up(&format!("/{FACILITY}/members"), body::member(member))?;
        }
        Ok(http)
    }

    /// Stops the nodes.
    pub fn close(self) {
        if let Some(cluster) = self.cluster {
            self.runtime.block_on(cluster.stop());
        }
    }

    fn set_up(&mut self, below: &str, body: Value) -> Result<(), String> {
        let answer =
            self.ask(&Request::post(&format!("/api/facilities{below}"), body).by(&token::of(&Who::Operator)))?;
        let Answer { status, body, .. } = answer;
        if status == 201 { Ok(()) } else { Err(format!("the club cannot be founded: {status} {body}")) }
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
        let request = Request::get(&format!("{path}{}minIndex={}", joint(path), self.index));
        self.look(&request.by(&token::of(&Who::Operator)))
    }

    fn look(&mut self, request: &Request) -> Result<Value, String> {
        let Answer { status, body, .. } = self.ask(request)?;
        if status == 200 { Ok(body) } else { Err(format!("{}: {status} {body}", request.path)) }
    }

    /// What Stripe tells of a payment for a reservation: on its page, if that has this price and is open.
    fn paid(&self, reservation: &str, cents: u64) -> Request {
        let page = self.stripe.page_of(reservation).filter(|page| page["amount_total"] == cents);
        let on_page = page.and_then(|page| self.stripe.pay(page["id"].as_str()?));
        let about = json!({"facility_id": FACILITY, "reservation_id": reservation});
        let event = on_page.unwrap_or_else(|| self.stripe.pay_by_hand(cents, &about));
        let signature = stripe::signature(&event.to_string(), self.clock.now().0 / 1000);
        Request { signature: Some(signature), ..Request::post("/api/stripe/webhook", event) }
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

    /// What the notification log has.
    fn notifications(&self, query: &str) -> Result<Value, String> {
        self.runtime.block_on(notifications(&self.api, query))
    }

    /// Waits until all that is due has left, or is in the hands of a provider that says nothing.
    fn until_quiet(&self) -> Result<(), String> {
        let Some(post) = &self.post else { return Ok(()) };
        let look = async || {
            let open = notifications(&self.api, "&state=scheduled,claimed").await?;
            if post.is_quiet(&open, self.clock.now()) { Ok(()) } else { Err(open.to_string()) }
        };
        let quiet = self.runtime.block_on(look_until(BELIEVED_WITHIN, look));
        quiet.map_err(|open| format!("what is due does not leave: {open}"))
    }

    /// Sends in what a provider tells; the answer.
    fn said_to(&mut self, request: RequestBuilder) -> Result<String, String> {
        self.until_believed()?;
        // What it has come to is at no index that anybody tells: the next look finds out.
        self.is_later = true;
        self.runtime.block_on(async {
            let response = request.send().await.map_err(|error| error.to_string())?;
            let (status, text) = (response.status(), response.text().await.map_err(|error| error.to_string())?);
            if status.is_success() { Ok(text) } else { Err(format!("a provider was refused: {status} {text}")) }
        })
    }

    /// Somebody sends a text.
    fn text(&mut self, member: &MemberId, words: &str) -> Result<Outcome, String> {
        let node = self.api.url(self.asked % 3 + 1).to_owned();
        self.asked += 1;
        let request = self.post.as_mut().ok_or("nobody listens")?.text(&node, member, words);
        self.said_to(request).and_then(|answer| post::answered(words, &answer))
    }

    /// Whoever looks sees what is due by then. A node tells it in time by its own clock, which may have slept
    /// through a jump; giving up a hold that never was is a request like any other, and has it settled.
    fn settle(&mut self) -> Result<(), String> {
        if std::mem::take(&mut self.is_later) {
            let nothing = json!({"facilityId": FACILITY, "holdId": NOBODYS});
            self.look(&Request::post("/release", nothing).by(&token::of(&Who::Operator)))?;
        }
        Ok(())
    }

    /// The id of what an action is about, where it is about something that is there.
    fn named(&mut self, action: &Action, who: &Who) -> Result<Option<String>, String> {
        let me = match who {
            Who::Member(member) => Some(member),
            Who::Staff | Who::Club | Who::Operator => None,
        };
        let text = |value: Option<Value>, field: &str| value.and_then(|it| it[field].as_str().map(str::to_owned));
        Ok(match action {
            Action::Confirm { spot, .. } | Action::Cancel { naming: Some(spot), .. } | Action::Cancel { spot, .. } => {
                text(self.find(spot, me)?, "id")
            }
            Action::CheckIn(spot) | Action::Complete(spot) | Action::Miss(spot) | Action::TakeBackNoShow(spot) => {
                text(self.find(spot, me)?, "id")
            }
            Action::BeginPayment(spot) | Action::Pay { spot, .. } => text(self.find(spot, me)?, "id"),
            Action::Move { spot, .. } => text(self.find(spot, me)?, "id"),
            Action::CancelSeries { spot, .. } => text(self.find(spot, me)?, "seriesId"),
            Action::Leave(member) | Action::Accept(member) | Action::Decline(member) => {
                text(self.entry_of(member)?, "id")
            }
            Action::Unblock { court, start } => text(self.block_at(court.as_ref(), *start)?, "id"),
            _ => None,
        })
    }

    /// The reservation that is meant: whose it is first, what is live next, what was there last.
    fn find(&mut self, spot: &Spot, who: Option<&MemberId>) -> Result<Option<Value>, String> {
        let of = spot.of.as_ref().or(who).map(MemberId::as_str);
        let (court, day) = (&spot.court, self.wall.date_of(spot.start));
        let page = self.read(&format!("/api/reservations?facility={FACILITY}&court={court}&date={day}&limit=200"))?;
        let all = page["items"].as_array().ok_or("no page of reservations")?;
        let here: Vec<&Value> = all.iter().filter(|it| instant(&it["startTime"]) == Some(spot.start)).collect();
        for id in here.iter().filter_map(|it| it["id"].as_str()) {
            if !self.seen.iter().any(|seen| seen == id) {
                self.seen.push(id.to_owned());
            }
        }
        let is_live = |it: &Value| matches!(it["status"].as_str(), Some("pending" | "confirmed" | "in_progress"));
        let place = |it: &&&Value| {
            let own = of.is_some() && it["memberId"].as_str() == of;
            let seen = it["id"].as_str().and_then(|id| self.seen.iter().position(|seen| seen == id));
            (own, is_live(it), seen)
        };
        Ok(here.iter().max_by_key(place).map(|it| (**it).clone()))
    }

    /// The entry that a member means: what is offered first, what waits next, what was there last.
    fn entry_of(&mut self, member: &MemberId) -> Result<Option<Value>, String> {
        let page = self.read(&format!("/api/waitlist?facility={FACILITY}&member={member}&limit=200"))?;
        let rank = |it: &&Value| match it["status"].as_str() {
            Some("offered") => 2,
            Some("active") => 1,
            _ => 0,
        };
        Ok(page["items"].as_array().ok_or("no page of entries")?.iter().max_by_key(rank).cloned())
    }

    fn block_at(&mut self, court: Option<&CourtId>, start: Instant) -> Result<Option<Value>, String> {
        let page = self.read(&format!("/api/facilities/{FACILITY}/blocks?limit=200"))?;
        let begins = |it: &&Value| {
            it["times"].as_array().into_iter().flatten().any(|time| instant(&time["startTime"]) == Some(start))
        };
        let on = |it: &&Value| it["courtId"].as_str() == court.map(CourtId::as_str);
        Ok(page["items"].as_array().ok_or("no page of blocks")?.iter().filter(on).find(begins).cloned())
    }

    /// A slot of `/availability` with who has it, which only the reservation itself tells.
    fn taken_by(&mut self, slot: &Value) -> Result<Taken, String> {
        let wrong = || format!("not a slot: {slot}");
        let start = instant(&slot["startTime"]).ok_or_else(wrong)?;
        let end = instant(&slot["endTime"]).ok_or_else(wrong)?;
        let (how, slot_of) = (slot["state"]["status"].as_str(), Interval { start, end });
        if how == Some("maintenance") {
            return Ok(Taken { slot: slot_of, how: "blocked".to_owned(), by: None });
        }
        let id = slot["state"]["reservationId"].as_str().ok_or_else(wrong)?;
        let reservation = self.read(&format!("/api/reservations/{id}?facilityId={FACILITY}"))?;
        let by = member_id(reservation["memberId"].as_str().ok_or("nobody's")?)?;
        let how = match (how, reservation["status"].as_str()) {
            (Some("pending"), _) if reservation["bookingSource"] == "waitlist" => "offered",
            (Some("pending"), _) => "held",
            (Some("reserved"), Some("in_progress")) => "in use",
            (Some("reserved"), _) => "booked",
            _ => return Err(wrong()),
        };
        Ok(Taken { slot: slot_of, how: how.to_owned(), by: Some(by) })
    }
}

impl World for Http {
    fn at(&mut self, now: Instant) -> Result<(), String> {
        self.clock.set(now);
        self.wall.now = now;
        self.is_later = true;
        Ok(())
    }

    fn restart(&mut self) -> Result<(), String> {
        let stopped = self.cluster.take().ok_or("there are no nodes")?;
        self.runtime.block_on(stopped.stop());
        self.post.iter_mut().for_each(Post::nodes_gone);
        let outside = outside(&self.stripe, self.post.as_ref()).map_err(|error| error.to_string())?;
        let started = self.runtime.block_on(start(&self.clock, self.folder.path(), outside));
        let cluster = started.map_err(|error| format!("the nodes do not come back: {error}"))?;
        self.api = api(&cluster);
        self.cluster = Some(cluster);
        Ok(())
    }

    fn act(&mut self, who: &Who, action: &Action) -> Result<Outcome, String> {
        if let Action::Text { member, words } = action {
            return self.text(member, words);
        }
        let named = self.named(action, who)?;
        let request = match action {
            Action::Pay { cents, .. } => self.paid(named.as_deref().unwrap_or(NOBODYS), *cents),
            _ => requests::of(action, named.as_deref(), &self.settings, &self.wall)?.by(&token::of(who)),
        };
        let answer = self.ask(&request)?;
        let outcome = requests::outcome(action, &answer, &self.wall)?;
        if let (Action::Set(settings), Outcome::Done(_)) = (action, &outcome) {
            self.settings = (**settings).clone();
        }
        self.last = Some((action.clone(), request, answer));
        Ok(outcome)
    }

    fn again(&mut self) -> Result<Outcome, String> {
        let (action, request, first) = self.last.clone().ok_or("nothing was asked yet")?;
        let second = self.ask(&request)?;
        let outcome = requests::outcome(&action, &second, &self.wall)?;
        let same = first.status >= 400 || (first.status, &first.body) == (second.status, &second.body);
        Ok(if same { outcome } else { Outcome::Differs(Box::new(outcome)) })
    }

    fn carrier(&mut self, medium: Medium, what: &Carrier) -> Result<(), String> {
        let node = self.api.url(1).to_owned();
        let post = self.post.as_mut().ok_or("nobody listens")?;
        match post.tells(&node, medium, what, self.clock.now())? {
            None => Ok(()),
            Some(request) => self.said_to(request).map(drop),
        }
    }

    fn deliver(&mut self) -> Result<(), String> {
        self.settle()?;
        self.until_quiet()?;
        if self.post.as_ref().is_some_and(Post::has_news) {
            let log = self.notifications("")?;
            self.post.as_mut().map_or(Ok(()), |post| post.hear(&log))?;
        }
        Ok(())
    }

    fn told(&self) -> &[Told] {
        self.post.as_ref().map_or(&[], Post::told)
    }

    fn log(&mut self, member: &MemberId) -> Result<Vec<Logged>, String> {
        self.notifications(&format!("&member={member}")).map(|log| post::lines(&log))
    }

    fn taken(&mut self, court: &CourtId, day: LocalDate, _span: Interval) -> Result<Vec<Taken>, String> {
        self.settle()?;
        let body = self.read(&format!("/availability?facilityId={FACILITY}&courtId={court}&date={day}"))?;
        let slots = body["slots"].as_array().ok_or("no slots")?;
        slots.iter().map(|slot| self.taken_by(slot)).collect()
    }

    fn starts(&mut self, court: &CourtId, day: LocalDate) -> Result<Vec<Instant>, String> {
        let body = self.read(&format!("/api/availability?facility={FACILITY}&date={day}&court={court}"))?;
        let slots = body["courts"][0]["slots"].as_array().ok_or("no slots")?;
        slots.iter().map(|slot| instant(&slot["startTime"]).ok_or_else(|| format!("not a slot: {slot}"))).collect()
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
        let found = self.find(spot, None)?.ok_or("there is no such reservation")?;
        found["status"].as_str().map(str::to_owned).ok_or_else(|| "no status".to_owned())
    }

    fn waiting(&mut self) -> Result<Vec<Waiting>, String> {
        self.settle()?;
        let page = self.read(&format!("/api/waitlist?facility={FACILITY}&limit=200"))?;
        let one = |entry: &Value| {
            let is_open = matches!(entry["status"].as_str(), Some("active" | "offered"));
            let status = (if is_open { "active" } else { "ended" }).to_owned();
            let until = instant(&entry["offerExpiresAt"]);
            Ok(Waiting { member: member_id(entry["memberId"].as_str().ok_or("nobody's")?)?, status, until })
        };
        page["items"].as_array().ok_or("no page of entries")?.iter().map(one).collect()
    }

    fn ranked(&mut self, court: &CourtId, slot: Interval) -> Result<Vec<Candidate>, String> {
        self.settle()?;
        let (start, end) = (time(slot.start), time(slot.end));
        let asked = format!("facility={FACILITY}&court={court}&startTime={start}&endTime={end}");
        let body = self.read(&format!("/api/waitlist/ranking?{asked}"))?;
        let one = |one: &Value| {
            let member = member_id(one["memberId"].as_str().ok_or("nobody's")?)?;
            let fate = one["fate"].as_str().ok_or("no fate")?.to_owned();
            let conflicts = one["conflicts"].as_array().ok_or("no conflicts")?;
            let codes = conflicts.iter().filter_map(|conflict| conflict["type"].as_str().map(str::to_owned));
            Ok(Candidate { member, fate, codes: codes.collect() })
        };
        body["ranked"].as_array().ok_or("no list")?.iter().map(one).collect()
    }

    fn why_not(&mut self, member: &MemberId, court: &CourtId, slot: Interval) -> Result<Vec<String>, String> {
        let asked = json!({
            "facilityId": FACILITY, "memberId": member.as_str(), "courtId": court.as_str(),
            "startTime": time(slot.start), "endTime": time(slot.end),
        });
        let path = format!("/api/reservations/explain?minIndex={}", self.index);
        let body = self.look(&Request::post(&path, asked).by(&token::of(&Who::Operator)))?;
        let rules = body["rules"].as_array().ok_or("no rules")?;
        let broken = rules.iter().filter(|rule| rule["passed"] == false);
        Ok(broken.filter_map(|rule| rule["rule"].as_str().map(str::to_owned)).collect())
    }
}

/// The world outside of the nodes.
fn outside(stripe: &FakeStripe, post: Option<&Post>) -> anyhow::Result<Outside> {
    let client = Stripe::new(StripeSettings {
        api_base: stripe.base(),
        secret_key: Secret::new(stripe::SECRET_KEY),
        webhook_secret: Secret::new(stripe::WEBHOOK_SECRET),
        success_url: None,
        cancel_url: None,
        hold_seconds: PAYMENT_SECONDS,
    })?;
    let outside = Outside::default().with_stripe(client);
    if let Some(post) = post { post.outside(outside) } else { Ok(outside) }
}

/// Three nodes on what the folder keeps, wherever ports are free: they find each other again.
async fn start(clock: &Arc<Steered>, folder: &Path, outside: Outside) -> anyhow::Result<DevCluster> {
    DevCluster::start_in(Arc::clone(clock) as Arc<dyn Clock>, Some(folder), 0, token::access(), outside).await
}

/// A page of the notification log's messages, as the leader knows it.
async fn notifications(api: &Api, query: &str) -> Result<Value, String> {
    let below = "notifications?consistency=linearizable&limit=200&medium=email,sms";
    let request = Request::get(&format!("/api/facilities/{FACILITY}/{below}{query}")).by(&token::of(&Who::Operator));
    let Answer { status, body, .. } = api.ask(1, &request).await?;
    if status == 200 { Ok(body) } else { Err(format!("{status} {body}")) }
}

fn api(cluster: &DevCluster) -> Api {
    Api::new(cluster.addresses().iter().map(|address| format!("http://{address}")).collect())
}

fn joint(path: &str) -> char {
    if path.contains('?') { '&' } else { '?' }
}
