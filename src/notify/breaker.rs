//! A circuit breaker: who fails again and again is left alone for a while, then tried with one message.

use std::time::Duration;

use tokio::time::Instant;

use super::Sending;
use super::retry::MISCONFIGURED_PAUSE;

/// So many failures in a row close the way.
const FAILURES_MAX: u32 = 5;
/// For how long, the first time; twice as long after every try in vain.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// And never for longer: an offer lives minutes.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Whether a provider is tried.
#[derive(Debug)]
pub(super) struct Breaker {
    state: State,
    /// What the next pause is.
    pause: Duration,
    /// Whether its settings were found wrong, and not right since.
    is_misconfigured: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Everything goes, after so many failures in a row.
    Flowing { failures: u32 },
    /// Nothing goes before that instant; then one message alone.
    Shut { until: Instant },
    /// One message is under way.
    Probing,
}

/// What has changed, for whoever tells people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is left alone for a while.
    Shut,
    /// Its settings are wrong: the first time that this is found.
    Misconfigured,
    /// It takes messages again.
    Flowing,
}

impl Breaker {
    pub(super) fn new() -> Self {
        Self { state: State::Flowing { failures: 0 }, pause: FIRST_PAUSE, is_misconfigured: false }
    }

    /// How many messages it lets through now, at most.
    pub(super) fn room(&self, now: Instant) -> usize {
        match self.state {
            State::Flowing { .. } => usize::MAX,
            State::Shut { until } => usize::from(now >= until),
            State::Probing => 0,
        }
    }

    /// When it lets one through; `None` where it does now, or where that depends on one under way.
    pub(super) fn opens_at(&self) -> Option<Instant> {
        match self.state {
            State::Shut { until } => Some(until),
            State::Flowing { .. } | State::Probing => None,
        }
    }

    /// One goes; whether it goes alone, to see whether others may.
    pub(super) fn let_through(&mut self) -> bool {
        let alone = matches!(self.state, State::Shut { .. });
        if alone {
            self.state = State::Probing;
        }
        alone
    }

    /// The one that went alone has not come back with a result.
    pub(super) fn give_up_probe(&mut self, now: Instant) {
        if self.state == State::Probing {
            self.state = State::Shut { until: now };
        }
    }

    /// Whether its settings were found wrong, and not right since.
    pub(super) fn is_misconfigured(&self) -> bool {
        self.is_misconfigured
    }

    /// Whether everything goes.
    pub(super) fn is_flowing(&self) -> bool {
        matches!(self.state, State::Flowing { .. })
    }

    /// One has come back.
    pub(super) fn note(&mut self, sending: &Sending, now: Instant) -> Option<Turn> {
        match sending {
            Sending::Accepted { .. } | Sending::Refused { .. } => self.answered(),
            Sending::Again { after: Some(after), .. } => self.shut(now + *after),
            Sending::Again { after: None, .. } | Sending::Unknown { .. } => self.failed(now),
            Sending::Misconfigured { .. } => {
                let known = std::mem::replace(&mut self.is_misconfigured, true);
                self.shut(now + MISCONFIGURED_PAUSE);
                (!known).then_some(Turn::Misconfigured)
            }
        }
    }

    /// It does its work, be it with a refusal.
    fn answered(&mut self) -> Option<Turn> {
        // An answer to what went before the pause does not end it: the provider said how long.
        if matches!(self.state, State::Shut { .. }) {
            return None;
        }
        let was_flowing = self.is_flowing();
        *self = Self::new();
        (!was_flowing).then_some(Turn::Flowing)
    }

    fn failed(&mut self, now: Instant) -> Option<Turn> {
        match self.state {
            State::Flowing { failures } if failures + 1 < FAILURES_MAX => {
                self.state = State::Flowing { failures: failures + 1 };
                None
            }
            State::Flowing { .. } | State::Probing => {
                let pause = self.pause;
                self.pause = (pause * 2).min(PAUSE_MAX);
                self.shut(now + pause)
            }
            // What went before the pause says nothing new.
            State::Shut { .. } => None,
        }
    }

    /// Nothing goes before `until`, nor before what was said until now.
    fn shut(&mut self, until: Instant) -> Option<Turn> {
        let (was_flowing, known) = (self.is_flowing(), self.opens_at());
        self.state = State::Shut { until: known.map_or(until, |known| known.max(until)) };
        was_flowing.then_some(Turn::Shut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &mut Breaker, times: u32, now: Instant) {
        for _ in 0..times {
            breaker.note(&Sending::again("http_500"), now);
        }
    }

    #[test]
    fn failures_in_a_row_shut_it_and_one_answer_starts_anew() {
        let now = Instant::now();
        let mut breaker = Breaker::new();
        fail(&mut breaker, 4, now);
        assert_eq!(breaker.note(&Sending::refused("http_400"), now), None);
        fail(&mut breaker, 4, now);
        assert!(breaker.is_flowing());
        assert_eq!(breaker.note(&Sending::unknown("timeout"), now), Some(Turn::Shut));
        assert_eq!((breaker.room(now), breaker.opens_at()), (0, Some(now + FIRST_PAUSE)));
    }

    #[test]
    fn after_the_pause_one_goes_alone() {
        let now = Instant::now();
        let mut breaker = Breaker::new();
        fail(&mut breaker, 5, now);
        let mut at = now + FIRST_PAUSE;
        for pause in [4, 8, 16, 32, 60, 60] {
            assert_eq!(breaker.room(at), 1);
            assert!(breaker.let_through());
            assert_eq!((breaker.room(at), breaker.opens_at()), (0, None));
            fail(&mut breaker, 1, at);
            assert_eq!(breaker.room(at + Duration::from_secs(pause) - Duration::from_millis(1)), 0);
            at += Duration::from_secs(pause);
        }
        assert!(breaker.let_through());
        breaker.give_up_probe(at);
        assert!(breaker.room(at) == 1 && breaker.let_through());
        assert_eq!(breaker.note(&Sending::accepted(None), at), Some(Turn::Flowing));
        assert!(!breaker.let_through());
        fail(&mut breaker, 5, at);
        assert_eq!(breaker.opens_at(), Some(at + FIRST_PAUSE));
    }

    #[test]
    fn who_says_how_long_is_left_alone_for_so_long() {
        let now = Instant::now();
        let mut breaker = Breaker::new();
        let after = |seconds| Sending::Again { after: Some(Duration::from_secs(seconds)), detail: String::new() };
        assert_eq!(breaker.note(&after(30), now), Some(Turn::Shut));
        breaker.note(&after(10), now);
        breaker.note(&Sending::accepted(None), now);
        fail(&mut breaker, 9, now);
        assert_eq!(breaker.opens_at(), Some(now + Duration::from_secs(30)));
    }

    #[test]
    fn wrong_settings_are_told_once_until_they_are_right() {
        let now = Instant::now();
        let mut breaker = Breaker::new();
        let wrong = Sending::misconfigured("http_401");
        assert_eq!(breaker.note(&wrong, now), Some(Turn::Misconfigured));
        let later = now + MISCONFIGURED_PAUSE;
        assert!(breaker.room(later) == 1 && breaker.let_through());
        assert_eq!(breaker.note(&wrong, later), None);
        assert_eq!(breaker.opens_at(), Some(later + MISCONFIGURED_PAUSE));
        assert!(breaker.let_through() && breaker.is_misconfigured());
        assert_eq!(breaker.note(&Sending::accepted(None), later), Some(Turn::Flowing));
        assert!(!breaker.is_misconfigured());
        assert_eq!(breaker.note(&wrong, later), Some(Turn::Misconfigured));
    }
}
