//! The verdict on a run: what members were really told, by their providers' records, beside what the witness
//! says that they had to be told.

use std::collections::BTreeMap;
use std::fmt;

use machine::{DeliveryState, DropReason, Instant, Medium};

use crate::club::Club;
use crate::letter::{Ended, Letter, Name};
use crate::provider::{Book, Provider};
use crate::step::Step;
use crate::witness::Witness;
use crate::world::World;

/// Tries at an email after which nobody tries again, if nobody ever knows what came of them.
const UNSURE_MAX: u32 = 4;

/// What a run came to.
#[derive(Debug, Default)]
pub struct Verdict {
    /// What is wrong; nothing, as it should be.
    pub complaints: Vec<String>,
    /// What there was of what.
    pub counts: BTreeMap<String, u64>,
    /// How often a leader fell at which step.
    pub falls: BTreeMap<Step, u32>,
}

/// Judges a run that is over.
pub fn judge(world: &World) -> Verdict {
    let mut verdict = Verdict { falls: world.falls.lock().unwrap().clone(), ..Verdict::default() };
    let (email, sms) = (world.email.book(), world.sms.book());
    for (medium, book) in [("email", &email), ("sms", &sms)] {
        for (what, count) in &book.counts {
            verdict.add(&format!("{medium} {what}"), *count);
        }
    }
    for club in &world.clubs {
        let mut log = club.log();
        log.restart_one();
        let witness = &log.witness;
        verdict.of_the_witness(club, witness);
        for (name, letter) in &witness.letters {
            let is_email = name.medium == Medium::Email;
            let (provider, book) = if is_email { (&world.email, &email) } else { (&world.sms, &sms) };
            verdict.of_a_letter(&Case { club, witness, provider, book, name, letter });
        }
    }
    for club in &world.clubs {
        verdict.of_what_is_left(club, world.clock.now());
    }
    verdict
}

/// One letter, with whoever knows something of it.
struct Case<'a> {
    club: &'a Club,
    witness: &'a Witness,
    provider: &'a Provider,
    book: &'a Book,
    name: &'a Name,
    letter: &'a Letter,
}

impl Case<'_> {
    /// How often its provider took it.
    fn taken(&self) -> usize {
        let key = self.letter.id.as_ref().map(|id| (self.club.id.clone(), id.clone()));
        key.and_then(|key| self.book.taken.get(&key)).map_or(0, Vec::len)
    }

    fn was_refused(&self) -> bool {
        self.letter.id.as_ref().is_some_and(|id| self.book.refused.contains(&(self.club.id.clone(), id.clone())))
    }

    /// What is wrong with how it ended.
    fn wrong(&self) -> Option<String> {
        let Self { letter, name, .. } = self;
        let taken = self.taken();
        let most = if name.is_sent_once() { 1 } else { 1 + letter.unsure as usize };
        if taken > most {
            return Some(format!("was taken {taken} times"));
        }
        let Some(Ended { state, dropped, .. }) = letter.ended else {
            return Some("never ended".to_owned());
        };
        let lawful = match (state, dropped) {
            (DeliveryState::Sent, _) => taken > 0,
            (DeliveryState::Failed, _) => self.was_refused(),
            (DeliveryState::Unknown, _) => letter.unsure >= if name.is_sent_once() { 1 } else { UNSURE_MAX },
            (DeliveryState::Dropped, Some(DropReason::Obsolete)) => letter.gone_at.is_some(),
            (DeliveryState::Dropped, Some(DropReason::TooLate)) => self.was_hindered(),
            (DeliveryState::Dropped, Some(DropReason::Unreachable)) => {
                !self.witness.reaches(&letter.member, name.medium)
            }
            _ => false,
        };
        (!lawful).then(|| format!("ended as {state:?} {dropped:?}, and was taken {taken} times"))
    }

    /// Whether there was a reason for being late: nobody led for long, or, for what is of use for minutes only, its
    /// provider behaved badly.
    fn was_hindered(&self) -> bool {
        let Letter { due_at, not_after, claims, .. } = *self.letter;
        let was_bad = claims > 0 || self.provider.was_bad(due_at, not_after);
        !self.witness.was_led_at(not_after) || !self.name.is_reminder() && was_bad
    }
}

impl Verdict {
    fn add(&mut self, what: &str, count: u64) {
        *self.counts.entry(what.to_owned()).or_default() += count;
    }

    fn complain(&mut self, club: &Club, what: &str) {
        self.complaints.push(format!("{}: {what}", club.id));
    }

    fn of_the_witness(&mut self, club: &Club, witness: &Witness) {
        for (what, count) in &witness.counts {
            if *what == "latest in ms" {
                let most = self.counts.entry((*what).to_owned()).or_default();
                *most = (*most).max(*count);
            } else {
                self.add(what, *count);
            }
        }
        witness.complaints.iter().for_each(|what| self.complain(club, what));
    }

    fn of_a_letter(&mut self, case: &Case<'_>) {
        let what = if case.name.is_reminder() { "reminders" } else { "other deliveries" };
        let ended =
            case.letter.ended.map_or("open", |ended| ended.dropped.map_or(ended.state.word(), |why| why.word()));
        self.add(what, 1);
        self.add(&format!("{what}: {ended}"), 1);
        if ended == "unknown" && case.taken() == 0 {
            self.add(&format!("{what}: unknown, and not taken"), 1);
        }
        if case.taken() > 1 {
            self.add(&format!("{what}: taken again after nobody knew"), 1);
        }
        if let Some(wrong) = case.wrong() {
            self.complain(case.club, &format!("{:?} {wrong}: {:?}", case.name, case.letter));
        }
    }

    /// What the state says at the end: nothing is open, and everybody's no-shows are counted.
    fn of_what_is_left(&mut self, club: &Club, now: Instant) {
        let log = club.log();
        let open = |state: &machine::Facility| {
            let open = state.deliveries(None).filter(|it| it.state.is_open());
            open.map(|it| format!("{} is open until {:?}, at {now:?}", it.id, it.not_after)).collect::<Vec<_>>()
        };
        open(log.state()).iter().for_each(|what| self.complain(club, what));
        for member in log.state().members(None) {
            let missed = log.witness.missed.get(&member.id).copied().unwrap_or(0);
            if member.no_show_count != missed {
                self.complain(
                    club,
                    &format!("{} stayed away {missed} times, counted {}", member.id, member.no_show_count),
                );
            }
        }
    }

    /// How often a leader fell in the middle of something.
    pub fn fell_at(&self, step: Step) -> u32 {
        self.falls.get(&step).copied().unwrap_or(0)
    }

    /// How much there was of something.
    pub fn count(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or(0)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in &self.counts {
            writeln!(f, "{count:>9}  {what}")?;
        }
        for (step, count) in &self.falls {
            writeln!(f, "{count:>9}  leaders fell at {step:?}")?;
        }
        writeln!(f, "{:>9}  complaints", self.complaints.len())?;
        self.complaints.iter().take(20).try_for_each(|what| writeln!(f, "  {what}"))
    }
}
