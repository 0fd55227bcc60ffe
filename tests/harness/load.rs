//! Clients that hold, confirm, release and cancel as people do, and remember what they were told.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use fastrand::Rng;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Answer, Api, Club, Journal, Request, Slot, now_millis};

/// Half hours over which the clients spread: two days, so that most attempts meet a claim.
const HALF_HOURS: i64 = 96;

/// Clients at work; they stop when told to, each after it knows the outcome of what it asked.
pub struct Load {
    clients: JoinSet<()>,
    /// One a client: what it was told outlives it.
    journals: Vec<Arc<Mutex<Journal>>>,
    stop: CancellationToken,
    /// Requests that changed something and were answered, over all clients.
    answered: Arc<AtomicU64>,
}

/// One person at one keyboard.
struct Client {
    api: Api,
    club: Club,
    member: String,
    dice: Rng,
    journal: Arc<Mutex<Journal>>,
    answered: Arc<AtomicU64>,
}

impl Load {
    /// One client for each member of the club, each with dice of its own out of `seed`.
    pub fn start(api: &Api, club: &Club, seed: u64) -> Self {
        let (stop, answered) = (CancellationToken::new(), Arc::new(AtomicU64::new(0)));
        let (mut clients, mut journals) = (JoinSet::new(), Vec::new());
        for (number, member) in club.members.iter().enumerate() {
            let journal = Arc::new(Mutex::new(Journal::default()));
            journals.push(Arc::clone(&journal));
            let client = Client {
                api: api.clone(),
                club: club.clone(),
                member: member.clone(),
                dice: Rng::with_seed(seed.wrapping_mul(1_000_003).wrapping_add(number as u64)),
                journal,
                answered: Arc::clone(&answered),
            };
            clients.spawn(client.run(stop.clone()));
        }
        Self { clients, journals, stop, answered }
    }

    /// How many changes were answered so far.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Lets every client finish what it is at, and gathers what they were told.
    pub async fn finish(mut self) -> Journal {
        self.stop.cancel();
        while let Some(done) = self.clients.join_next().await {
            done.expect("a client saw only what the contract allows");
        }
        self.gather()
    }

    /// Ends the clients where they stand, as a power cut does: what was not answered stays in doubt.
    pub async fn cut(mut self) -> Journal {
        self.clients.abort_all();
        while let Some(done) = self.clients.join_next().await {
            assert!(
                done.is_ok() || done.is_err_and(|end| end.is_cancelled()),
                "a client saw what the contract forbids"
            );
        }
        self.gather()
    }

    fn gather(self) -> Journal {
        let mut whole = Journal::default();
        for journal in self.journals {
            whole.add(std::mem::take(&mut *journal.lock().expect("no client panicked")));
        }
        whole
    }
}

impl Client {
    async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            self.visit().await;
        }
    }

    /// Tries for a slot, decides what to do with it, and perhaps gives up another.
    async fn visit(&mut self) {
        let halves = self.dice.i64(1..=4);
        let first = self.dice.i64(0..=HALF_HOURS - halves);
        let slot = self.club.slot(self.dice.usize(0..self.club.courts.len()), first, halves);
        if let Some((hold, reservation)) = self.hold(&slot).await {
            match self.dice.u8(0..10) {
                0 => {}
                1 => self.release(&hold, &reservation).await,
                _ => self.confirm(&hold, &reservation).await,
            }
        }
        // Refused or not: a club that is full gives nobody anything to race for.
        if self.dice.u8(0..4) == 0 {
            self.cancel_one().await;
        }
    }

    async fn hold(&mut self, slot: &Slot) -> Option<(String, String)> {
        let answer = self.send(self.club.attempt(&self.member, slot)).await;
        match answer.status {
            200 => {
                let expiry = answer.body["holdExpiry"].as_i64().expect("an expiry in milliseconds");
                assert_eq!(Slot::read(&answer.body), *slot, "{}", answer.body);
                let (hold, reservation) = (answer.text("holdId"), answer.text("reservationId"));
                self.journal().held(&reservation, slot, now_millis(), expiry);
                Some((hold, reservation))
            }
            409 => None,
            other => panic!("an attempt was answered {other}: {}", answer.body),
        }
    }

    async fn confirm(&mut self, hold: &str, reservation: &str) {
        self.journal().asked(reservation);
        let answer = self.send(self.club.confirm(hold)).await;
        match answer.status {
            200 => assert_eq!(answer.body["reservationId"], *reservation),
            // It expired while a node was down.
            410 => assert_eq!(answer.body["code"], "hold_expired", "{}", answer.body),
            other => panic!("a confirm was answered {other}: {}", answer.body),
        }
        self.journal().confirmed(reservation, answer.status == 200);
    }

    async fn release(&mut self, hold: &str, reservation: &str) {
        self.journal().given_up(reservation, now_millis());
        self.send(self.club.release(hold)).await.expect(200);
    }

    async fn cancel_one(&mut self) {
        let mut dice = self.dice.fork();
        let chosen = any(&self.journal(), &mut dice);
        let Some((reservation, slot)) = chosen else { return };
        {
            let mut journal = self.journal();
            journal.asked(&reservation);
            journal.given_up(&reservation, now_millis());
        }
        self.send(self.club.cancel(&slot, &reservation)).await.expect(200);
        self.journal().cancelled(&reservation);
    }

    /// Sends through any node until somebody answers.
    async fn send(&mut self, request: Request) -> Answer {
        let answer = self.api.insist(self.dice.u64(1..=3), &request).await;
        if answer.status == 200 {
            self.answered.fetch_add(1, Ordering::Relaxed);
            self.journal().keep(request, answer.clone());
        }
        answer
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().expect("no client panicked")
    }
}

/// One of the bookings that stand.
fn any(journal: &Journal, dice: &mut Rng) -> Option<(String, Slot)> {
    let bookings = journal.bookings();
    let at = (!bookings.is_empty()).then(|| dice.usize(0..bookings.len()))?;
    bookings.iter().nth(at).map(|(id, slot)| (id.clone(), slot.clone()))
}
