//! A provider that misbehaves, and remembers what it took: what a member has really been told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use courtd::notify::{Message, Sender, Sending};
use fastrand::Rng;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use machine::{DeliveryId, FacilityId, Instant, Receipt, Refusal};

use crate::agenda::{Agenda, Todo};
use crate::clock::{Clock, DAY, HOUR, MINUTE};
use crate::step::{Stage, Step};

/// After this long without an answer, whoever sends waits no longer.
const PATIENCE: i64 = 20_000;
/// How long a provider can be silent before it takes a message after all.
const SILENCE: i64 = 30_000;
/// How long a spell of bad behaviour lasts.
const SPELL: i64 = 10 * MINUTE;

/// An address that begins so does not exist.
pub const NOBODY: &str = "nobody";
/// A number that begins so does not exist.
pub const NO_NUMBER: &str = "+1999";

/// What is known of a message at its provider: of which club, and its name there.
pub type Key = (FacilityId, DeliveryId);

/// A provider.
pub struct Provider {
    clock: Clock,
    agenda: Arc<Agenda>,
    clubs: OnceLock<BTreeMap<FacilityId, (usize, Arc<Stage>)>>,
    spells: Vec<(Instant, Mood)>,
    book: Mutex<Book>,
}

/// What a provider remembers.
pub struct Book {
    /// When each message was taken.
    pub taken: BTreeMap<Key, Vec<Instant>>,
    /// What it has refused for good.
    pub refused: BTreeSet<Key>,
    /// How often it did what.
    pub counts: BTreeMap<&'static str, u64>,
    dice: Rng,
}

/// How a provider is for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    /// Nothing ever goes wrong.
    Perfect,
    /// Little goes wrong.
    Good,
    /// Much goes wrong.
    Bad,
    /// The settings are wrong.
    Misconfigured,
}

/// What a provider does with a message.
#[derive(Clone, Copy)]
enum Deed {
    Take,
    TakeAndDrop,
    TakeAndFail,
    Ignore,
    TakeLate,
    Busy,
    Refuse,
    Unreachable,
    NotKnown,
}

impl Provider {
    /// One that has such spells over so many days.
    pub fn new(clock: Clock, agenda: &Arc<Agenda>, mut dice: Rng, days: u32) -> Self {
        let spell = |day: u32| {
            let mood = if dice.u8(..5) == 0 { Mood::Misconfigured } else { Mood::Bad };
            // Most is due at a full hour.
            let hour = clock.began().plus(i64::from(day) * DAY + dice.i64(..24) * HOUR);
            (hour.plus(-dice.i64(..SPELL)), mood)
        };
        let spells = (0..days).map(spell).collect();
        let book = Book { taken: BTreeMap::new(), refused: BTreeSet::new(), counts: BTreeMap::new(), dice };
        Self { clock, agenda: Arc::clone(agenda), clubs: OnceLock::new(), spells, book: Mutex::new(book) }
    }

    /// One that takes everything at once.
    pub fn perfect(clock: Clock, agenda: &Arc<Agenda>, dice: Rng) -> Self {
        let perfect = (clock.began(), Mood::Perfect);
        Self { spells: vec![perfect], ..Self::new(clock, agenda, dice, 0) }
    }

    /// Makes the clubs known to it.
    pub fn serve(&self, clubs: BTreeMap<FacilityId, (usize, Arc<Stage>)>) {
        assert!(self.clubs.set(clubs).is_ok(), "they are told once");
    }

    /// What it remembers.
    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    /// Whether it behaved badly between two instants, or shortly before.
    pub fn was_bad(&self, from: Instant, to: Instant) -> bool {
        self.spells.iter().any(|(begun, _)| *begun <= to && from.0 <= begun.0 + SPELL + HOUR / 2)
    }

    fn mood(&self) -> Mood {
        let now = self.clock.now().0;
        let spell = self
            .spells
            .iter()
            .find(|(begun, mood)| begun.0 <= now && (*mood == Mood::Perfect || now < begun.0 + SPELL));
        spell.map_or(Mood::Good, |(_, mood)| *mood)
    }

