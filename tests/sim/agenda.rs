//! What is to be done and when: by the people of the clubs, by providers that call back, by whatever makes
//! leaders fall.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use fastrand::Rng;
use machine::{DeliveryId, Event, HoldId, Instant, Receipt, Reservation, ReservationId, WaitlistId};
use tokio::sync::Notify;

use crate::clock::{Clock, MINUTE};
use crate::club::Club;
use crate::step::Step;

/// Of a hundred who booked, so many call it off, move it, and come.
const PERCENT: [(u8, Life); 3] = [(8, Life::Cancels), (13, Life::Moves), (86, Life::Comes)];

/// What somebody does about a reservation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Cancels,
    Moves,
    Comes,
    StaysAway,
}

/// Something to be done.
#[derive(Clone, Debug)]
pub enum Todo {
    /// Somebody books something.
    Book,
    /// Somebody goes on with what it holds.
    Confirm(HoldId),
    /// Somebody calls a reservation off.
    Cancel(ReservationId),
    /// Somebody moves a reservation.
    Move(ReservationId),
    /// Somebody comes.
    CheckIn(ReservationId),
    /// Somebody takes what is offered, or does not want it.
    Answer(WaitlistId, bool),
    /// A provider says what became of a delivery.
    Receipt(DeliveryId, String, Receipt),
    /// A leader falls, at that step where one is named.
    Fall(Option<Step>),
    /// Every node of the cluster stops.
    Down,
    /// Every node begins again.
    Up,
}

/// All that is to be done, each in the club of that place.
pub struct Agenda {
    clock: Clock,
    list: Mutex<List>,
    changed: Notify,
    is_down: AtomicBool,
    turned: Notify,
}

struct List {
    todos: BTreeMap<(Instant, u64), (usize, Todo)>,
    added: u64,
    dice: Rng,
}

impl Agenda {
    /// Nothing to do yet.
    pub fn new(clock: Clock, dice: Rng) -> Self {
        let list = Mutex::new(List { todos: BTreeMap::new(), added: 0, dice });
        Self { clock, list, changed: Notify::new(), is_down: AtomicBool::new(false), turned: Notify::new() }
    }

    /// Adds something.
    pub fn add(&self, at: Instant, club: usize, todo: Todo) {
        let mut list = self.list.lock().unwrap();
        list.added += 1;
        let key = (at, list.added);
        list.todos.insert(key, (club, todo));
        drop(list);
        self.changed.notify_one();
    }

    /// Waits for the next thing to do; `None` at `end`.
    pub async fn next(&self, end: Instant) -> Option<(usize, Todo)> {
        loop {
            let now = self.clock.now();
            let at = {
                let mut list = self.list.lock().unwrap();
                match list.todos.first_entry() {
                    _ if now >= end => return None,
                    Some(first) if first.key().0 <= now => return Some(first.remove()),
                    Some(first) => first.key().0.min(end),
                    None => end,
                }
            };
            tokio::select! {
                biased;
                () = self.changed.notified() => {}
                () = self.clock.reach(at) => {}
            }
        }
    }

    /// Says whether the nodes run.
    pub fn turn(&self, up: bool) {
        self.is_down.store(!up, Relaxed);
        self.turned.notify_waiters();
    }

    /// Whether the nodes run.
    pub fn is_up(&self) -> bool {
        !self.is_down.load(Relaxed)
    }

    /// Waits until the nodes run.
    pub async fn until_up(&self) {
        while !self.is_up() {
            self.turned.notified().await;
        }
    }

    /// What people do about what they hear.
    pub fn hear(&self, club: &Club, events: &[Event]) {
        for event in events {
            match event {
                Event::ReservationConfirmed(it) => self.live(club, it),
                Event::OfferMade(grant) => {
                    let until = grant.reservation.hold_expiry.expect("an offer ends");
                    self.answer(club, &grant.entry.id, until);
                }
                _ => {}
            }
        }
    }

    /// What becomes of a reservation.
    fn live(&self, club: &Club, it: &Reservation) {
        let now = self.clock.now();
        let (life, at) = {
            let dice = &mut self.list.lock().unwrap().dice;
            let thrown = dice.u8(..100);
            let life = PERCENT.iter().find(|(below, _)| thrown < *below).map_or(Life::StaysAway, |(_, life)| *life);
            let at = match life {
                Life::Comes => it.slot.start.plus(dice.i64(-14 * MINUTE..14 * MINUTE)),
                _ => Instant(dice.i64(now.0..it.slot.start.0.max(now.0 + 1))),
            };
            (life, at)
        };
        let id = it.id.clone();
        match life {
            Life::Cancels => self.add(at, club.place, Todo::Cancel(id)),
            Life::Moves => self.add(at, club.place, Todo::Move(id)),
            Life::Comes => self.add(at, club.place, Todo::CheckIn(id)),
            Life::StaysAway => {}
        }
    }

    fn answer(&self, club: &Club, entry: &WaitlistId, until: Instant) {
        let now = self.clock.now();
        let (thrown, at) = {
            let dice = &mut self.list.lock().unwrap().dice;
            (dice.u8(..100), Instant(dice.i64(now.0..until.0.max(now.0 + 1))))
        };
        match thrown {
            0..40 => self.add(at, club.place, Todo::Answer(entry.clone(), true)),
            40..60 => self.add(at, club.place, Todo::Answer(entry.clone(), false)),
            _ => {}
        }
    }
}
