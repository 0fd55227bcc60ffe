//! A facility on three replicas, without what agrees and keeps: a log of envelopes, applied in order.

use std::sync::{Arc, Mutex, MutexGuard};

use machine::{Actor, Applied, Command, Envelope, Facility, FacilityId, Instant, Reply, RequestId, apply};
use tokio::sync::watch;

use crate::agenda::Agenda;
use crate::clock::Clock;
use crate::step::Stage;
use crate::witness::Witness;

/// Every so many clubs, one has all of its three replicas; the others have one, which is enough to be told.
const ALL_REPLICAS_EVERY: usize = 10;

/// A facility of a run.
pub struct Club {
    /// Its place among the clubs of the run.
    pub place: usize,
    /// Which.
    pub id: FacilityId,
    /// What its leader is in the middle of.
    pub stage: Arc<Stage>,
    /// What its people do.
    pub agenda: Arc<Agenda>,
    clock: Clock,
    /// Told of every index that was applied: one for each who listens, because those who share one are woken
    /// in an order that no seed decides.
    listeners: Mutex<Vec<watch::Sender<u64>>>,
    log: Mutex<Log>,
}

/// What is under the lock of a club.
pub struct Log {
    replicas: Vec<Facility>,
    index: u64,
    /// The latest term.
    pub term: u64,
    /// Whether somebody leads.
    pub is_led: bool,
    /// Who saw all of it.
    pub witness: Witness,
}

impl Club {
    /// A club before its first entry.
    pub fn new(place: usize, clock: Clock, agenda: &Arc<Agenda>) -> Self {
        let replicas = if place.is_multiple_of(ALL_REPLICAS_EVERY) { 3 } else { 1 };
        let replicas = vec![Facility::default(); replicas];
        Self {
            place,
            id: FacilityId::parse(&format!("fac_{place}")).unwrap(),
            stage: Arc::default(),
            agenda: Arc::clone(agenda),
            clock,
            listeners: Mutex::default(),
            log: Mutex::new(Log { replicas, index: 0, term: 0, is_led: false, witness: Witness::new(clock.now()) }),
        }
    }

    /// The club as it is.
    pub fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap()
    }

    /// Looks at the state.
    pub fn read<T>(&self, look: impl FnOnce(&Facility) -> T) -> T {
        look(&self.log().replicas[0])
    }

    /// Is told of every index that was applied.
    pub fn applied(&self) -> watch::Receiver<u64> {
        let (sender, receiver) = watch::channel(self.log().index);
        self.listeners.lock().unwrap().push(sender);
        receiver
    }

    /// Decides a command: every replica applies it. Its time is `at`, when its leader stamped it.
    pub fn decide(&self, at: Instant, actor: Actor, command: Command) -> Reply {
        let (index, applied) = self.log().append(at, actor, command);
        self.listeners.lock().unwrap().retain(|listener| listener.send(index).is_ok());
        self.agenda.hear(self, &applied.events);
        applied.reply
    }

    /// Decides what one of its people asks for, if somebody leads.
    pub fn ask(&self, actor: Actor, command: Command) -> Option<Reply> {
        let is_led = self.log().is_led;
        is_led.then(|| self.decide(self.clock.now(), actor, command))
    }

    /// A term begins; says which.
    pub fn begin_term(&self) -> u64 {
        let mut log = self.log();
        log.term += 1;
        log.is_led = true;
        let now = self.clock.now();
        log.witness.led(now);
        log.restart_one();
        log.term
    }

    /// The term is over.
    pub fn end_term(&self) {
        let mut log = self.log();
        log.is_led = false;
        let now = self.clock.now();
        log.witness.leaderless(now);
    }
}

impl Log {
    /// The state.
    pub fn state(&self) -> &Facility {
        &self.replicas[0]
    }

    fn append(&mut self, at: Instant, actor: Actor, command: Command) -> (u64, Applied) {
        self.index += 1;
        let request = RequestId { principal: "sim".to_owned(), key: self.index.to_string() };
        let envelope =
            Envelope { now: at, term: self.term, actor, request, fingerprint: 0, remember_millis: 0, command };
        let index = self.index;
        let (first, others) = self.replicas.split_first_mut().expect("there is one");
        let applied = apply(first, index, &envelope);
        for other in others {
            let carried = Envelope::from_bytes(&envelope.to_bytes()).unwrap();
            assert_eq!(apply(other, index, &carried), applied, "a replica was told something else");
        }
        self.witness.see(first, &envelope.command, &applied);
        (index, applied)
    }

    /// Compares the replicas, and has one begin anew from what another one wrote down.
    pub fn restart_one(&mut self) {
        if self.replicas.len() == 1 {
            return;
        }
        let written = self.replicas[0].to_snapshot();
        assert!(self.replicas.iter().all(|other| other.to_snapshot() == written), "replicas differ");
        self.replicas.rotate_left(1);
        self.replicas[0] = Facility::from_snapshot(&written).unwrap();
    }
}