    fn deed(&self, message: &Message) -> Deed {
        let mood = self.mood();
        let thrown = self.book().dice.u16(..1000);
        let bad = match mood {
            Mood::Perfect => return Deed::Take,
            Mood::Misconfigured => return Deed::NotKnown,
            Mood::Good => thrown,
            Mood::Bad => thrown / 10,
        };
        let address = &message.to.address;
        match bad {
            0..4 => Deed::TakeAndDrop,
            4..8 => Deed::TakeAndFail,
            8..11 => Deed::Ignore,
            11..14 => Deed::TakeLate,
            14..24 => Deed::Busy,
            24..32 => Deed::Unreachable,
            _ if address.starts_with(NOBODY) || address.starts_with(NO_NUMBER) => Deed::Refuse,
            _ => Deed::Take,
        }
    }

    async fn receive(&self, message: &Message) -> Sending {
        let key = (message.facility_id.clone(), message.delivery_id.clone());
        let (place, stage) = &self.clubs.get().expect("the clubs are known")[&key.0];
        let deed = self.deed(message);
        let under = stage.enter(Step::Sending);
        let mut wire = Wire { provider: self, key: Some(key.clone()) };
        self.latency().await;
        // From here on it is in the hands of the provider.
        wire.key = None;
        drop(under);
        let _under = stage.enter(Step::Taken);
        match deed {
            Deed::Take => {
                let name = self.take(key.clone(), 0);
                self.call_back(*place, &key.1, &name);
                self.latency().await;
                self.say("accepted", Sending::accepted(Some(name)))
            }
            Deed::TakeAndDrop => {
                self.take(key, 0);
                self.latency().await;
                self.say("taken and dropped", Sending::unknown("connection_lost"))
            }
            Deed::TakeAndFail => {
                self.take(key, 0);
                self.latency().await;
                self.say("taken and 500", Sending::unknown("http_500"))
            }
            Deed::Ignore => {
                self.clock.pass(PATIENCE).await;
                self.say("silent", Sending::unknown("timeout"))
            }
            Deed::TakeLate => {
                self.take(key, SILENCE);
                self.clock.pass(PATIENCE).await;
                self.say("silent and taken", Sending::unknown("timeout"))
            }
            Deed::Busy => {
                let after = Some(Duration::from_secs(self.book().dice.u64(1..60)));
                self.say("429", Sending::Again { after, detail: "http_429".to_owned() })
            }
            Deed::Refuse => {
                self.book().refused.insert(key);
                self.say("refused", Sending::Refused { because: Refusal::BadAddress, detail: "no_such".to_owned() })
            }
            Deed::Unreachable => self.say("unreachable", Sending::again("connect_failed")),
            Deed::NotKnown => self.say("misconfigured", Sending::misconfigured("http_401")),
        }
    }

    async fn latency(&self) {
        let millis = self.book().dice.i64(20..400);
        self.clock.pass(millis).await;
    }

    /// Takes a message; says what it is called from now on.
    fn take(&self, key: Key, later: i64) -> String {
        let at = self.clock.now().plus(later);
        let mut book = self.book();
        book.taken.entry(key).or_default().push(at);
        format!("msg_{}", book.dice.u64(..))
    }

    /// Tells later what became of it: out of order, and now and then twice, or not at all.
    fn call_back(&self, club: usize, delivery: &DeliveryId, name: &str) {
        for receipt in [Receipt::Underway, Receipt::Delivered] {
            let (times, wait) = {
                let dice = &mut self.book().dice;
                (dice.u8(..3), dice.i64(10..2_000))
            };
            for time in 0..times {
                let at = self.clock.now().plus(wait * i64::from(time + 1));
                self.agenda.add(at, club, Todo::Receipt(delivery.clone(), name.to_owned(), receipt.clone()));
            }
        }
    }

    fn say(&self, what: &'static str, sending: Sending) -> Sending {
        *self.book().counts.entry(what).or_default() += 1;
        sending
    }
}

impl Sender for Provider {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Sending> {
        self.receive(message).boxed()
    }
}

/// A message on its way: whoever sends it may die, and the message may still arrive.
struct Wire<'a> {
    provider: &'a Provider,
    key: Option<Key>,
}

impl Drop for Wire<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take()
            && self.provider.book().dice.bool()
        {
            self.provider.take(key, 0);
        }
    }
}
