//! A whole run: clubs, whoever leads them, providers, people, and the clock that they share.

use std::collections::BTreeMap;
use std::sync::Arc;

use courtd::Outside;
use courtd::notify::{Gate, Pace, Post, Way};
use fastrand::Rng;
use machine::Instant;
use tokio::runtime::Builder;

use crate::agenda::{Agenda, Todo};
use crate::clock::{Clock, DAY};
use crate::club::Club;
use crate::judge::{self, Verdict};
use crate::lead::{self, Cluster, Falls};
use crate::people::People;
use crate::plan::Plan;
use crate::provider::Provider;
use crate::step::Step;

/// Nodes of the cluster.
const NODES: usize = 3;
/// What a provider takes of a node in a second.
const A_SECOND: f64 = 50.0;
/// Messages of a node that are under way to a provider.
const UNDER_WAY: u32 = 30;
/// How long what is left is sent and given up after the last day of play.
const REST_MILLIS: i64 = DAY + DAY / 4;

/// Everything there is in a run.
pub struct World {
    /// The clock that everybody has.
    pub clock: Clock,
    /// What is to be done.
    pub agenda: Arc<Agenda>,
    /// The clubs.
    pub clubs: Vec<Arc<Club>>,
    /// Who sends emails.
    pub email: Arc<Provider>,
    /// Who sends text messages.
    pub sms: Arc<Provider>,
    /// How often a leader fell at which step.
    pub falls: Arc<Falls>,
    dice: Rng,
    /// What each provider takes of each node.
    pace: Pace,
    /// Whether nothing goes wrong.
    is_perfect: bool,
}

/// What a provider takes of a node.
pub fn pace() -> Pace {
    Pace::new(A_SECOND, UNDER_WAY)
}

/// Runs something on a clock of its own.
pub fn on_its_own_clock<T>(seed: u64, run: impl Future<Output = T>) -> T {
    // What the product leaves to chance, too, follows from the seed.
    fastrand::seed(seed);
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(run)
}

/// Plays a whole run, and judges it.
pub fn play(plan: &Plan) -> Verdict {
    on_its_own_clock(plan.seed, async {
        let mut world = World::new(plan);
        let end = world.clock.began().plus(i64::from(plan.days) * DAY);
        let mut people = People::new(world.clock, &world.agenda, world.dice.fork(), end);
        world.clubs.iter().for_each(|club| people.found(club));
        world.lead();
        world.fill(plan, end);
        world.run(&mut people, end.plus(REST_MILLIS)).await;
        judge::judge(&world)
    })
}

impl World {
    /// Clubs that are not founded yet.
    pub fn new(plan: &Plan) -> Self {
        let (clock, mut dice) = (Clock::start(), Rng::with_seed(plan.seed));
        let agenda = Arc::new(Agenda::new(clock, dice.fork()));
        let provider = |dice: &mut Rng| Arc::new(Provider::new(clock, &agenda, dice.fork(), plan.days));
        let (email, sms) = (provider(&mut dice), provider(&mut dice));
        Self::with(clock, agenda, [email, sms], dice, plan.facilities)
    }

    /// The same with providers of which nothing bad comes, and which take so much.
    pub fn perfect(seed: u64, facilities: u32, pace: Pace) -> Self {
        let (clock, mut dice) = (Clock::start(), Rng::with_seed(seed));
        let agenda = Arc::new(Agenda::new(clock, dice.fork()));
        let provider = |dice: &mut Rng| Arc::new(Provider::perfect(clock, &agenda, dice.fork()));
        let (email, sms) = (provider(&mut dice), provider(&mut dice));
        Self { pace, is_perfect: true, ..Self::with(clock, agenda, [email, sms], dice, facilities) }
    }

    fn with(clock: Clock, agenda: Arc<Agenda>, providers: [Arc<Provider>; 2], dice: Rng, facilities: u32) -> Self {
        let places = 0..usize::try_from(facilities).expect("few");
        let clubs: Vec<Arc<Club>> = places.map(|place| Arc::new(Club::new(place, clock, &agenda))).collect();
        let known: BTreeMap<_, _> =
            clubs.iter().map(|club| (club.id.clone(), (club.place, Arc::clone(&club.stage)))).collect();
        providers.iter().for_each(|provider| provider.serve(known.clone()));
        let [email, sms] = providers;
        Self { clock, agenda, clubs, email, sms, falls: Arc::default(), dice, pace: pace(), is_perfect: false }
    }

    /// Has every club led from now on.
    pub fn lead(&mut self) {
        let nodes = (0..NODES).map(|_| Arc::new(self.node())).collect();
        let (clock, falls, is_perfect) = (self.clock, Arc::clone(&self.falls), self.is_perfect);
        let cluster = Cluster { nodes, clock, falls, is_perfect };
        for club in &self.clubs {
            tokio::spawn(lead::reign(Arc::clone(club), cluster.clone(), self.dice.fork()));
        }
    }

    /// The world outside as one node knows it: the providers are everybody's, the gates are its own.
    fn node(&self) -> Outside {
        let way = |name, provider: &Arc<Provider>| {
            let sender: Arc<Provider> = Arc::clone(provider);
            Some(Way { sender, gate: Gate::new(name, self.pace) })
        };
        let post = Post { email: way("email", &self.email), sms: way("sms", &self.sms), payment: None };
        Outside { post, ..Outside::default() }
    }

    /// What is to happen at random moments.
    fn fill(&mut self, plan: &Plan, end: Instant) {
        let began = self.clock.began();
        let clubs = 0..self.clubs.len();
        // Nobody books for a day of which a few hours are left.
        let last = Instant(end.0 - (end.0 - began.0) / 30);
        for _ in 0..plan.reservations {
            let at = Instant(self.dice.i64(began.0..last.0));
            self.agenda.add(at, self.dice.usize(clubs.clone()), Todo::Book);
        }
        for change in 0..plan.changes {
            let at = Instant(self.dice.i64(began.0..last.0));
            // Half of them whenever it may be, half in the middle of something.
            let steps = Step::ALL.len();
            let step = (change % 2 == 0).then(|| Step::ALL[usize::try_from(change / 2).expect("few") % steps]);
            self.agenda.add(at, self.dice.usize(clubs.clone()), Todo::Fall(step));
        }
        if let Some(day) = plan.down_on {
            let down = began.plus(i64::from(day) * DAY + DAY / 2);
            self.agenda.add(down, 0, Todo::Down);
            self.agenda.add(down.plus(DAY), 0, Todo::Up);
        }
    }

    /// Does all that is to be done until `end`.
    pub async fn run(&self, people: &mut People, end: Instant) {
        while let Some((place, todo)) = self.agenda.next(end).await {
            match todo {
                Todo::Fall(step) => self.clubs[place].stage.order(step),
                Todo::Down => {
                    self.agenda.turn(false);
                    self.clubs.iter().for_each(|club| club.stage.order(None));
                }
                Todo::Up => self.agenda.turn(true),
                todo => people.act(&self.clubs[place], todo),
            }
        }
    }
}
