//! Who leads a facility: the jobs of one term after the other, each of which ends in the middle of something.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use courtd::Outside;
use courtd::jobs::{self, Group};
use fastrand::Rng;
use machine::{Accepted, Actor, Command, Facility, FacilityId, Instant};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::club::Club;
use crate::step::Step;

/// The longest that nobody leads between two terms.
const GAP_MILLIS_MAX: i64 = 4_000;
/// The longest that somebody who was deposed does not know it.
const LINGER_MILLIS_MAX: i64 = 40_000;
/// After this long a proposal is given up that was not decided.
const PROPOSE_MILLIS: i64 = 8_000;

/// How often each step was where a leader fell.
pub type Falls = Mutex<BTreeMap<Step, u32>>;

/// Leads a club for ever, by one node after the other.
pub async fn reign(club: Arc<Club>, nodes: Vec<Arc<Outside>>, clock: Clock, mut dice: Rng, falls: Arc<Falls>) {
    loop {
        let term = club.begin_term();
        let led = Led { club: Arc::clone(&club), clock, term, dice: Mutex::new(dice.fork()) };
        let outside = Arc::clone(&nodes[dice.usize(..nodes.len())]);
        let work = tokio::spawn(async move { jobs::work(&led, &outside).await });
        club.stage.ordered().await;
        club.end_term();
        for step in club.stage.steps() {
            *falls.lock().unwrap().entry(step).or_default() += 1;
        }
        // One node in three does not know that it leads no longer: it may go on sending, and decides nothing.
        if dice.u8(..3) == 0 {
            let linger = dice.i64(..LINGER_MILLIS_MAX);
            tokio::spawn(async move {
                clock.pass(linger).await;
                work.abort();
            });
        } else {
            work.abort();
        }
        clock.pass(dice.i64(..GAP_MILLIS_MAX)).await;
        club.agenda.until_up().await;
    }
}

/// One term of leadership, as its jobs see it.
struct Led {
    club: Arc<Club>,
    clock: Clock,
    term: u64,
    dice: Mutex<Rng>,
}

/// What becomes of a proposal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is decided, and its leader hears of it.
    Heard,
    /// It is decided, and its leader never hears of it.
    Unheard,
    /// It is decided long after its leader gave it up.
    Late,
    /// It is lost.
    Lost,
}

impl Led {
    fn reigns(&self) -> bool {
        let log = self.club.log();
        log.is_led && log.term == self.term
    }

    fn fate(&self) -> Fate {
        match self.dice.lock().unwrap().u16(..1000) {
            0..4 => Fate::Unheard,
            4..8 => Fate::Late,
            8..12 => Fate::Lost,
            _ => Fate::Heard,
        }
    }

    async fn latency(&self) {
        let millis = self.dice.lock().unwrap().i64(1..8);
        self.clock.pass(millis).await;
    }

    /// What the log still decides although its leader has given it up, unless another term came first.
    fn decide_late(&self, at: Instant, command: Command) {
        let (club, term, clock) = (Arc::clone(&self.club), self.term, self.clock);
        let wait = self.dice.lock().unwrap().i64(100..3_000);
        tokio::spawn(async move {
            clock.pass(PROPOSE_MILLIS + wait).await;
            let is_in_time = club.log().term == term;
            if is_in_time {
                drop(club.decide(at, Actor::System, command));
            }
        });
    }
}

impl Group for Led {
    fn id(&self) -> &FacilityId {
        &self.club.id
    }

    fn term(&self) -> u64 {
        self.term
    }

    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn read<T>(&self, look: impl FnOnce(&Facility) -> T) -> T {
        self.club.read(look)
    }

    fn applied(&self) -> watch::Receiver<u64> {
        self.club.applied()
    }

    async fn propose(&self, _: String, command: Command) -> Option<Accepted> {
        let (asked, decided) = steps(&command);
        let at = self.clock.now();
        let fate = self.fate();
        let under = asked.map(|step| self.club.stage.enter(step));
        self.latency().await;
        drop(under);
        if !self.reigns() {
            return None;
        }
        if fate == Fate::Lost || fate == Fate::Late {
            if fate == Fate::Late {
                self.decide_late(at, command);
            }
            self.clock.pass(PROPOSE_MILLIS).await;
            return None;
        }
        let reply = self.club.decide(at, Actor::System, command);
        let _under = decided.map(|step| self.club.stage.enter(step));
        self.latency().await;
        if fate == Fate::Unheard {
            self.clock.pass(PROPOSE_MILLIS).await;
            return None;
        }
        reply.ok()
    }
}

/// The step that a proposal is until it is decided, and until its leader hears of it.
fn steps(command: &Command) -> (Option<Step>, Option<Step>) {
    match command {
        Command::ClaimDeliveries(_) => (Some(Step::ClaimAsked), Some(Step::ClaimDecided)),
        Command::SettleDeliveries(_) => (Some(Step::SettleAsked), Some(Step::SettleDecided)),
        _ => (None, None),
    }
}
